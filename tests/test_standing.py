"""A test process that stands still says where, behind everything else that is printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFTEST = """
from tests import standing
def pytest_addoption(parser):
    standing.add_options(parser)
def pytest_configure(config):
    standing.watch(config)
"""
ASYNC = """
import asyncio
async def test_it():
    await deeper()
async def deeper():
    await asyncio.get_running_loop().create_future()
"""
BUSY = """
import threading
def test_it():
    threading.Thread(target=threading.Event().wait, name="beside", daemon=True).start()
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
DEAF = """
import signal
def ring(*_):
    raise RuntimeError("the alarm")
def test_it():
    signal.signal(signal.SIGALRM, ring)
    while True:
        pass
"""
QUICK = "def test_it(): pass"
HANGING = ("--standing-tell=0.2", "--standing-end=5")
RUNS = {
    "alone": (ASYNC, "-n0", *HANGING),
    "one of several": (ASYNC, "-n1", *HANGING),
    "busy": (BUSY, "-n1", *HANGING),
    "deaf": (DEAF, "-n1", *HANGING),
    "quick": (QUICK, "-n1"),
}


def begun(folder, test, *options):
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    plugins = ("-p", "xdist", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *plugins, *options, "test_it.py"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run all of them at once; return the exit status and what is printed, by name."""
    folder = tmp_path_factory.mktemp("standing")
    processes = {name: begun(folder / name, *run) for name, run in RUNS.items()}
    printed = {name: process.communicate()[0] for name, process in processes.items()}
    return {name: (processes[name].returncode, printed[name]) for name in RUNS}


@pytest.mark.parametrize("name", ["alone", "one of several"])
def test_where_it_awaits_is_said_and_it_ends(runs, name):
    code, printed = runs[name]
    assert code != 0
    (_, told) = printed.split("test_it.py::test_it (call) stands still in process ")
    task = told.index("which waits for <Future pending")
    outer, inner = told.index("in test_it: await deeper()"), told.index("in deeper: await")
    assert task < outer < inner < told.index("Timeout (0:00:05)!")


def test_what_swallows_its_end_is_said_with_its_threads_the_main_one_last(runs):
    _, printed = runs["busy"]
    summary, told = printed.split("a test process stood still")
    assert "1 failed" in summary
    assert told.index("Thread beside:") < told.index("Thread MainThread:")
    assert "in test_it" in told[told.index("Thread MainThread:") :]
    assert "execnet" not in told


def test_an_alarm_that_was_lost_rings_again(runs):
    _, printed = runs["deaf"]
    assert "RuntimeError: the alarm" in printed
    assert "stands still" in printed
    assert "Timeout (0:00:05)!" not in printed


def test_nothing_is_said_of_tests_that_end(runs):
    code, printed = runs["quick"]
    assert code == 0
    assert "stood still" not in printed
    assert "stands still" not in printed

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from engine.runtime import threads
from engine.runtime.threads import available_cores, configure_threads, threads_per_worker


@pytest.fixture
def cgroup(tmp_path, monkeypatch):
    """An empty cgroup file system, sixteen cores and no variables."""
    monkeypatch.setattr(threads, "CGROUP_ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(threads, "CGROUP_OF_PROCESS", tmp_path / "self")
    monkeypatch.setattr(threads, "_affinity", lambda: 16)
    names = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    for name in (*names, "TOKENIZERS_PARALLELISM", "TQDM_DISABLE"):
        monkeypatch.setenv(name, "")  # So that what the code sets is taken back.
        monkeypatch.delenv(name)
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_no_quota_means_every_core(cgroup):
    assert available_cores() == 16


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", 16), ("350000 100000", 3), ("50000 100000", 1)]
)
def test_quota_of_cgroup_v2(cgroup, quota, cores):
    write(cgroup / "self", "0::/bots/unicornio\n")
    write(cgroup / "cgroup/bots/unicornio/cpu.max", quota)
    assert available_cores() == cores


def test_a_group_above_may_be_narrower(cgroup):
    write(cgroup / "self", "0::/bots/unicornio\n")
    write(cgroup / "cgroup/bots/unicornio/cpu.max", "800000 100000")
    write(cgroup / "cgroup/cpu.max", "200000 100000")
    assert available_cores() == 2


def test_quota_of_cgroup_v1(cgroup):
    write(cgroup / "self", "5:memory:/\n4:cpu,cpuacct:/docker/ab\n")
    write(cgroup / "cgroup/cpu/docker/ab/cpu.cfs_quota_us", "400000\n")
    write(cgroup / "cgroup/cpu/docker/ab/cpu.cfs_period_us", "100000\n")
    assert available_cores() == 4


def test_unlimited_cgroup_v1(cgroup):
    write(cgroup / "self", "4:cpu:/\n")
    write(cgroup / "cgroup/cpu/cpu.cfs_quota_us", "-1\n")
    write(cgroup / "cgroup/cpu/cpu.cfs_period_us", "100000\n")
    assert available_cores() == 16


@pytest.mark.parametrize(("workers", "expected"), [(1, 16), (3, 5), (16, 1), (40, 1)])
def test_workers_share_the_cores(cgroup, workers, expected):
    assert threads_per_worker(workers) == expected


@pytest.mark.parametrize(("allowed", "expected"), [("2", 2), ("2,1", 2), ("64", 8), ("x", 8)])
def test_the_admin_may_allow_less_but_not_more(cgroup, monkeypatch, allowed, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    assert threads_per_worker(2) == expected


def test_variables_that_are_set_are_kept(cgroup, monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    configure_threads(4)
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "4"


def test_the_bars_of_the_libraries_are_silent():
    code = (
        "from engine.runtime.threads import configure_threads; configure_threads()\n"
        "from tqdm.auto import tqdm; list(tqdm([1], desc='theirs'))\n"
        "list(tqdm([1], desc='ours', disable=False))"
    )
    environ = {name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environ, check=True, capture_output=True, text=True
    ).stderr
    assert "ours" in shown
    assert "theirs" not in shown


def test_too_late_is_logged(cgroup, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "torch", object())
    with caplog.at_level(logging.WARNING):
        configure_threads(2)
        configure_threads(2)
    assert caplog.text.count("already imported") == 1
    assert "OMP_WAIT_POLICY" in caplog.text


@pytest.mark.parametrize(
    "module", ["engine", "engine.runtime.threads", "engine.runtime.local", "engine.runtime.worker"]
)
def test_importing_does_not_import_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

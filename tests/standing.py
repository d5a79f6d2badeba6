"""What a test process that stands still was doing: kept in files, printed behind everything else.

pytest-timeout ends a test by an alarm whose exception may be lost: where it is raised in a callback
of the event loop or of the garbage collector, it is only logged, and a tracer may clear it. And it
rings once: what stands still behind it has no limit at all. So each phase of a test has a limit of
its own here. First a thread writes where every thread and every task is, and rings again; a while
later faulthandler, which needs no lock of Python's, does so too and ends the process. Only the
first says what is awaited, and where it is missing, something held the interpreter.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import pytest

TELL_S, END_S = 285.0, 330.0
"""Before and behind the 300 seconds of pytest-timeout."""
_AGAIN_S = 5.0
"""Between two alarms behind the first."""
_RUNNERS = ("/_pytest/", "/pluggy/", "/xdist/", "/execnet/", "pytest_asyncio/", "<string>")
"""Frames that are those of every test."""


class Standing:
    """Watches one test process.

    Args:
        file: For what is told; open, since a process that stands still opens nothing any more.
        tell_s: Seconds after which a phase of a test is told.
        end_s: Seconds after which it is told again and the process ends.
    """

    def __init__(self, file: TextIO, tell_s: float, end_s: float) -> None:
        self._file = file
        self._tell_s, self._ring_s, self._end_s = tell_s, (tell_s + end_s) / 2, end_s
        self._what, self._since = "", 0.0
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, name="standing", daemon=True).start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase("setup", item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase("call", item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._phase("teardown", item))

    def pytest_enter_pdb(self) -> None:
        """Let somebody look for as long as they like."""
        faulthandler.cancel_dump_traceback_later()
        self._what = ""

    def pytest_unconfigure(self) -> None:
        self._is_over.set()
        self._file.close()

    def _phase(self, name: str, item: pytest.Item) -> Iterator[None]:
        self._what, self._since = f"{item.nodeid} ({name})", time.monotonic()
        faulthandler.dump_traceback_later(self._end_s, exit=True, file=self._file)
        try:
            return (yield)
        finally:
            self._what = ""
            faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        told, rings_at = "", 0.0
        while not self._is_over.wait(min(1.0, self._tell_s / 4)):
            what, since, now = self._what, self._since, time.monotonic()
            if what and what != told and now - since > self._tell_s:
                told, rings_at = what, since + self._ring_s
                with suppress(Exception):
                    self._write(what)
            elif what and what == told and now > rings_at:
                rings_at = now + _AGAIN_S
                if callable(signal.getsignal(signal.SIGALRM)):
                    os.kill(os.getpid(), signal.SIGALRM)

    def _write(self, what: str) -> None:
        self._file.write(f"{what} stands still in process {os.getpid()}:\n\n")
        self._file.write("\n".join([*_threads(), *_tasks()]) + "\n")
        self._file.flush()


def _threads() -> Iterator[str]:
    """Describe every thread but the one that asks, the main one last."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    main = threading.main_thread().ident
    frames = sys._current_frames()
    frames.pop(threading.get_ident(), None)
    for ident in sorted(frames, key=lambda ident: ident == main):
        yield f"Thread {names.get(ident, ident)}:"
        yield from _lines(traceback.extract_stack(frames[ident]))


def _tasks() -> Iterator[str]:
    """Describe every task that is not done, and what it waits for."""
    # Those of all loops, whichever thread runs them.
    for task in [*asyncio.tasks._all_tasks]:
        if not task.done():
            yield f"Task {task.get_name()}, which waits for {getattr(task, '_fut_waiter', None)}:"
            yield from _lines(traceback.extract_stack(f)[-1] for f in _awaited(task.get_coro()))


def _awaited(coroutine: Any) -> Iterator[Any]:
    """Yield the frames of a chain of coroutines, the outermost first."""
    while coroutine is not None:
        frame = next(
            (
                found
                for name in ("cr_frame", "gi_frame", "ag_frame")
                if (found := getattr(coroutine, name, None)) is not None
            ),
            None,
        )
        if frame is not None:
            yield frame
        waited = (getattr(coroutine, name, None) for name in ("cr_await", "gi_yieldfrom"))
        coroutine = next((found for found in waited if found is not None), None)


def _lines(stack: Any) -> Iterator[str]:
    for frame in stack:
        if not any(part in frame.filename for part in _RUNNERS):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"


def add_options(parser: pytest.Parser) -> None:
    """Add what only the tests of this module set."""
    for name, seconds in (("tell", TELL_S), ("end", END_S)):
        parser.addoption(f"--standing-{name}", type=float, default=seconds, help="seconds")


class Files:
    """What the processes of the tests keep, printed by the one that began them, at its end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="standing-"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["standing"] = str(self.folder)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        texts = [path.read_text("utf-8", errors="replace") for path in self.folder.iterdir()]
        shutil.rmtree(self.folder, ignore_errors=True)
        for text in filter(None, texts):
            print("=" * 30, "a test process stood still", "=" * 30)
            print("\n".join(line for line in text.splitlines() if not _is_of_every_test(line)))


def _is_of_every_test(line: str) -> bool:
    return line.startswith("  ") and any(part in line for part in _RUNNERS)


def watch(config: pytest.Config) -> None:
    """Watch this process, and in the first one keep what all of them say."""
    if getattr(config.option, "usepdb", False):
        return
    given = getattr(config, "workerinput", None)
    if given is None:
        config.pluginmanager.register(Files(), "standing-files")
        # Without others it runs the tests itself: what it keeps would end with it.
        file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
    else:
        # Open as long as the process lives.
        file = Path(given["standing"], f"{given['workerid']}.txt").open(  # noqa: SIM115
            "w", encoding="utf-8"
        )
    times = (config.getoption(f"--standing-{which}") for which in ("tell", "end"))
    config.pluginmanager.register(Standing(file, *times), "standing")

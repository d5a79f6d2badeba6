"""`python -m bot demo` as a process of its own, and the browser of this machine."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MODEL = "unicornio-9m"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\S+")
_STOP_LIMIT_S = 20
# All else would be this machine's settings of the bot.
_KEPT = ("DATA_DIR", "PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


class NoBrowserError(Exception):
    """There is no playwright, or no Chromium."""


def find_browser() -> str:
    """Return the Chromium of this machine.

    Raises:
        NoBrowserError: There is none, or nothing to drive it with.
    """
    try:
        import playwright  # noqa: F401
    except ImportError as error:
        raise NoBrowserError("playwright is not installed (it comes with the dev extra)") from error
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise NoBrowserError(f"no browser on PATH: {', '.join(BROWSERS)}")


class DemoProcess:
    """The demo of a checkout; models are prepared in a folder of its own, or in DATA_DIR.

    Args:
        folder: The project.
        model: That the demo loads.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self._data = tempfile.TemporaryDirectory(prefix="unicornio-demo-")
        self._said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--model", model],
            cwd=folder,
            env=self._defaults() | kept | {"PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _defaults(self) -> dict[str, str]:
        """Threads that spin while they wait would starve the browser beside them."""
        return {"DATA_DIR": self._data.name, "OMP_WAIT_POLICY": "PASSIVE"}

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def address(self, limit_s: float) -> str:
        """Wait for the address that the demo writes.

        Raises:
            RuntimeError: It ended without one, or takes too long.
        """
        end = time.monotonic() + limit_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError(f"the demo did not start:\n{self.said()[-2000:]}")
            if found := _ADDRESS.search(line):
                return found.group()

    def said(self) -> str:
        """Return what the demo has written in the terminal."""
        return "".join(self._said)

    def stop(self) -> None:
        """End the demo as Ctrl+C does, or by force where that takes too long."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._data.cleanup()

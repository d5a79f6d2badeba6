"""What a process has used of the processor."""

from __future__ import annotations

import os
from pathlib import Path


def processor_s(pid: int) -> float:
    """Return the seconds of a process and of all that it has started, those that ended too."""
    seconds = 0.0
    for process in (pid, *_started_by(pid)):
        try:
            text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        # Its own, as a user and as the system, and of those it has waited for.
        own = text.rpartition(")")[2].split()[11:15]
        seconds += sum(map(int, own)) / os.sysconf("SC_CLK_TCK")
    return seconds


def _started_by(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text(encoding="utf-8").split():
            found += [int(child), *_started_by(int(child))]
    return found

"""Keeps the times of kernels between two starts; where the file is damaged they are tried anew."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from engine.models.choice import BUCKETS
from engine.models.kernel import Kernel
from engine.models.trial import Shape, ShapeTimes

logger = logging.getLogger(__name__)

FILE_NAME = "kernels.json"
_CPU_INFO = Path("/proc/cpuinfo")
_FACTS = (
    *("vendor_id", "cpu family", "model", "model name", "stepping", "flags"),
    *("CPU implementer", "CPU variant", "CPU part", "CPU revision", "Features"),
)
"""Of a processor of x86, and of one of ARM."""
_MOST = 64
"""Trials that are kept, the last ones."""


def key_of(shapes: Sequence[Shape], kernels: Sequence[Kernel], what: str = "kernels") -> str:
    """Return what a trial depends on: processor, torch, threads, shapes, kernels, what is tried."""
    machine = (
        *_processor(),
        torch.backends.cpu.get_cpu_capability(),
        torch.__version__,
        torch.get_num_threads(),
    )
    names = [kernel.name for kernel in kernels]
    facts = repr((machine, sorted(shapes), names, BUCKETS, what))
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def recall(folder: Path, key: str) -> ShapeTimes | None:
    """Return the times of a trial, or None where there are none that can be read."""
    times = _read(folder / FILE_NAME).get(key)
    return times if _are_times(times) else None


def remember(folder: Path, key: str, times: ShapeTimes) -> None:
    """Write the times of a trial down; what cannot be written is measured again next time."""
    file = folder / FILE_NAME
    kept = {other: value for other, value in _read(file).items() if other != key}
    kept = dict([*kept.items(), (key, times)][-_MOST:])
    # Several replicas of a machine may share a folder.
    new = file.with_suffix(f".{os.getpid()}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        new.replace(file)
    except OSError as error:
        logger.warning("The times of the kernels could not be kept: %s", error)
        with suppress(OSError):
            new.unlink()


def _read(file: Path) -> dict[str, Any]:
    try:
        # As a float, a whole number is never too large to be one.
        kept = json.loads(file.read_text(encoding="utf-8"), parse_int=float)
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _are_times(times: object) -> bool:
    """Tell whether it is seconds by shape, kernel and bucket."""
    return isinstance(times, dict) and all(
        isinstance(by_kernel, dict)
        and all(isinstance(row, list) and _is_row(row) for row in by_kernel.values())
        for by_kernel in times.values()
    )


def _is_row(row: Sequence[object]) -> bool:
    return len(row) == len(BUCKETS) and all(
        type(value) in (int, float) and not math.isnan(value) and value > 0  # type: ignore[arg-type, operator]
        for value in row
    )


def _processor() -> tuple[str, ...]:
    """Return what tells one processor from another, as far as the system says."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (
            _CPU_INFO.read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines()
        )
    facts = {name.strip(): value.strip() for name, _, value in (s.partition(":") for s in lines)}
    return tuple(facts.get(name, "") for name in _FACTS)

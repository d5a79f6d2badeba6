"""Whether a model fits, asked before it is loaded; how a lack of memory is known, and eased."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FLOAT32_BYTES = 4
MARGIN_SHARE = 0.1
MARGIN_BYTES = 256 * 1024**2
PROC = Path("/proc")
CGROUP_ROOT = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60
_OUT_OF_MEMORY_PHRASES = ("out of memory", "allocate memory", "not enough memory")


def estimate_bytes(parameters: int) -> int:
    """Return the bytes that a model needs in float32, with room to work."""
    return round(parameters * FLOAT32_BYTES * (1 + MARGIN_SHARE)) + MARGIN_BYTES


def available_bytes(device: str) -> int | None:
    """Return the bytes that a new model may take on a torch device, or None if unknown."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(torch.device(device))[0])
    readings = [_meminfo("MemAvailable"), *(limit - used for limit, used in _cgroups())]
    return min((reading for reading in readings if reading is not None), default=None)


@dataclass(eq=False)
class _Promise:
    device: str
    amount: int
    free_before: int | None


_promises: list[_Promise] = []


@contextmanager
def promised(device: str, amount: int, *, is_taken_now: bool = False) -> Iterator[None]:
    """Keep memory for what needs it little by little while the block runs.

    Args:
        device: Where.
        amount: Bytes, at most.
        is_taken_now: Whether what has become less since is what was promised: as for a model, which
            is read at once. Of a batch nobody knows what it has taken, so it counts all the time.
    """
    promise = _Promise(device, amount, available_bytes(device) if is_taken_now else None)
    _promises.append(promise)
    try:
        yield
    finally:
        _promises.remove(promise)


def unpromised_bytes(device: str) -> int | None:
    """Return the bytes that are available and promised to nobody, or None if unknown."""
    available = available_bytes(device)
    if available is None:
        return None
    open_bytes = 0
    for promise in tuple(_promises):
        if promise.device == device:
            taken = 0 if promise.free_before is None else max(0, promise.free_before - available)
            open_bytes += max(0, promise.amount - taken)
    return max(0, available - open_bytes)


def total_bytes() -> int | None:
    """Return the most memory that this process could ever use, or None if unknown."""
    readings = [_meminfo("MemTotal"), *(limit for limit, _ in _cgroups())]
    return min((reading for reading in readings if reading is not None), default=None)


def is_out_of_memory(error: BaseException) -> bool:
    """Recognise MemoryError, torch.OutOfMemoryError and the CPU allocator's RuntimeError.

    The last has no type of its own, and words that depend on the platform.
    """
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(p in text for p in _OUT_OF_MEMORY_PHRASES)


def free_memory() -> None:
    """Give back what nothing uses: modules and failed work leave cycles, CUDA keeps its blocks."""
    # A model that was there when a process froze its objects is one of them.
    is_frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if is_frozen:
        gc.freeze()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _meminfo(key: str) -> int | None:
    text = _read(PROC / "meminfo") or ""
    values = (line.split()[1] for line in text.splitlines() if line.startswith(f"{key}:"))
    return next((int(value) * 1024 for value in values), None)


def _cgroups() -> Iterator[tuple[int, int]]:
    """Yield (limit, used) in bytes of every limited cgroup above this process.

    File pages that the kernel can drop at once do not count as used.
    Source: Linux, admin-guide/cgroup-v2 and cgroup-v1/memory.
    """
    for line in (_read(PROC / "self" / "cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = CGROUP_ROOT, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = CGROUP_ROOT / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inner = Path(path.lstrip("/"))
        for folder in (root / part for part in (inner, *inner.parents)):
            yield from _cgroup(folder, *names)


def _cgroup(folder: Path, limit: str, used: str, droppable: str) -> Iterator[tuple[int, int]]:
    limit_text, used_text = _read(folder / limit), _read(folder / used)
    if limit_text is None or used_text is None or not limit_text.strip().isdigit():
        return
    if int(limit_text) >= _UNLIMITED:
        return
    rows = (row.split() for row in (_read(folder / "memory.stat") or "").splitlines())
    free = next((int(row[1]) for row in rows if row[0] == droppable), 0)
    yield int(limit_text), max(0, int(used_text) - free)


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None

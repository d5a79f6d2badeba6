"""Number and manners of the compute threads: the engine's only touch of `os.environ`."""

from __future__ import annotations

import logging
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

CGROUP_ROOT = Path("/sys/fs/cgroup")
CGROUP_OF_PROCESS = Path("/proc/self/cgroup")
_COUNT_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def configure_threads(workers: int = 1) -> None:
    """Choose wait policy and thread counts; every entry point calls it before torch is imported.

    The libraries' own progress bars are switched off too: the store reports progress.

    What the environment already says is kept. OpenMP's threads spin by default while they wait,
    which is ruinous beside another busy thread, and the event loop lives in the same process.

    Args:
        workers: Decode workers that share the cores.
    """
    threads = str(threads_per_worker(workers))
    wanted = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    # NumPy's threads spin whatever the policy is, and nothing here needs them.
    wanted["OPENBLAS_NUM_THREADS"] = "1"
    wanted |= dict.fromkeys(_COUNT_VARIABLES, threads)
    missing = {name: value for name, value in wanted.items() if name not in os.environ}
    if missing and "torch" in sys.modules:
        logger.warning("torch is already imported; too late for: %s", ", ".join(sorted(missing)))
    os.environ.update(missing)
    # transformers draws one progress bar whatever it is told; tqdm reads this when imported.
    os.environ.setdefault("TQDM_DISABLE", "1")


def limit_torch_threads(workers: int = 1) -> None:
    """Limit torch, once imported, in the calling thread; OpenMP keeps that number per thread."""
    torch = sys.modules.get("torch")
    if torch is not None:
        # The first look of a thread takes over the number that another one has set last.
        torch.get_num_threads()
        torch.set_num_threads(threads_per_worker(workers))


def threads_per_worker(workers: int) -> int:
    """Return a worker's share of the cores, at least 1 and at most what the admin allowed."""
    share = max(1, available_cores() // workers)
    allowed = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return min(share, int(allowed)) if allowed.isdigit() and int(allowed) > 0 else share


def available_cores() -> int:
    """Return the cores that this process may use: affinity and cgroup quota, at least 1."""
    cores = _affinity()
    quota = min(_quotas(CGROUP_ROOT, CGROUP_OF_PROCESS), default=math.inf)
    return max(1, math.floor(min(cores, quota)))


def _affinity() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path, of_process: Path) -> Iterator[float]:
    """Yield the quotas, in cores, of the process's cgroup and of those above it (v2 and v1)."""
    for line in _read(of_process).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = root / "cpu" if controllers else root
        group = base / path.lstrip("/")
        for folder in (group, *group.parents):
            quota = _quota_v1(folder) if controllers else _quota_v2(folder)
            if quota is not None:
                yield quota
            if folder == base:
                break


def _quota_v2(folder: Path) -> float | None:
    quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _quota_v1(folder: Path) -> float | None:
    quota = _read(folder / "cpu.cfs_quota_us").strip()
    period = _read(folder / "cpu.cfs_period_us").strip()
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

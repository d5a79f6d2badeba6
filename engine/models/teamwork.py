"""How many threads a piece of work is worth.

OpenMP's threads sleep between two pieces of work: spinning would ruin the other users of the cores.
Waking one takes longer than most operators of a step with few rows take alone. Which products gain
by it all the same is tried (`team_trial.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class _Team(threading.local):
    """Threads that the calling one has at hand in an `alone` block."""

    size = 1


_team = _Team()


@contextmanager
def alone() -> Iterator[None]:
    """Work in the calling thread only, but for what is done `together`."""
    before, size = _team.size, torch.get_num_threads()
    _team.size = max(before, size)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        _team.size = before
        torch.set_num_threads(size)


def together(work: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Do a large piece of work with all threads, also in an `alone` block."""
    if torch.get_num_threads() >= _team.size:
        return work(x)
    torch.set_num_threads(_team.size)
    try:
        return work(x)
    finally:
        torch.set_num_threads(1)

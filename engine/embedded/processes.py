"""Training in several processes, each with a thread and examples of its own (local SGD).

A small model's operations are short, and threads that share one wait for each other. Processes that
take steps by themselves, and have the mean of their weights now and then, use the cores that there
are (Stich, 2019; Lin et al., 2020).
`python -m torch.distributed.run` starts them and tells each its number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from torch import distributed, nn

STEPS_APART = 16
"""After so many steps the processes have the mean of their weights."""
_PATIENCE = timedelta(days=7)
"""How long one waits for another: a run may be stopped (SIGSTOP) while speed is measured."""


def join() -> None:
    """Meet the other processes of the run, if it has any."""
    if "WORLD_SIZE" in os.environ:
        distributed.init_process_group("gloo", timeout=_PATIENCE)


def count() -> int:
    """Return how many processes train."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def number() -> int:
    """Return which of them this one is; 0 writes the files and says how the run goes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def own_dice(seed: int, step: int, before: Mapping[str, Any] | None) -> np.random.Generator:
    """Return dice that fall as those of no other process, earlier stage or earlier start.

    Args:
        seed: Of the recipe.
        step: Where this start of the run begins.
        before: Record of the stage before this one, which holds that of the one before it.
    """
    stage = 0
    while before:
        stage, before = stage + 1, before.get("before")
    return np.random.default_rng((seed, number(), stage, step))


@contextmanager
def one_after_another() -> Iterator[None]:
    """Let the first process prepare what the others then find."""
    if number() > 0:
        distributed.barrier()
    yield
    if number() == 0 and count() > 1:
        distributed.barrier()


def is_together(step: int) -> bool:
    """Whether the processes meet after a step."""
    return count() == 1 or step % STEPS_APART == 0


def meet(model: nn.Module, elapsed_s: float) -> float:
    """Give each process the mean of all weights.

    Args:
        model: Changed in place.
        elapsed_s: Seconds of training, as this process has measured them.

    Returns:
        What the first process has measured.
    """
    if count() == 1:
        return elapsed_s
    weights = [weight.detach() for weight in model.parameters()]
    flat = torch.cat([weight.flatten() for weight in weights])
    distributed.all_reduce(flat)
    parts = torch.split(flat / count(), [weight.numel() for weight in weights])
    for weight, part in zip(weights, parts, strict=True):
        weight.copy_(part.view_as(weight))
    told = torch.tensor(elapsed_s, dtype=torch.float64)
    distributed.broadcast(told, 0)
    return told.item()

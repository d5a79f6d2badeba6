"""What the tokens of long rows weigh beside their best ones."""

from __future__ import annotations

import math

import numpy as np
import torch

from engine.decoding.filter import Floats

_LOG2_E = np.float32(math.log2(math.e))
_BLOCK_VALUES = 1 << 17
"""Scores that are looked at together: so many, and what is made of them, stay in the cache."""


def blocks(scores: Floats) -> list[slice]:
    """Return which rows to look at together, some rows of scores after the other."""
    step = max(1, _BLOCK_VALUES // scores.shape[1])
    return [slice(start, start + step) for start in range(0, len(scores), step)]


def weigh(scores: Floats, best: Floats) -> tuple[Floats, Floats]:
    """Return exp(score − best), and the sums of the rows.

    As a power of two, which torch computes in half the time that NumPy takes for exp: a weight of
    a token n nats below the best one is off by n / 10^7 of itself at most.

    Args:
        scores: float32, shape (rows, vocab).
        best: The greatest of each row, shape (rows,).
    """
    weights = scores - best[:, None]
    weights *= _LOG2_E
    tensor = torch.from_numpy(weights)
    torch.exp2(tensor, out=tensor)
    return weights, tensor.sum(-1).numpy()

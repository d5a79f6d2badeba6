"""What the tokens of long rows weigh beside their best ones."""

from __future__ import annotations

import numpy as np

from engine.decoding.filter import Floats

_BLOCK_VALUES = 1 << 17
"""Scores that are looked at together: so many, and what is made of them, stay in the cache."""


def blocks(scores: Floats) -> list[slice]:
    """Return which rows to look at together, some rows of scores after the other."""
    step = max(1, _BLOCK_VALUES // scores.shape[1])
    return [slice(start, start + step) for start in range(0, len(scores), step)]


def weigh(scores: Floats, best: Floats) -> tuple[Floats, Floats]:
    """Return exp(score − best), and the sums of the rows.

    NumPy computes and adds up a row to the same bits whatever stands beside it; torch, which takes
    half as long for powers of two and for sums, does not.

    Args:
        scores: float32, shape (rows, vocab).
        best: The greatest of each row, shape (rows,).
    """
    weights = scores - best[:, None]
    np.exp(weights, out=weights)
    return weights, weights.sum(-1)

"""The die that decides a token: its number, and what that means."""

from __future__ import annotations

import random

import numpy as np
from torch import Tensor

from engine.decoding.filter import Floats, Ids
from engine.decoding.shortlist import position_of
from engine.ordering import best_ids
from engine.trace import Draw

_FIRST_LOOK_TOKENS = 256
_FEW_TOKENS = 8192
"""So many are sorted without a look at how many it takes."""


def throw_die(seed: int, attempt: int, t: int) -> float:
    """Return the number, 0 ≤ u < 1, that decides token t of an attempt.

    Args:
        seed: The request's.
        attempt: 0-based.
        t: Index of the token, counted from the original prompt.
    """
    return random.Random(f"{seed}:{attempt}:{t}").random()


def draw_token(scores: Tensor, u: float) -> tuple[int, Draw]:
    """Find the token that a throw of the die means.

    Tokens stand by descending probability, ties by id; the first whose cumulative probability,
    in float64, exceeds `u` × total is drawn. Only as many tokens are sorted as that takes.

    Args:
        scores: Processed logits, float32, shape (vocab,), −inf for removed tokens.
        u: 0 ≤ u < 1.
    """
    return draw_from(scores.cpu().numpy(), u)


def draw_from(values: Floats, u: float, alive: Ids | None = None) -> tuple[int, Draw]:
    """Do the same with an array, of which it may be known what is above −inf, ascending."""
    alive = np.flatnonzero(values > -np.inf) if alive is None else alive
    total: float | None = None
    count = _FIRST_LOOK_TOKENS
    while True:
        ids, is_whole = _best_alive(values, alive, count)
        top = values[ids[0]].astype(np.float64)
        cumulative = np.cumsum(np.exp(values[ids].astype(np.float64) - top))
        if is_whole:
            total = float(cumulative[-1])
        elif total is None:
            total = float(np.exp(values.astype(np.float64) - top).sum())
        position = position_of(u, cumulative, total)
        if is_whole or position < len(ids):
            break
        count *= 16
    low = float(cumulative[position - 1]) / total if position else 0.0
    return int(ids[position]), Draw(u=u, low=low, high=float(cumulative[position]) / total)


def _best_alive(values: Floats, alive: Ids, count: int) -> tuple[Ids, bool]:
    """Return the ids of the best tokens above −inf, best first, ties by id.

    At least `count`, with all ties of the last; all of them where a cut has left few.

    Returns:
        The ids, and whether they are all.
    """
    if len(alive) < len(values) and len(alive) <= _FEW_TOKENS:
        return alive[np.argsort(-values[alive], kind="stable")], True
    ids = best_ids(values, min(count, len(values)))
    return ids, len(ids) == len(values)

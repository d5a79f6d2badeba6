"""Sampling with a die that can be shown, replayed and resumed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

import numpy as np
from torch import Tensor

from engine.decoding.choices import require_left
from engine.decoding.independent import IndependentRows
from engine.decoding.shortlist import Floats, Ids, Shortlist, Throw, position_of
from engine.decoding.stages import apply_filters
from engine.decoding.strategy import DecodingTask
from engine.ordering import best_ids
from engine.trace import Draw

_FIRST_LOOK_TOKENS = 256
_FEW_TOKENS = 8192
"""So many are sorted without a look at how many it takes."""


class Sampling(IndependentRows):
    """Draws each token from the processed distribution, each attempt with its own die."""

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, attempts=len(task.dice))
        is_usual = task.device.type == "cpu" and Shortlist.stands_for(self.warpers)
        self._shortlist = Shortlist(task.params) if is_usual else None

    def throws(self) -> Sequence[Throw]:
        """Return the throws of the attempts that still grow, where a shortlist can do."""
        shortlist = self._shortlist
        if shortlist is None or self.task.recorder is not None:
            return ()
        return [
            Throw(
                shortlist,
                self._throw(attempt, self.next_t(attempt)),
                partial(self.edit, attempt) if self.processors else None,
            )
            for attempt, _ in self.active
        ]

    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw]:
        """Throw the die of this attempt and token."""
        return draw_token(scores, self._throw(attempt, t))

    def pick(self, scores: Tensor, row: int, attempt: int, t: int) -> int:
        """Throw the same die for the same token: what the shortlist has left to the filters."""
        ids = self.row_ids[row : row + 1]
        processed = apply_filters(self.warpers, ids, scores)
        require_left(processed, self.warpers, ids, scores)
        return self.choose(processed[0], attempt, t)[0]

    def _throw(self, attempt: int, t: int) -> float:
        return throw_die(self.task.seed, self.task.dice[attempt], t)


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
    values = scores.cpu().numpy()
    total: float | None = None
    count = _FIRST_LOOK_TOKENS
    while True:
        ids, is_whole = _best_alive(values, count)
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


def _best_alive(values: Floats, count: int) -> tuple[Ids, bool]:
    """Return the ids of the best tokens above −inf, best first, ties by id.

    At least `count`, with all ties of the last; all of them where a cut has left few.

    Returns:
        The ids, and whether they are all.
    """
    ids = np.flatnonzero(values > -np.inf)
    if len(ids) < len(values) and len(ids) <= _FEW_TOKENS:
        return ids[np.argsort(-values[ids], kind="stable")], True
    ids = best_ids(values, min(count, len(values)))
    return ids, len(ids) == len(values)

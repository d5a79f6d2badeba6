"""Sampling with a die that can be shown, replayed and resumed."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from engine.decoding.independent import IndependentRows
from engine.decoding.recording import best_first
from engine.decoding.strategy import DecodingTask
from engine.trace import Draw

_FIRST_LOOK_TOKENS = 256


class Sampling(IndependentRows):
    """Draws each token from the processed distribution, each attempt with its own die."""

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, attempts=task.params.attempts)

    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:
        """Throw the die of this attempt and token."""
        return draw_token(scores, throw_die(self.task.seed, attempt, t))


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
    scores = scores.double()
    weights = torch.exp(scores - scores.amax()).cpu()
    alive = weights.nonzero().flatten()
    weights = weights[alive]
    total = float(weights.sum())
    count = min(_FIRST_LOOK_TOKENS, len(weights))
    while True:
        ids = best_first(weights, count)
        cumulative = np.cumsum(weights[ids].numpy())
        position = int(np.searchsorted(cumulative, u * total, side="right"))
        if position < len(ids) or len(ids) == len(weights):
            break
        count = min(16 * count, len(weights))
    # Rounding can leave the last sum below the total: then the last possible token is meant.
    position = min(position, int(np.searchsorted(cumulative, cumulative[-1])))
    low = float(cumulative[position - 1]) / total if position else 0.0
    return int(alive[ids[position]]), Draw(u=u, low=low, high=float(cumulative[position]) / total)

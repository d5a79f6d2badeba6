"""The probabilities behind a row of scores, in double precision, at the cost of what is asked."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.ordering import best_ids

_FEW = 8
"""Where fewer than one token in so many is left, only these are looked at."""
_EXACT_SHARE = 1e-3
"""What is left of 1 is exact enough from here on; less is summed up itself."""
_UNDERFLOW = -800.0
"""A logarithm whose exponential is 0."""


class _Sums(NamedTuple):
    """What one pass over the scores yields: Σ w and Σ w log w, with w = exp(score − best)."""

    best: float
    weights: float
    logs: float


class Distribution:
    """The softmax of a row of scores, of which tokens at −inf are no part.

    Without any token left, all probabilities are 0.

    Args:
        scores: float32, shape (vocab,).

    Attributes:
        alive: Tokens above −inf, bool, shape (vocab,).
        count: How many these are.
    """

    def __init__(self, scores: Tensor) -> None:
        self._scores = scores.cpu().numpy()
        self.alive: NDArray[np.bool_] = self._scores > -np.inf
        self.count = int(np.count_nonzero(self.alive))

    @property
    def entropy_bits(self) -> float:
        """Entropy, bits."""
        sums = self._sums
        return (math.log(sums.weights) - sums.logs / sums.weights) / math.log(2)

    def probs(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return the probabilities of tokens."""
        sums = self._sums
        weights: NDArray[np.float64] = np.exp(self._scores[ids].astype(np.float64) - sums.best)
        return weights / sums.weights

    def surprisal_bits(self, token_id: int) -> float | None:
        """Return −log2 of a token's probability, also where that is too small for a number.

        None for a token without any: no number says its surprise.
        """
        if not self.alive[token_id]:
            return None
        sums = self._sums
        nats = math.log(sums.weights) - (float(self._scores[token_id]) - sums.best)
        return nats / math.log(2)

    def mass_of(self, rest: Distribution) -> float:
        """Return the share of the tokens that are left in `rest`, where some are gone.

        What `rest` has beside these has no share.
        """
        if rest.count == self.count and bool((rest.alive == self.alive).all()):
            return 1.0
        if 2 * rest.count >= self.count:
            share = 1.0 - float(self.probs(np.flatnonzero(self.alive & ~rest.alive)).sum())
            if share > _EXACT_SHARE:
                return share
        return float(self.probs(np.flatnonzero(rest.alive)).sum())

    def best(self, count: int) -> list[int]:
        """Return the tokens with the greatest probabilities, equals by id."""
        count = min(count, len(self._scores))
        best: list[int] = best_ids(self._scores, count)[:count].tolist() if count else []
        return best

    def rank_of(self, token_id: int) -> int:
        """Return the place of a token by falling probability, equals by id, from 1."""
        score = self._scores[token_id]
        before = np.count_nonzero(self._scores > score)
        return int(before + np.count_nonzero(self._scores[:token_id] == score)) + 1

    @cached_property
    def _sums(self) -> _Sums:
        if not self.count:
            return _Sums(best=0.0, weights=1.0, logs=0.0)
        is_few = _FEW * self.count < len(self._scores)
        values = self._scores[np.flatnonzero(self.alive)] if is_few else self._scores
        best = float(values.max())
        logs = values.astype(np.float64)
        logs -= best
        weights = np.exp(logs)
        if len(values) > self.count:
            np.maximum(logs, _UNDERFLOW, out=logs)
        total = float(weights.sum())
        # Not `@`, which would wake NumPy's own threads, and these spin.
        weights *= logs
        return _Sums(best, total, float(weights.sum()))

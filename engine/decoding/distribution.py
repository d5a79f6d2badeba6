"""The probabilities behind a row of scores, in double precision, at the cost of what is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.ordering import best_ids, best_of_rows

_FEW = 8
"""Where fewer than one token in so many is left, only these are looked at."""
_EXACT_SHARE = 1e-3
"""What is left of 1 is exact enough from here on; less is summed up itself."""
_BLOCK_VALUES = 1 << 15
"""Scores that are summed up together: so many, in double precision, take no fresh memory."""
_UNDERFLOW = -800.0
"""A logarithm whose exponential is 0."""


class _Sums(NamedTuple):
    """What a pass over the scores yields: Σ w and, if asked for, Σ w log w; w = exp(s − best)."""

    best: float
    weights: float
    logs: float = 0.0


class Distribution:
    """The softmax of a row of scores, of which tokens at −inf are no part.

    Without any token left, all probabilities are 0.

    Args:
        scores: float32, shape (vocab,).
        sheet: Where it is one of several rows, and which.

    Attributes:
        alive: Tokens above −inf, bool, shape (vocab,).
        count: How many these are.
    """

    def __init__(
        self, scores: Tensor | NDArray[np.floating[Any]], sheet: tuple[Sheet, int] | None = None
    ) -> None:
        self._scores = scores.cpu().numpy() if isinstance(scores, Tensor) else scores
        self._sheet = sheet
        if sheet is None:
            self.alive: NDArray[np.bool_] = self._scores > -np.inf
            self.count = int(np.count_nonzero(self.alive))
        else:
            self.alive, self.count = sheet[0].alive[sheet[1]], sheet[0].counts[sheet[1]]

    @cached_property
    def left(self) -> NDArray[np.integer[Any]]:
        """The tokens above −inf, ascending."""
        return self.alive.nonzero()[0]

    @property
    def entropy_bits(self) -> float:
        """Entropy, bits."""
        sums = self._sums
        return (math.log(sums.weights) - sums.logs / sums.weights) / math.log(2)

    def probs(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return the probabilities of tokens."""
        sums = self._totals
        weights: NDArray[np.float64] = np.exp(self._scores[ids].astype(np.float64) - sums.best)
        return weights / sums.weights

    def surprisal_bits(self, token_id: int) -> float | None:
        """Return −log2 of a token's probability, also where that is too small for a number.

        None for a token without any: no number says its surprise.
        """
        if not self.alive[token_id]:
            return None
        sums = self._totals
        nats = math.log(sums.weights) - (float(self._scores[token_id]) - sums.best)
        return nats / math.log(2)

    def mass_of(self, rest: Distribution) -> float:
        """Return the share of the tokens that are left in `rest`, where some are gone.

        What `rest` has beside these has no share.
        """
        if rest.alive is self.alive:
            return 1.0
        if rest.count == self.count and bool((rest.alive == self.alive).all()):
            return 1.0
        if 2 * rest.count >= self.count:
            share = 1.0 - float(self.probs((self.alive & ~rest.alive).nonzero()[0]).sum())
            if share > _EXACT_SHARE:
                return share
        return float(self.probs(rest.left).sum())

    def best(self, count: int) -> list[int]:
        """Return the tokens with the greatest probabilities, equals by id."""
        count = min(count, len(self._scores))
        if self._sheet is not None and count:
            sheet, row = self._sheet
            return sheet.best(count)[row]
        best: list[int] = best_ids(self._scores, count)[:count].tolist() if count else []
        return best

    def rank_of(self, token_id: int) -> int:
        """Return the place of a token by falling probability, equals by id, from 1."""
        score = self._scores[token_id]
        before = np.count_nonzero(self._scores > score)
        return int(before + np.count_nonzero(self._scores[:token_id] == score)) + 1

    @property
    def _totals(self) -> _Sums:
        """Its sums, those of logarithms only where these are known."""
        if self._sheet is None or self._is_few or not self.count:
            return self._sums
        sheet, row = self._sheet
        return sheet.totals[row]

    @property
    def _is_few(self) -> bool:
        return _FEW * self.count < len(self._scores)

    @cached_property
    def _sums(self) -> _Sums:
        if not self.count:
            return _Sums(best=0.0, weights=1.0)
        is_few = self._is_few
        if self._sheet is not None and not is_few:
            sheet, row = self._sheet
            return sheet.sums[row]
        values = self._scores[self.left] if is_few else self._scores
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


class Sheet:
    """Rows of which what takes a pass over the vocabulary is made together, if anybody asks for it.

    Args:
        scores: float32, shape (rows, vocab).
        before: What they were made of; where a row has lost no token, both share what is alive.

    Attributes:
        scores: As given.
        rows: The distribution of each row.
        alive: Tokens above −inf of each row, bool, shape (vocab,).
        counts: How many these are.
    """

    def __init__(self, scores: NDArray[np.floating[Any]], before: Sheet | None = None) -> None:
        self.scores = scores
        is_alive = scores > -np.inf
        self.alive: list[NDArray[np.bool_]] = list(is_alive)
        # Row by row: along an axis NumPy adds up numbers instead of counting bits.
        self.counts = [int(np.count_nonzero(row)) for row in is_alive]
        if before is not None:
            self._share(before)
        self.rows = tuple(Distribution(row, (self, i)) for i, row in enumerate(scores))
        self._best: dict[int, list[list[int]]] = {}

    def best(self, count: int) -> list[list[int]]:
        """Return what `Distribution.best` says of each row."""
        if count not in self._best:
            self._best[count] = best_of_rows(self.scores, count)
        return self._best[count]

    @cached_property
    def sums(self) -> Sequence[_Sums]:
        """The sums of each row, of its whole width."""
        return self._summed(has_logs=True)

    @cached_property
    def totals(self) -> Sequence[_Sums]:
        """The same, those of logarithms only where these are known."""
        return self.__dict__.get("sums") or self._summed(has_logs=False)

    def _summed(self, *, has_logs: bool) -> Sequence[_Sums]:
        step = max(1, _BLOCK_VALUES // self.scores.shape[1])
        blocks = (self.scores[i : i + step] for i in range(0, len(self.scores), step))
        return [sums for block in blocks for sums in _sums_of(block, has_logs=has_logs)]

    def _share(self, before: Sheet) -> None:
        """Keep one array for what is alive in a row now and before, where it is the same."""
        width = self.scores.shape[1]
        for row, (old, count) in enumerate(zip(before.alive, self.counts, strict=True)):
            if before.counts[row] == count and (
                count == width or bool((old == self.alive[row]).all())
            ):
                self.alive[row] = old


def _sums_of(scores: NDArray[np.floating[Any]], *, has_logs: bool) -> list[_Sums]:
    """Return the sums of each row, shape (rows, vocab)."""
    best = scores.max(-1)
    with np.errstate(invalid="ignore"):
        logs = scores.astype(np.float64)
        logs -= best[:, None]
        if not has_logs:
            totals = np.exp(logs, out=logs).sum(-1)
            return list(map(_Sums, best.tolist(), totals.tolist()))
        weights = np.exp(logs)
        np.maximum(logs, _UNDERFLOW, out=logs)
        totals = weights.sum(-1)
        weights *= logs
        sums = weights.sum(-1)
    return list(map(_Sums, best.tolist(), totals.tolist(), sums.tolist()))

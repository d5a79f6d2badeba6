"""The best tokens of many rows, and what cuts leave of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.decoding.filter import Floats, Ids

Flags = NDArray[np.bool_]

MARGIN = 2e-6
"""What is this close to an edge may be on its other side: the total is a float32 sum."""


class Head(NamedTuple):
    """What cuts have left of a row, if they were clear: enough to tell later what each did.

    Attributes:
        ids: Tokens behind the first cut, by falling score, equals by id.
        counts: How many of them are left behind each cut, in the order of the filters.
        u: The throw.
    """

    ids: Ids
    counts: tuple[int, ...]
    u: float


class Heads:
    """The best tokens of some rows, by falling score, equals by id; columns to spare weigh 0.

    Args:
        rows: Of the tokens, ascending; those of a row one behind the other, by id.
        tokens: Their ids.
        values: Their scores divided by the temperature, float32.
        totals: Of all tokens that may come out, where the best one weighs 1, shape (rows,).

    Attributes:
        ids: Shape (rows, columns), as of all others.
        scores: Divided by the temperature, float32, −inf in columns to spare.
        weights: exp(score − best), float64; 0 for what a cut has taken away.
        masses: Of all tokens that may come out, float64, shape (rows,).
        counts: Tokens that are left, shape (rows,).
        is_all: Whether no other token may come out, shape (rows,).
        is_clear: Whether no edge was too near to tell, shape (rows,).
    """

    def __init__(self, rows: Ids, tokens: Ids, values: Floats, totals: Floats) -> None:
        self.counts: Ids = np.bincount(rows, minlength=len(totals))
        starts = np.cumsum(self.counts) - self.counts
        self.columns = np.arange(max(1, self.counts.max()))
        columns = np.arange(len(rows)) - starts[rows]
        shape = len(totals), len(self.columns)
        scores = np.full(shape, -np.inf, dtype=np.float32)
        scores[rows, columns] = values
        ids = np.zeros(shape, dtype=np.int64)
        ids[rows, columns] = tokens
        order = np.argsort(-scores, axis=1, kind="stable")
        self.every = np.arange(len(totals))
        self.ids: Ids = ids[self.every[:, None], order]
        self.scores: Floats = scores[self.every[:, None], order]
        # A row without a head is not clear: its scores are too far apart to be told from nothing.
        self.is_clear: Flags = self.counts > 0
        tops = np.where(self.is_clear, self.scores[:, 0], 0.0)
        self.weights: Floats = np.exp(self.scores.astype(np.float64) - tops[:, None])
        self.masses: Floats = totals.astype(np.float64)
        self.is_all: Flags = np.zeros(len(totals), dtype=bool)
        self._cuts: list[tuple[Ids, Flags]] = []

    def cut(self, counts: Ids, is_on: Flags) -> None:
        """Keep the first tokens of some rows, as all that there are."""
        self.counts = np.where(is_on, np.minimum(counts, self.counts), self.counts)
        self.weights *= self.columns < self.counts[:, None]
        self.masses = np.where(is_on, self.weights.sum(-1), self.masses)
        self.is_all |= is_on
        self._cuts.append((self.counts, is_on))

    def head(self, row: int, u: float) -> Head | None:
        """Return what the cuts have left of a row; None without any."""
        counts = tuple(int(counts[row]) for counts, is_on in self._cuts if is_on[row])
        return Head(self.ids[row, : counts[0]].copy(), counts, u) if counts else None

    def count(self, is_in: Flags) -> Ids:
        """Count the tokens for which something holds, among those that are left."""
        counts: Ids = (is_in & (self.columns < self.counts[:, None])).sum(-1)
        return counts

    def are_near(self, values: Floats, counts: Ids, edges: Floats | float) -> Flags:
        """Tell where the last of the first tokens, or the next one, is next to an edge.

        Args:
            values: What is compared with the edge, shape (rows, columns).
            counts: How many tokens lie before the edge, shape (rows,).
            edges: One for each row, shape (rows,), or for all.
        """
        last = np.maximum(counts - 1, 0)
        behind = np.minimum(counts, np.maximum(self.counts - 1, 0))
        near: Flags = np.abs(values[self.every, last] - edges) <= MARGIN
        near |= np.abs(values[self.every, behind] - edges) <= MARGIN
        return near

"""The best tokens of many rows, and what cuts leave of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.decoding.filter import Floats, Ids

Flags = NDArray[np.bool_]

MARGIN = 2e-6
"""What is this close to an edge may be on its other side: the total is a float32 sum."""

_COLUMN_BITS, _SCORE_BITS = 20, 32
"""Of a number that orders tokens: no more of a row have a share of 2 ** -18, in 2 ** 11 rows."""


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
        first = starts[rows]
        columns = np.arange(len(rows)) - first
        order = first + _by_falling_score(rows, columns, values)
        shape = len(totals), len(self.columns)
        # One number a place is found in a third of the time that two take.
        places = rows * len(self.columns) + columns
        values = values[order]
        self.scores: Floats = np.full(shape, -np.inf, dtype=np.float32)
        self.scores.reshape(-1)[places] = values
        self.ids: Ids = np.zeros(shape, dtype=np.int64)
        self.ids.reshape(-1)[places] = tokens[order]
        self.every = np.arange(len(totals))
        # A row without a head is not clear: its scores are too far apart to be told from nothing.
        self.is_clear: Flags = self.counts > 0
        self.weights: Floats = np.zeros(shape)
        self.weights.reshape(-1)[places] = np.exp(values.astype(np.float64) - values[first])
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


def _by_falling_score(rows: Ids, columns: Ids, values: Floats) -> Ids:
    """Return for each place of each row the column that belongs there, equals in their order.

    Row, score and column are made one number each, and numbers are sorted in a sixth of the time
    that a stable sort of scores takes.

    Args:
        rows: Ascending.
        columns: Of the row, from 0.
        values: float32, none of them NaN.
    """
    # The bits of positive floats rise as they do; those of negative ones fall. A zero has no sign.
    bits = (values + np.float32(0)).view(np.int32).astype(np.int64)
    falling = np.where(bits < 0, bits & 0x7FFF_FFFF, -bits)
    keys = (rows << _SCORE_BITS + _COLUMN_BITS) + (falling << _COLUMN_BITS) + columns
    keys.sort()
    places: Ids = keys & (1 << _COLUMN_BITS) - 1
    return places

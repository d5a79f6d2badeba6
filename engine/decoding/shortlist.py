"""Sampling that looks closely at the best tokens only, where these decide.

The filters of `engine.decoding.stages` pass over the whole vocabulary, each several times. When
nobody records what they do, it is enough to know the total mass and the head of the distribution:
the usual cuts keep a part of the head. Where a rounding or a token outside the head could change
what comes out, there is no answer, and the filters decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.decoding.filter import Filter
from engine.decoding_params import DecodingParams

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.integer[Any]]

_WARPERS = frozenset({"temperature", "top_k", "top_p", "min_p"})
_FLOORS = (2.0**-10, 2.0**-14, 2.0**-18)
"""Probabilities down to which the head reaches: at most so many tokens."""
_MARGIN = 2e-6
"""What is this close to an edge may be on its other side: the total is a float32 sum."""


class _Head(NamedTuple):
    """The best tokens, by falling score, equals by id.

    Attributes:
        ids: Shape (n,).
        scores: Divided by the temperature, float32.
        weights: exp(score − best), float64.
        mass: Of all tokens that may come out, in the same unit.
        is_all: No other token may come out.
    """

    ids: Ids
    scores: Floats
    weights: Floats
    mass: float
    is_all: bool = False

    def first(self, count: int) -> _Head:
        """Return the first tokens, as all that there are."""
        weights = self.weights[:count]
        return _Head(self.ids[:count], self.scores[:count], weights, float(weights.sum()), True)


class Shortlist:
    """Draws tokens under a temperature, top-k, top-p and min-p.

    Args:
        params: Resolved settings; other cuts are not looked at.
    """

    def __init__(self, params: DecodingParams) -> None:
        self._temperature = np.float32(params.temperature)
        self._cuts: list[Callable[[_Head], int | None]] = []
        if params.top_k > 0:
            self._cuts.append(partial(_top_k, params.top_k))
        if params.top_p < 1:
            self._cuts.append(partial(_top_p, params.top_p))
        if params.min_p > 0:
            self._cuts.append(partial(_min_p, params.min_p))

    @staticmethod
    def stands_for(filters: Sequence[Filter]) -> bool:
        """Tell whether it does all that these filters do."""
        return _WARPERS.issuperset(stage.name for stage in filters)

    def draw(self, scores: Floats, u: float) -> int | None:
        """Find the token that a throw of the die means, as `draw_token` does behind the filters.

        Args:
            scores: Before the temperature, float32, shape (vocab,).
            u: 0 ≤ u < 1.

        Returns:
            The token, or None where the filters must decide.
        """
        # Divided first, as the filters do: another order rounds otherwise. What is no number
        # afterwards is for them to refuse.
        with np.errstate(all="ignore"):
            scaled = scores / self._temperature
        best = scaled.max()
        if not np.isfinite(best):
            return None
        weights = scaled - best
        np.exp(weights, out=weights)
        total = float(weights.sum())
        for floor in _FLOORS:
            ids = np.flatnonzero(weights >= floor * total)
            token = self._draw_from(self._head(scaled, ids, total), u) if len(ids) else None
            if token is not None:
                return token
        return None

    def _head(self, scaled: Floats, ids: Ids, mass: float) -> _Head:
        values = scaled[ids]
        order = np.argsort(-values, kind="stable")
        values = values[order]
        weights = np.exp(values.astype(np.float64) - values[0])
        return _Head(ids[order], values, weights, mass)

    def _draw_from(self, head: _Head, u: float) -> int | None:
        for cut in self._cuts:
            count = cut(head)
            if count is None:
                return None
            head = head.first(count)
        cumulative = np.cumsum(head.weights)
        total = cumulative[-1] if head.is_all else head.mass
        position = position_of(u, cumulative, total)
        if not head.is_all:
            around = cumulative[max(position - 1, 0) : position + 1]
            if position == len(cumulative) or _is_near(around / total, u):
                return None
        return int(head.ids[position])


def position_of(u: float, cumulative: Floats, total: float) -> int:
    """Return the first position whose cumulative mass exceeds a share of the total.

    Args:
        u: That share, 0 ≤ u < 1.
        cumulative: Ascending, float64, shape (n,).
        total: The last of them, or what all tokens weigh.

    Returns:
        The position; n when the share lies behind all of them.
    """
    position = int(np.searchsorted(cumulative, u * total, side="right"))
    if cumulative[-1] < total:
        return position
    # A rounded product can reach the last sum: then the last possible token is meant.
    return min(position, int(np.searchsorted(cumulative, total)))


def _top_k(k: int, head: _Head) -> int | None:
    """Count the tokens that top-k keeps, all ties of the last included; None if not in the head."""
    if k > len(head.ids):
        return None
    return int(np.searchsorted(-head.scores, -head.scores[k - 1], side="right"))


def _top_p(p: float, head: _Head) -> int | None:
    """Count the tokens of the nucleus; None where its edge is not clear."""
    probs = head.weights / head.mass
    above = np.cumsum(probs) - probs
    count = int(np.searchsorted(above, p, side="right"))
    if _is_near(above[count - 1 : count + 1], p):
        return None
    if count == len(above):
        return count if head.is_all else None
    last, next_one = head.weights[count - 1 : count + 1]
    # Equal for the filters, which sort rounded probabilities: then these decide which one stays.
    return None if last - next_one <= _MARGIN * last else count


def _min_p(p: float, head: _Head) -> int | None:
    """Count the tokens with at least a share of the best one's probability."""
    count = int(np.searchsorted(-head.weights, -p, side="right"))
    if _is_near(head.weights[max(count - 1, 0) : count + 1] / p, 1.0):
        return None
    if count == len(head.ids):
        return count if head.is_all else None
    return max(count, 1)


def _is_near(values: Floats, edge: float) -> bool:
    return bool((np.abs(values - edge) <= _MARGIN).any())

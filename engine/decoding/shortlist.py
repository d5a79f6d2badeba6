"""Sampling that looks closely at the best tokens only, where these decide, in many rows at once.

The filters of `engine.decoding.stages` pass over the whole vocabulary, each several times. When
nobody records what they do, it is enough to know the total mass and the head of the distribution:
the usual cuts keep a part of the head. Where a rounding or a token outside the head could change
what comes out, there is no answer, and the filters decide: so a row's token does not depend on the
rows that are looked at with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from engine.decoding.filter import Filter, Floats, Ids
from engine.decoding.heads import MARGIN, Head, Heads
from engine.decoding.weighing import blocks, weigh
from engine.decoding_params import DecodingParams
from engine.panics import is_failure

_WARPERS = frozenset({"temperature", "top_k", "top_p", "min_p"})
_FLOORS = (2.0**-10, 2.0**-14, 2.0**-18)
"""Probabilities down to which the head reaches: at most so many tokens."""


class Shortlist:
    """Draws tokens under a temperature, top-k, top-p and min-p.

    Args:
        params: Resolved settings; other cuts are not looked at.
    """

    def __init__(self, params: DecodingParams) -> None:
        self.temperature = np.float32(params.temperature)
        self.top_k = params.top_k
        self.top_p = params.top_p
        self.min_p = params.min_p

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
        return draw_rows(scores[None], [Throw(self, u)])[0]


class Throw(NamedTuple):
    """A row's die, 0 ≤ u < 1, and the settings behind which it is thrown.

    `edit` does to the row what comes before them; None for nothing. `is_recorded` asks for what
    the cuts have left, besides the token.
    """

    shortlist: Shortlist
    u: float
    edit: Callable[[Floats], None] | None = None
    is_recorded: bool = False

    @property
    def wanted(self) -> float:
        """The mass that a head should have to hold the token, as far as that is known before."""
        cuts = self.shortlist
        if cuts.top_p < 1:
            return cuts.top_p
        return 0.0 if cuts.top_k or cuts.min_p else self.u


def draw_rows(
    scores: Floats, throws: Sequence[Throw], heads_of: dict[int, Head] | None = None
) -> list[int | None]:
    """Find the tokens that throws of the die mean, as `Shortlist.draw` says.

    Args:
        scores: The model's, or what comes before the temperature where nobody edits them, float32,
            shape (rows, vocab).
        throws: One for each row.
        heads_of: Where it is put what cuts have left, by rows, of those that are recorded.
    """
    tokens: list[int | None] = [None] * len(throws)
    scores = _edited(scores, throws)
    temperatures = np.array([throw.shortlist.temperature for throw in throws])
    wanted = np.array([throw.wanted for throw in throws])
    left = np.arange(len(throws))
    # What is no number is for the filters to refuse: it has no head.
    with np.errstate(all="ignore"):
        for first in range(len(_FLOORS)):
            some = slice(None) if len(left) == len(throws) else left
            heads = _heads(scores[some], temperatures[some], wanted[some], _FLOORS[first:])
            places = _places(heads, [throws[row] for row in left.tolist()])
            for i, (row, place) in enumerate(zip(left.tolist(), places.tolist(), strict=True)):
                if place >= 0:
                    tokens[row] = int(heads.ids[i, place])
                    head = heads.head(i, throws[row].u) if throws[row].is_recorded else None
                    if head is not None and heads_of is not None:
                        heads_of[row] = head
            left = left[(places < 0) & np.isfinite(heads.masses)]
            if not len(left):
                break
    return tokens


def _heads(scores: Floats, temperatures: Floats, wanted: Floats, floors: Sequence[float]) -> Heads:
    """Return the tokens with a share of their row's mass, found in few rows at a time.

    Args:
        scores: Before the temperature, float32, shape (rows, vocab).
        temperatures: Of the rows, float32, shape (rows,).
        wanted: As in `_above`, of all rows.
        floors: As in `_above`.
    """
    width = scores.shape[1]
    rows: list[Ids] = []
    ids: list[Ids] = []
    found: list[Floats] = []
    masses: list[Floats] = []
    for block in blocks(scores):
        divisors = temperatures[block]
        # Divided first, as the filters do: another order rounds otherwise.
        scaled = scores[block]
        scaled = scaled if (divisors == 1).all() else scaled / divisors[:, None]
        weights, totals = weigh(scaled, scaled.max(-1))
        where = _above(weights, totals, wanted[block], floors)
        row, token = np.divmod(where, width)
        rows.append(row + block.start)
        ids.append(token)
        found.append(scaled.reshape(-1)[where])
        masses.append(totals)
    return Heads(
        np.concatenate(rows), np.concatenate(ids), np.concatenate(found), np.concatenate(masses)
    )


def _above(weights: Floats, totals: Floats, wanted: Floats, floors: Sequence[float]) -> Ids:
    """Return the flat places of the tokens with at least the first share of their row's mass.

    Where these do not weigh what is wanted, the next share is the least, while the weights are
    at hand.

    Args:
        weights: Shape (rows, vocab).
        totals: Of the rows, shape (rows,).
        wanted: Shares of them, shape (rows,).
        floors: Falling shares.
    """
    least = np.float32(floors[0]) * totals
    where = np.flatnonzero(weights >= least[:, None])
    for floor in floors[1:]:
        found = np.bincount(
            where // weights.shape[1], weights.reshape(-1)[where], minlength=len(totals)
        )
        is_short = found <= wanted * totals
        if not is_short.any():
            break
        least = np.where(is_short, np.float32(floor) * totals, least)
        where = np.flatnonzero(weights >= least[:, None])
    return where


def _edited(scores: Floats, throws: Sequence[Throw]) -> Floats:
    """Return the scores before the temperature; where an edit fails, none that are numbers.

    Then there is no answer, and the row's own filters say what is wrong.
    """
    edits = [(row, throw.edit) for row, throw in enumerate(throws) if throw.edit is not None]
    if edits:
        scores = scores.copy()
    for row, edit in edits:
        try:
            edit(scores[row])
        except BaseException as error:  # nobody else's row may fail with it
            if not is_failure(error):
                raise
            scores[row] = np.nan
    return scores


def _places(heads: Heads, throws: Sequence[Throw]) -> Ids:
    """Return the column of each row's token, −1 where the filters must decide."""
    lists = [throw.shortlist for throw in throws]
    _top_k(heads, np.array([item.top_k for item in lists]))
    _top_p(heads, np.array([item.top_p for item in lists]))
    _min_p(heads, np.array([item.min_p for item in lists]))
    us = np.array([throw.u for throw in throws])
    cumulative = np.cumsum(heads.weights, axis=1)
    totals = np.where(heads.is_all, cumulative[:, -1], heads.masses)
    places = heads.count(cumulative <= (us * totals)[:, None])
    # A rounded product can reach the last sum: then the last possible token is meant.
    possible = heads.count(cumulative < totals[:, None])
    places = np.where(cumulative[:, -1] < totals, places, np.minimum(places, possible))
    is_open = (places == heads.counts) | heads.are_near(cumulative / totals[:, None], places, us)
    return np.where(heads.is_clear & (heads.is_all | ~is_open), places, -1)


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


def _top_k(heads: Heads, k: Ids) -> None:
    """Keep the k best tokens, all ties of the last included; not clear where they are no head."""
    is_on = k > 0
    if not is_on.any():
        return
    heads.is_clear &= ~is_on | (k <= heads.counts)
    last = heads.scores[heads.every, np.clip(k, 1, len(heads.columns)) - 1]
    heads.cut(heads.count(heads.scores >= last[:, None]), is_on)


def _top_p(heads: Heads, p: Floats) -> None:
    """Keep the nucleus; not clear where its edge is not."""
    is_on = p < 1
    if not is_on.any():
        return
    probs = heads.weights / heads.masses[:, None]
    above = np.cumsum(probs, axis=1) - probs
    counts = heads.count(above <= p[:, None])
    is_clear = ~heads.are_near(above, counts, p)
    last = heads.weights[heads.every, np.maximum(counts - 1, 0)]
    next_one = heads.weights[heads.every, np.minimum(counts, len(heads.columns) - 1)]
    # Equal for the filters, which sort rounded probabilities: then these decide which one stays.
    is_clear &= np.where(counts == heads.counts, heads.is_all, last - next_one > MARGIN * last)
    heads.is_clear &= ~is_on | is_clear
    heads.cut(counts, is_on)


def _min_p(heads: Heads, p: Floats) -> None:
    """Keep the tokens with at least a share of the best one's probability."""
    is_on = p > 0
    if not is_on.any():
        return
    counts = heads.count(heads.weights >= p[:, None])
    is_clear = ~heads.are_near(heads.weights / p[:, None], counts, 1.0)
    is_clear &= (counts < heads.counts) | heads.is_all
    heads.is_clear &= ~is_on | is_clear
    heads.cut(np.maximum(counts, 1), is_on)

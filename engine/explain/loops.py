"""Where a text gets stuck: the loop that it repeats, and how repetitive it is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from engine.values import Value

_LONGEST_UNIT = 64
_FEWEST_TURNS = 3
_SHORTEST_LOOP = 6


@dataclass(frozen=True, kw_only=True)
class Loop(Value):
    """A unit that follows itself.

    Attributes:
        start: Index of the first token of the first turn.
        period: Tokens of the unit, which is `tokens[start : start + period]`.
        length: Tokens from the first turn to the last, which may be cut short.
    """

    start: int
    period: int
    length: int

    @property
    def repeats_from(self) -> int:
        """Index of the token from which the text only repeats itself."""
        return self.start + self.period

    @property
    def turns(self) -> float:
        """How often the unit was said."""
        return self.length / self.period


def find_loop(tokens: Sequence[Hashable]) -> Loop | None:
    """Return the longest loop of a text: at least three turns, and six tokens.

    Args:
        tokens: Token ids, or words.
    """
    best: Loop | None = None
    for period in range(1, min(_LONGEST_UNIT, len(tokens) // _FEWEST_TURNS) + 1):
        loop = _longest_run(tokens, period)
        is_loop = loop.length >= max(_FEWEST_TURNS * period, _SHORTEST_LOOP)
        # A loop of a unit is one of its double, too: the shorter unit came first.
        if is_loop and (best is None or loop.length > best.length + best.period):
            best = loop
    return best


def _longest_run(tokens: Sequence[Hashable], period: int) -> Loop:
    best = Loop(start=0, period=period, length=0)
    run = 0
    for i in range(period, len(tokens)):
        run = run + 1 if tokens[i] == tokens[i - period] else 0
        if run + period > best.length:
            best = Loop(start=i - run - period + 1, period=period, length=run + period)
    return best


def repetition_rate(tokens: Sequence[Hashable], n: int = 4) -> float:
    """Return the share of n-grams that had been there before.

    Source: Welleck et al. (2020), «Neural text generation with unlikelihood training», seq-rep-n.
    """
    return 1.0 - distinct(tokens, n)


def distinct(tokens: Sequence[Hashable], n: int) -> float:
    """Return the share of different n-grams; 1.0 for a text shorter than n.

    Source: Li et al. (2016), «A diversity-promoting objective function», distinct-n.
    """
    ngrams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    return len(set(ngrams)) / len(ngrams) if ngrams else 1.0

"""Who sees whom, word by word.

Source: Clark et al. (2019), «What does BERT look at?», §4.1: attention to a word is the sum over
its tokens, attention from a word the mean over them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.render.step import join_tokens
from engine.explain import Attention

_SPECIAL = re.compile(r"\[\w+\]|<[^<> ]*>|⟨#\d+⟩|__\w+__")
"""How tokens that are no text are called: they stand before and behind it."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The mean over all layers and heads, between words.

    Attributes:
        rows: The words that look.
        columns: The words that are looked at.
        weights: Of each row over the columns; what is left of 1 goes to tokens that are no text.
        is_one_text: Whether rows and columns are the same words.
        squares_ahead: How many weights over what stands on a token's right the maps have, where
            they are of one text.
        zeros_ahead: How many of these are exactly 0.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    is_one_text: bool
    squares_ahead: int = 0
    zeros_ahead: int = 0

    @property
    def share_ahead(self) -> float:
        """The share of all that the words look at which stands on their right."""
        total = sum(map(sum, self.weights))
        ahead = sum(sum(row[i + 1 :]) for i, row in enumerate(self.weights))
        return ahead / total if total else 0.0

    @property
    def is_masked(self) -> bool:
        """Whether nobody sees what stands on the right, not even a little."""
        return self.is_one_text and self.squares_ahead == self.zeros_ahead > 0


def grid_of(attention: Attention, words: Sequence[str]) -> Grid:
    """Sum an answer up.

    Args:
        attention: Of every layer's mean.
        words: Of the text that is looked at, as they are written.
    """
    is_one_text = attention.part != "cross"
    columns = _groups(attention.columns)
    rows = columns if is_one_text else _groups(attention.tokens)
    count = len(attention.maps)
    weights = tuple(
        tuple(
            sum(found.weights[i][j] for found in attention.maps for i in row for j in column)
            / (count * len(row))
            for column in columns
        )
        for row in rows
    )
    ahead = [
        row[j]
        for found in attention.maps
        for i, row in enumerate(found.weights)
        for j in range(i + 1, len(row))
        if is_one_text
    ]
    read = _labels(attention.columns, columns, words)
    return Grid(
        rows=read if is_one_text else _labels(attention.tokens, rows, ()),
        columns=read,
        weights=weights,
        is_one_text=is_one_text,
        squares_ahead=len(ahead),
        zeros_ahead=sum(weight == 0.0 for weight in ahead),
    )


def _groups(tokens: Sequence[str]) -> list[range]:
    """Return the tokens of each word; those that are no text belong to none."""
    start, stop = 0, len(tokens)
    while start < stop and _SPECIAL.fullmatch(tokens[start].strip()):
        start += 1
    while stop > start and _SPECIAL.fullmatch(tokens[stop - 1].strip()):
        stop -= 1
    # A space by itself belongs to the word behind it.
    begins = [
        i
        for i in range(start, stop)
        if i == start or (tokens[i][:1].isspace() and tokens[i - 1].strip())
    ]
    return [range(a, b) for a, b in pairwise([*begins, stop])]


def _labels(
    tokens: Sequence[str], groups: Sequence[range], words: Sequence[str]
) -> tuple[str, ...]:
    """Name the groups: as the text was written where they are its words, else as they are read."""
    if len(groups) == len(words):
        return tuple(words)
    return tuple(join_tokens([tokens[i] for i in group]).strip() or "⟨⟩" for group in groups)

"""A token in a gap as people read it: between the words that somebody has written."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.filling.gaps import GapMark
from engine.models.loaded import LoadedModel

_OPENING = {"Ps", "Pi"}
_OPENING_SIGNS = "¿¡"


@dataclass(frozen=True)
class Reading:
    """How a token reads in a gap; see `GapCandidate`."""

    text: str
    joins: bool


class Splicer:
    """Puts tokens into the gaps of one text.

    Where the mask takes the space before it for itself, as in RoBERTa, a token says by its own
    space whether it begins a word. In a WordPiece vocabulary a token says that it goes on with
    one, and signs have no space of their own.

    Args:
        loaded: Model and tokenizer.
        text: With its gaps.
        marks: Where they are.
    """

    def __init__(self, loaded: LoadedModel, text: str, marks: Sequence[GapMark]) -> None:
        self._loaded = loaded
        self._text = text
        self._marks = marks

    def read(self, token_id: int, gap: int) -> Reading:
        """Return how a token reads in a gap, given by its number."""
        vocabulary = self._loaded.vocabulary
        if vocabulary.is_special(token_id):
            return Reading(vocabulary.text_of(token_id), joins=False)
        raw = vocabulary.text_of(token_id)
        body = raw.strip()
        before = self._text[: self._marks[gap].start]
        is_apart = before == before.rstrip() or not before.strip()
        return Reading(body, joins=bool(body) and not is_apart and self._joins(raw, body))

    def can_write(self, token_id: int) -> bool:
        """Tell of a token that is text by itself: no special one, no blank, no part of a letter."""
        vocabulary = self._loaded.vocabulary
        body = vocabulary.text_of(token_id).strip()
        return vocabulary.is_whole(token_id) and bool(body) and body.isprintable()

    def fill(self, tokens: Mapping[int, int]) -> str:
        """Return the text with tokens in some of its gaps.

        Args:
            tokens: Number of a gap → the token in it; the others stay as they are written.
        """
        parts, end = [], 0
        for number, mark in enumerate(self._marks):
            before = self._text[end : mark.start]
            shown = self._text[mark.start : mark.end]
            if number in tokens:
                reading = self.read(tokens[number], number)
                before = before.rstrip() if reading.joins else before
                shown = reading.text
            parts += [before, shown]
            end = mark.end
        return "".join([*parts, self._text[end:]])

    def _joins(self, raw: str, body: str) -> bool:
        if raw[:1].isspace():
            return self._is_wordpiece and _closes(body)
        return self._is_wordpiece or self._absorbs_space

    @cached_property
    def _is_wordpiece(self) -> bool:
        return self._loaded.vocabulary.is_wordpiece

    @cached_property
    def _absorbs_space(self) -> bool:
        tokenizer = self._loaded.tokenizer
        mask_id = tokenizer.mask_token_id
        mask = tokenizer.added_tokens_decoder.get(mask_id)
        return mask is not None and bool(mask.lstrip)


def _closes(sign: str) -> bool:
    """Tell of a sign that stands directly behind a word: «,», «)», «»»."""
    category = unicodedata.category(sign[0])
    is_sign = category.startswith("P") and category not in {*_OPENING, "Pd"}
    return is_sign and sign[0] not in _OPENING_SIGNS

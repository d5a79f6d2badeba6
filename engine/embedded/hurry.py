"""Pairs of texts for the encoder-decoder: whole sentences, and the same typed in a hurry."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence

from engine.letters import hurried

LONGER_TARGET = 1.15
"""Tokens of the longest target per token of the longest source."""
_SENTENCE = re.compile(r"(?<=[.?!…])(?=\s+[—«\"(¿¡A-ZÁÉÍÓÚÑ])")
_LEVELS = (0.0, 0.0, 0.5, 1.0)
"""How much of a kind of sign somebody in half a hurry keeps."""
_ALL_LEFT_OUT = 0.6


class Hurry:
    """Somebody who leaves out everything, or some of each kind of sign.

    Args:
        dice: Of the person, and of each sign.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        everything = dice.random() < _ALL_LEFT_OUT
        kept = [0.0 if everything else dice.choice(_LEVELS) for _ in range(4)]
        self._marks, self._opening_marks, self._capitals, self._accents = kept

    def __call__(self, text: str) -> str:
        """Type a text."""
        return hurried(
            text,
            leaves_out=lambda mark: self._leaves_out(
                self._opening_marks if mark in "¿¡" else self._marks
            ),
            lowers=lambda _: self._leaves_out(self._capitals),
            unaccents=lambda _: self._leaves_out(self._accents),
        )

    def _leaves_out(self, kept: float) -> bool:
        return self._dice.random() >= kept


def target_length(source_length: int) -> int:
    """Return the longest target, in tokens, of sources of a length."""
    return round(source_length * LONGER_TARGET)


def paragraphs(documents: Sequence[str]) -> list[str]:
    """Return the paragraphs that are written with care; an empty one ends a document."""
    found: list[str] = []
    for document in documents:
        if document != document.lower():
            found += unicodedata.normalize("NFC", document).splitlines()
            found.append("")
    return found


def following(texts: Sequence[str], place: int, dice: random.Random) -> Iterator[str]:
    """Yield sentences from one of a paragraph on to the end of its document, with what parts them.

    Args:
        texts: What `paragraphs` found.
        place: Of the paragraph, which is not empty.
        dice: Which of its sentences is the first.
    """
    pieces = sentences(texts[place])
    first = dice.randrange(len(pieces))
    yield from (piece.lstrip() if n == 0 else piece for n, piece in enumerate(pieces[first:]))
    for text in _until_empty(texts, place + 1):
        for number, piece in enumerate(sentences(text)):
            yield piece if number else "\n" + piece


def _until_empty(texts: Sequence[str], place: int) -> Iterator[str]:
    while place < len(texts) and texts[place]:
        yield texts[place]
        place += 1


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph before the spaces between sentences."""
    return [piece for piece in _SENTENCE.split(paragraph) if piece]

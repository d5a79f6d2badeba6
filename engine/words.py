"""What counts as a word of a list: one rule for what is asked and for what is written.

A word is a maximal run of letters and digits, compared without case and with its accents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import groupby


def fold(text: str) -> str:
    """Return the text without case and decomposed, so that folding two pieces is folding both."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def is_word_character(character: str) -> bool:
    """Tell whether a character belongs to a word: letters, digits and the marks on them."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def words_of(text: str) -> list[str]:
    """Return the words of a folded text."""
    # Most tokens of a vocabulary are one word, perhaps behind a space.
    text = text.strip()
    if text.isalnum():
        return [text]
    return ["".join(run) for is_word, run in groupby(text, is_word_character) if is_word]


class WordList:
    """Words, or phrases of several words in a row, that a text may not have.

    Args:
        phrases: As they stand in the list.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {words for phrase in phrases if (words := tuple(words_of(fold(phrase))))}
        self._lengths = {len(words) for words in self._phrases}

    def is_in(self, text: str) -> bool:
        """Tell whether the text has one of them."""
        words = tuple(words_of(fold(text)))
        return any(
            words[start : start + length] in self._phrases
            for length in self._lengths
            for start in range(len(words) - length + 1)
        )

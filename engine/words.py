"""What counts as a word of a list: one rule for what is asked and for what is written.

A word is a maximal run of letters and digits, compared without case and with its accents. An entry
without any, such as an emoji, has no words: it is looked for as it stands.
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


def ends_in_word(text: str) -> bool:
    """Tell whether a letter behind a text would go on with the word that it ends with."""
    return bool(text) and is_word_character(text[-1])


def words_of(text: str) -> list[str]:
    """Return the words of a folded text."""
    # Most tokens of a vocabulary are one word, perhaps behind a space.
    text = text.strip()
    if text.isalnum():
        return [text]
    return ["".join(run) for is_word, run in groupby(text, is_word_character) if is_word]


def signs_of(text: str) -> str:
    """Return a folded text as its signs are compared: without marks, which vary how one looks."""
    return "".join(char for char in text if unicodedata.category(char)[0] != "M")


def phrases_of(entries: Iterable[str]) -> tuple[set[tuple[str, ...]], set[str]]:
    """Return what the entries of a list mean: phrases of words, and the signs without words."""
    folded = [fold(entry) for entry in entries]
    phrases = {tuple(words_of(text)) for text in folded if any(map(str.isalnum, text))}
    signs = {signs_of(text).strip() for text in folded if not any(map(str.isalnum, text))}
    return phrases, signs - {""}


class WordList:
    """Words, phrases of several words in a row, or signs that a text may not have.

    Args:
        entries: As they stand in the list.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._phrases, self._signs = phrases_of(entries)
        self._lengths = {len(words) for words in self._phrases}

    def is_in(self, text: str) -> bool:
        """Tell whether the text has one of them."""
        folded = fold(text)
        words = tuple(words_of(folded))
        has_phrase = any(
            words[start : start + length] in self._phrases
            for length in self._lengths
            for start in range(len(words) - length + 1)
        )
        return has_phrase or self._has_sign(folded)

    def _has_sign(self, folded: str) -> bool:
        signs = signs_of(folded) if self._signs else ""
        return any(sign in signs for sign in self._signs)

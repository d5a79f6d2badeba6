"""Ends a text before a word that may not be written, where no model here can be kept from it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from engine.words import WordList, ends_in_word, is_word_character

_ORNAMENT = 4
"""Characters of a text for each of an entry: marks and what cannot be seen stand between."""


class WordGuard:
    """The search in one growing text.

    Args:
        entries: Of the list; none means that every text passes.
        before: The text that it goes on from, in which an entry may begin.
    """

    def __init__(self, entries: Sequence[str], before: str) -> None:
        self._words = WordList(entries)
        self._reach = _ORNAMENT * max(map(len, entries), default=0)
        self._before = _tail(before, self._reach)
        if self._words.is_in(self._before):
            self._before = ""
        self._clean = 0

    @property
    def is_on(self) -> bool:
        """Whether there is anything to look for."""
        return self._reach > 0

    def settled(self, text: str) -> str:
        """Return a growing text without a last word that more letters may make another."""
        return text[: len(text) - len(last_word(text))] if self.is_on else text

    def cut(self, text: str, *, is_over: bool) -> int | None:
        """Return where a text has to end, or None.

        Args:
            text: All of it so far; what was there at earlier calls is still there.
            is_over: Whether its last word is whole.
        """
        if not self.is_on:
            return None
        read = text if is_over else self.settled(text)
        start = self._clean - len(_tail(text[: self._clean], self._reach))
        head = self._before if start == 0 else ""
        new = read[start:]
        if not self._words.is_in(head + new):
            self._clean = max(self._clean, len(read))
            return None
        bounds = [0, *(place for place in range(1, len(new) + 1) if _is_bound(new, place))]
        first = bisect_left(bounds, True, key=lambda place: self._words.is_in(head + new[:place]))
        return len(text[: start + bounds[max(0, first - 1)]].rstrip())


def last_word(text: str) -> str:
    """Return the letters and digits at the end of a text."""
    start = len(text)
    while start and ends_in_word(text[:start]):
        start -= 1
    return text[start:]


def _is_bound(text: str, place: int) -> bool:
    return not (
        place < len(text) and is_word_character(text[place - 1]) and is_word_character(text[place])
    )


def _tail(text: str, reach: int) -> str:
    """Return the end of a text, from the beginning of a word."""
    start = max(0, len(text) - reach)
    while start and not _is_bound(text, start):
        start -= 1
    return text[start:]

"""What ends a text before its limit by what it says, and what of it is then shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.trace import FinishReason


class Search(Protocol):
    """The search for an end in one continuation, as far as it has been written without one."""

    def after(self, token_id: int) -> Search:
        """Return the search after one more token; this one stays, for others that branch off."""

    @property
    def reason(self) -> FinishReason | None:
        """Why the text ends with its newest token; None where it goes on."""


class TextEnd(Protocol):
    """An end that a text can have."""

    def begin(self) -> Search:
        """Return the search in a continuation without any token yet."""

    def cut(self, text: str) -> str:
        """Return the text before its end."""

    def settled(self, text: str) -> str:
        """Return the part of a growing text that no further token can take back."""


class FirstEnd:
    """Several ends, of which the first counts.

    Args:
        ends: At least one.
    """

    def __init__(self, ends: Sequence[TextEnd]) -> None:
        self._ends = ends

    def begin(self) -> Search:
        """Return the search in a continuation without any token yet."""
        return _FirstSearch([end.begin() for end in self._ends])

    def cut(self, text: str) -> str:
        """Return the text before the first of its ends."""
        return min((end.cut(text) for end in self._ends), key=len)

    def settled(self, text: str) -> str:
        """Return the part of a growing text that no further token can take back."""
        return min((end.settled(text) for end in self._ends), key=len)


class _FirstSearch:
    def __init__(self, searches: Sequence[Search]) -> None:
        self._searches = searches

    def after(self, token_id: int) -> Search:
        return _FirstSearch([search.after(token_id) for search in self._searches])

    @property
    def reason(self) -> FinishReason | None:
        reasons = (search.reason for search in self._searches)
        return next((reason for reason in reasons if reason is not None), None)

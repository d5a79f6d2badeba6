"""What may follow what where a text is written again with the same letters.

Accents, capitals and sentence marks are free where `engine.letters` says that they may be left out;
every other character comes as in the source, in its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from engine.letters import SENTENCE_MARKS, WRAPPERS, bare, plain

_SPACES = " \n"
_ACCENTED = "áéíóúüÁÉÍÓÚÜ"


class State(NamedTuple):
    """How far a text has come.

    Attributes:
        place: Letters of the source that are written.
        is_spaced: Whether the last character is a space.
        pending: Bytes of a character that is not finished.
    """

    place: int = 0
    is_spaced: bool = False
    pending: bytes = b""


class SourceLetters:
    """What may follow what, while a source is written again.

    Args:
        source: Any text.
    """

    def __init__(self, source: str) -> None:
        self.letters = bare(source)
        self._known: dict[tuple[int, bool], dict[bytes, State]] = {}

    def next_characters(self, place: int, is_spaced: bool) -> Mapping[bytes, State]:
        """Return the characters that may come, in UTF-8, and the state behind each."""
        known = self._known.get((place, is_spaced))
        if known is None:
            known = self._known[place, is_spaced] = self._find_next(place, is_spaced)
        return known

    def is_end(self, state: State) -> bool:
        """Tell whether all letters are written."""
        return state.place == len(self.letters) and not state.pending

    def after(self, state: State, data: bytes) -> State | None:
        """Return the state behind some bytes; None where they may not come.

        Args:
            state: Before them.
            data: Of a token.
        """
        data = state.pending + data
        while data:
            found = self.next_characters(state.place, state.is_spaced)
            whole = next((char for char in found if data.startswith(char)), None)
            if whole is None:
                is_begun = any(char.startswith(data) for char in found)
                return State(state.place, state.is_spaced, data) if is_begun else None
            state, data = found[whole], data[len(whole) :]
        return state._replace(pending=b"")

    def _find_next(self, place: int, is_spaced: bool) -> dict[bytes, State]:
        letters = self.letters
        found: dict[str, State] = {}
        is_outside = place in (0, len(letters)) or letters[place - 1] == " "
        if is_outside and not is_spaced:
            found |= dict.fromkeys(_SPACES, State(place, True))
        if place in self._mark_places:
            found |= dict.fromkeys(SENTENCE_MARKS, State(place))
        if place < len(letters):
            letter = letters[place]
            is_space = letter == " "
            forms = _SPACES if is_space else _forms(letter)
            found |= dict.fromkeys(forms, State(place + 1, is_space))
        return {character.encode(): state for character, state in found.items()}

    @cached_property
    def _mark_places(self) -> frozenset[int]:
        """Where sentence marks may stand: around words, and between a word and what wraps it."""
        places = {0}
        start = 0
        for word in self.letters.split(" "):
            end = start + len(word)
            before = len(word) - len(word.lstrip(WRAPPERS))
            behind = len(word) - len(word.rstrip(WRAPPERS))
            places.update(range(start, start + before + 1), range(end - behind, end + 1))
            start = end + 1
        return frozenset(places)


def _forms(letter: str) -> list[str]:
    """Return what a plain letter may be written as."""
    forms = dict.fromkeys((letter, letter.upper(), *_ACCENTED))
    return [form for form in forms if len(form) == 1 and plain(form) == letter]

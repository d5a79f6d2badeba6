"""What may follow what where a text is written again with the same letters.

Accents, capitals and sentence marks are free where `engine.letters` says that they may be left out;
every other character comes as in the source, in its order. A known word gets the accents of one of
its forms. No more than a few marks come one behind the other, and none right before a word that has
neither letters nor digits, such as an emoji: a model that has no word for what must come next would
write marks without end.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from engine.letters import SENTENCE_MARKS, WRAPPERS, bare, plain
from engine.spellings import NOTHING_KNOWN, Spellings

MOST_MARKS = 4
"""One behind the other: «...?» has as many."""
_SPACES = " \n"
_ACCENTED = "áéíóúüÁÉÍÓÚÜ"


class State(NamedTuple):
    """How far a text has come.

    Attributes:
        place: Letters of the source that are written.
        is_spaced: Whether the last character is a space.
        pending: Bytes of a character that is not finished.
        marks: Sentence marks since the last letter.
        begun: Of a known word that is not finished and has several forms: what is written of it,
            in lower case.
    """

    place: int = 0
    is_spaced: bool = False
    pending: bytes = b""
    marks: int = 0
    begun: str = ""


class SourceLetters:
    """What may follow what, while a source is written again.

    Args:
        source: Any text.
        spellings: The words that are known.
    """

    def __init__(self, source: str, spellings: Spellings = NOTHING_KNOWN) -> None:
        self.letters = bare(source)
        self._words = {
            start + offset: (offset, forms)
            for start, forms in spellings.places(self.letters).items()
            for offset in range(len(forms[0]))
        }
        self._known: dict[State, dict[bytes, State]] = {}

    def next_characters(self, state: State) -> Mapping[bytes, State]:
        """Return the characters that may come behind the last whole one, and the states behind."""
        whole = state._replace(pending=b"")
        known = self._known.get(whole)
        if known is None:
            known = self._known[whole] = self._find_next(whole)
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
            found = self.next_characters(state)
            whole = next((char for char in found if data.startswith(char)), None)
            if whole is None:
                is_begun = any(char.startswith(data) for char in found)
                return state._replace(pending=data) if is_begun else None
            state, data = found[whole], data[len(whole) :]
        return state._replace(pending=b"")

    def _find_next(self, state: State) -> dict[bytes, State]:
        place, letters = state.place, self.letters
        found: dict[str, State] = {}
        is_outside = place in (0, len(letters)) or letters[place - 1] == " "
        if is_outside and not state.is_spaced:
            found |= dict.fromkeys(_SPACES, state._replace(is_spaced=True))
        if place in self._mark_places and state.marks < MOST_MARKS:
            found |= dict.fromkeys(SENTENCE_MARKS, State(place, marks=state.marks + 1))
        if place in self._words:
            found |= self._of_known_word(state)
        elif place < len(letters):
            letter = letters[place]
            is_space = letter == " "
            forms = _SPACES if is_space else _forms(letter)
            found |= dict.fromkeys(forms, State(place + 1, is_space))
        return {character.encode(): behind for character, behind in found.items()}

    def _of_known_word(self, state: State) -> dict[str, State]:
        """Return the next letter as the forms have it that begin as what is written."""
        offset, forms = self._words[state.place]
        found: dict[str, State] = {}
        for form in forms:
            begun, letter = form[:offset], form[offset]
            if begun == state.begun or not state.begun:
                is_open = len(forms) > 1 and offset + 1 < len(form)
                behind = State(state.place + 1, begun=begun + letter if is_open else "")
                found |= dict.fromkeys(_cases(letter), behind)
        return found

    @cached_property
    def _mark_places(self) -> frozenset[int]:
        """Where sentence marks may stand: around words, and between a word and what wraps it."""
        places = set() if self.letters else {0}
        start = 0
        for word in self.letters.split(" "):
            end = start + len(word)
            before = len(word) - len(word.lstrip(WRAPPERS))
            behind = len(word) - len(word.rstrip(WRAPPERS))
            if not _is_sign(word):
                places.update(range(start, start + before + 1))
            places.update(range(end - behind, end + 1))
            start = end + 1
        return frozenset(places)


def _is_sign(word: str) -> bool:
    """Tell of a word that has neither letters nor digits, and is not only what wraps words."""
    core = word.strip(WRAPPERS)
    return bool(core) and not any(map(str.isalnum, core))


def _forms(letter: str) -> list[str]:
    """Return what a plain letter may be written as."""
    return [form for form in (*_cases(letter), *_ACCENTED) if plain(form) == letter]


def _cases(letter: str) -> list[str]:
    """Return a letter and its capital, if that is one letter and has no other small one."""
    upper = letter.upper()
    is_pair = upper != letter and len(upper) == 1 and plain(upper) == plain(letter)
    return [letter, upper] if is_pair else [letter]

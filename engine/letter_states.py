"""What may follow what where a text is written again with the same letters.

Accents and sentence marks are free where `engine.letters` says that they may be left out; every
other character comes as in the source, in its order. A known word gets the accents of one of its
forms, and its capitals where they are known; where a sentence begins any word may have one. A word
keeps the capitals that it has, and comes as it is typed where it is an address.
Opening marks stand before words and closing ones behind them, no more than a few one behind the
other, and no opening one right before a word that has neither letters nor digits, such as an emoji:
a model that has no word for what must come next would write marks without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from engine.letters import GOES_ON, SENTENCE_MARKS, WRAPPERS, plain, words_of
from engine.spellings import NOTHING_KNOWN, SMALL, Spellings, small

MOST_MARKS = 4
"""One behind the other: «...?» has as many."""
_SPACES = " \n"
_OPENING = "¿¡"
_CLOSING = "".join(mark for mark in SENTENCE_MARKS if mark not in _OPENING)
_ACCENTED = "áéíóúüÁÉÍÓÚÜ"
_ADDRESS = re.compile(
    r"@|://|_|<.*>|^[#/]|^www\.|\w\.(?:com|org|net|edu|gob|gov|info|es|mx|ar|co|cl|pe|eu|io)\b",
    re.IGNORECASE,
)
"""Of a page, a mailbox, a file, a person, a subject: another letter would lead elsewhere."""


class State(NamedTuple):
    """How far a text has come.

    Attributes:
        place: Letters of the source that are written.
        is_spaced: Whether the last character is a space.
        pending: Bytes of a character that is not finished.
        marks: Sentence marks since the last letter.
        forms: Of a known word that is not finished and has several: which ones begin so.
        is_begin: Whether a sentence may begin here, or what is in quotes.
    """

    place: int = 0
    is_spaced: bool = False
    pending: bytes = b""
    marks: str = ""
    forms: tuple[int, ...] = ()
    is_begin: bool = False


class SourceLetters:
    """What may follow what, while a source is written again.

    Args:
        source: Any text.
        spellings: The words that are known.
    """

    def __init__(self, source: str, spellings: Spellings = NOTHING_KNOWN) -> None:
        words = words_of(source)
        self._typed = " ".join(word for _, word in words)
        self.letters = "".join(map(plain, self._typed))
        self._marks_at = _marks_at(words)
        self._kept = frozenset(_places_of_addresses(word for _, word in words))
        self._words = {
            start + offset: (offset, forms)
            for start, forms in spellings.places(self.letters).items()
            if start not in self._kept
            for offset in range(len(small(forms[0])))
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
        if is_outside and not state.is_spaced and not _is_opened(state):
            found |= _spaced(state._replace(is_spaced=True))
        for mark in self._next_marks(state):
            is_begin = state.is_begin or mark not in GOES_ON
            found[mark] = State(place, marks=state.marks + mark, is_begin=is_begin)
        if place in self._words:
            found |= self._of_known_word(state)
        elif place < len(letters):
            found |= self._of_letter(state)
        return {character.encode(): behind for character, behind in found.items()}

    def _next_marks(self, state: State) -> Iterator[str]:
        """Yield the marks that may come: no closing one behind an opening one, nor at the end."""
        place, marks = state.place, state.marks
        free, typed = self._marks_at.get(place, ("", ""))
        if len(marks) == MOST_MARKS:
            return
        is_over = self._typed != "" and place == len(self.letters) and state.is_spaced
        for mark in free:
            is_wrong = mark in marks if mark in _OPENING else is_over or _is_opened(state)
            if mark in typed or not is_wrong:
                yield mark

    def _of_letter(self, state: State) -> dict[str, State]:
        """Return the forms of the next letter, which is in no known word."""
        letter = self.letters[state.place]
        behind = State(state.place + 1, is_begin=letter in WRAPPERS)
        if letter == " ":
            return _spaced(behind._replace(is_spaced=True, is_begin=state.is_begin))
        if state.place in self._kept:
            return {self._typed[state.place]: behind}
        return dict.fromkeys(self._cased(state.place, _forms(letter)), behind)

    def _of_known_word(self, state: State) -> dict[str, State]:
        """Return the next letter as the forms have it that begin as what is written."""
        offset, forms = self._words[state.place]
        is_begin = state.is_begin or state.place == 0
        found: dict[str, list[int]] = {}
        for number in state.forms or range(len(forms)):
            cases = _known_cases(forms[number], offset, is_begin=is_begin)
            for character in self._cased(state.place, cases):
                found.setdefault(character, []).append(number)
        is_open = len(forms) > 1 and offset + 1 < len(small(forms[0]))
        return {
            character: State(state.place + 1, forms=tuple(numbers) if is_open else ())
            for character, numbers in found.items()
        }

    def _cased(self, place: int, forms: list[str]) -> list[str]:
        """Return the forms of a letter that are capitals, where it is typed as one that has any."""
        typed = self._typed[place]
        if typed == typed.lower():
            return forms
        every = {case: None for form in forms for case in _cases(form.lower())}
        return [case for case in every if case != case.lower()] or forms


def _spaced(behind: State) -> dict[str, State]:
    """Return the spaces that may come: behind one that breaks the line a sentence may begin."""
    return {" ": behind, "\n": behind._replace(is_begin=True)}


def _known_cases(form: str, offset: int, *, is_begin: bool) -> list[str]:
    """Return a letter of a known form in the cases that it may have.

    Args:
        form: As the list has it.
        offset: Of the letter.
        is_begin: Whether a sentence may begin with the word.
    """
    letters = form.removeprefix(SMALL)
    is_name = letters != letters.lower()
    if is_name or (form.startswith(SMALL) and (offset > 0 or not is_begin)):
        return [letters[offset]]
    return _cases(letters[offset])


def _is_opened(state: State) -> bool:
    return state.marks[-1:] in {*_OPENING}


def _marks_at(words: Iterable[tuple[str, str]]) -> dict[int, tuple[str, str]]:
    """Return where sentence marks may stand: which ones, and which of them are typed there.

    That is around words, and between a word and what wraps it.

    Args:
        words: As `words_of`.
    """
    found: dict[int, tuple[str, str]] = {}
    start = 0
    for typed, word in words:
        end = start + len(word)
        before = len(word) - len(word.lstrip(WRAPPERS))
        behind = len(word) - len(word.rstrip(WRAPPERS))
        if not _is_sign(word):
            opening = dict.fromkeys(_OPENING + typed)
            # Behind what is only signs no word begins.
            last = min(start + before, end - 1)
            found |= dict.fromkeys(range(start, last + 1), ("".join(opening), typed))
        first = max(start + 1, end - behind)
        found |= dict.fromkeys(range(first, end + 1), (_CLOSING, ""))
        start = end + 1
    return found or {0: (SENTENCE_MARKS, SENTENCE_MARKS)}


def _places_of_addresses(words: Iterable[str]) -> Iterator[int]:
    start = 0
    for word in words:
        if _ADDRESS.search(word):
            yield from range(start, start + len(word))
        start += len(word) + 1


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

"""What counts as a word of a list: one rule for what is asked and for what is written.

A word is a maximal run of letters and digits, as people read it: without case, ornament and what
cannot be seen. «ＰＵＴＡ», «𝓹𝓾𝓽𝓪» and a struck-through «puta» are one word; á, é, í, ó, ú, ü
and ñ are letters of their own. An entry without letters or digits, such as an emoji, has no words:
it is looked for as it stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import groupby

import regex

_BASES = {"\u0301": frozenset("aeiou"), "\u0303": frozenset("n"), "\u0308": frozenset("u")}
"""The marks of Spanish letters, and what they stand on."""
LETTER_MARKS = "".join(_BASES)
# The iota below is a mark like others, but its case would be a letter.
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u0345]+")
_MARKS = regex.compile(r"[\p{Mn}\p{Me}]+")
# They count as unseen, but are as wide as a letter.
_BLANKS = str.maketrans(dict.fromkeys("\u115f\u1160\u3164\uffa0", " "))


def fold(text: str) -> str:
    """Return a text as its words are compared, decomposed."""
    return fold_piece(text).lstrip(LETTER_MARKS)


def fold_piece(text: str) -> str:
    """Return a piece of a text as its words are compared.

    Folding two pieces is folding both, but for the marks of letters that the second begins with:
    `settled_mark` tells what becomes of them.
    """
    if text.isascii():
        return text.lower()
    text = _plain_forms(unicodedata.normalize("NFD", text.translate(_BLANKS)))
    text = _UNSEEN.sub("", text)
    return _MARKS.sub(_without_ornament, unicodedata.normalize("NFD", text.casefold()))


def settled_mark(before: str, marks: str) -> str:
    """Return the mark that makes a letter with the end of a folded text, or ""."""
    return next((mark for mark in marks if before[-1:] in _BASES.get(mark, ())), "")


def _plain_forms(text: str) -> str:
    """Replace other forms of a letter or a sign: «Ａ», «𝓪», «ª», «Ⓐ»; «™» is no word."""
    if unicodedata.is_normalized("NFKD", text):
        return text
    forms = ((char, unicodedata.normalize("NFKD", char)) for char in text)
    return "".join(form if char.isalnum() or len(form) == 1 else char for char, form in forms)


def _without_ornament(match: regex.Match[str]) -> str:
    start, marks = match.start(), match[0]
    if start:
        return settled_mark(match.string[start - 1], marks)
    return "".join(mark for mark in marks if mark in LETTER_MARKS)


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
    """Return a text as its signs are compared: without case, and what varies how one looks."""
    cased = unicodedata.normalize("NFD", _UNSEEN.sub("", text)).casefold()
    return "".join(char for char in cased if unicodedata.category(char)[0] != "M")


def phrases_of(entries: Iterable[str]) -> tuple[set[tuple[str, ...]], set[str]]:
    """Return what the entries of a list mean: phrases of words, and the signs without words."""
    phrases, signs = set(), set()
    for entry in entries:
        if any(map(str.isalnum, entry)):
            phrases.add(tuple(words_of(fold(entry))))
        else:
            signs.add(signs_of(entry).strip())
    return phrases - {()}, signs - {""}


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
        words = tuple(words_of(fold(text)))
        has_phrase = any(
            words[start : start + length] in self._phrases
            for length in self._lengths
            for start in range(len(words) - length + 1)
        )
        return has_phrase or self._has_sign(text)

    def _has_sign(self, text: str) -> bool:
        signs = signs_of(text) if self._signs else ""
        return any(sign in signs for sign in self._signs)

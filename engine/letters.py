"""The letters of a text without what a Spanish writer in a hurry leaves out.

Accents (á é í ó ú ü), capitals and the marks of sentences (. , ; : … ¿ ? ¡ !) may be missing; ñ is
a letter of its own. Marks inside a word stay: «3,5», «12:30», «www.unicornio.es».
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

SENTENCE_MARKS = ".,;:…¿?¡!"
GOES_ON = ",;"
"""The sentence marks behind which a sentence has not ended."""
WRAPPERS = "«»\"“”‘’'()[]{}—–"
"""They stand between a mark and its word: «¿Qué?», (¡no!)."""
_ACCENTED = "áéíóúüÁÉÍÓÚÜ"
_UNACCENTED = str.maketrans(_ACCENTED, "aeiouuAEIOUU")
_CHUNK = re.compile(r"\S+")
_EDGES = re.compile(
    rf"([{re.escape(SENTENCE_MARKS + WRAPPERS)}]*)(.*?)([{re.escape(SENTENCE_MARKS + WRAPPERS)}]*)",
    re.DOTALL,
)
_MARKS = re.compile(f"[{re.escape(SENTENCE_MARKS)}]")
_SPACES = re.compile(r"[^\S\n]+")


def plain(character: str) -> str:
    """Return a character in lower case and without a Spanish accent; one for one."""
    lower = character.lower()
    return (lower if len(lower) == 1 else character).translate(_UNACCENTED)


def unaccented(text: str) -> str:
    """Return a text without Spanish accents, letter for letter."""
    return text.translate(_UNACCENTED)


def bare(text: str) -> str:
    """Return the words of a text, plain and without the marks around them, one space apart."""
    return " ".join("".join(map(plain, word)) for _, word in words_of(text))


def words_of(text: str) -> list[tuple[str, str]]:
    """Return the words of a text as they are typed, each with the marks before it.

    Returns:
        The sentence marks in front of a word, and the word without those around it.
    """
    chunks = unicodedata.normalize("NFC", text).split()
    words = ((chunk, without_marks(chunk)) for chunk in chunks)
    return [(_marks_before(chunk), word) for chunk, word in words if word]


def without_marks(chunk: str, leaves_out: Callable[[str], bool] = lambda _: True) -> str:
    """Return what has no space in it without the sentence marks at its two ends.

    Args:
        chunk: A word with all that is written against it.
        leaves_out: Whether a mark that could be left out is.
    """
    match = _EDGES.fullmatch(chunk)
    if match is None:
        return chunk
    before, core, after = match.groups()

    def kept(mark: re.Match[str]) -> str:
        return "" if leaves_out(mark[0]) else mark[0]

    return _MARKS.sub(kept, before) + core + _MARKS.sub(kept, after)


def _marks_before(chunk: str) -> str:
    edge = chunk[: len(chunk) - len(chunk.lstrip(SENTENCE_MARKS + WRAPPERS))]
    return "".join(character for character in edge if character in SENTENCE_MARKS)


def hurried(
    text: str,
    *,
    leaves_out: Callable[[str], bool] = lambda _: True,
    lowers: Callable[[str], bool] = lambda _: True,
    unaccents: Callable[[str], bool] = lambda _: True,
) -> str:
    """Return a text as somebody in a hurry types it; line breaks stay.

    Args:
        text: In composed form.
        leaves_out: Whether this sentence mark is left out.
        lowers: Whether this capital becomes a small letter.
        unaccents: Whether this letter loses its accent.
    """

    def typed(character: str) -> str:
        lower = character.lower()
        if lower != character and len(lower) == 1 and lowers(character):
            character = lower
        if character in _ACCENTED and unaccents(character):
            character = character.translate(_UNACCENTED)
        return character

    def typed_chunk(match: re.Match[str]) -> str:
        return "".join(map(typed, without_marks(match[0], leaves_out)))

    return _SPACES.sub(" ", _CHUNK.sub(typed_chunk, text))

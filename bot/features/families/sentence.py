"""The sentence that the three families read, and the word of it that is hidden."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.features.families import texts
from bot.messages.errors import UserError
from engine.filling import has_gap

MOST_WORDS = 12
"""What a phone shows as a grid with the words' names."""
LEAST_WORDS = 3
MOST_CHARACTERS = 100
GAP = "___"
# A mark belongs to its letter, also where Python's \w leaves it out: ꯣ, ि.
_LETTERS = r"\p{M}*[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*"
_WORD = regex.compile(rf"{_LETTERS}(?:['’-]{_LETTERS})*")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Some words, one of them hidden.

    Attributes:
        words: As they are written, signs included.
        hidden: 0-based place of the word that is hidden; never the first, before which a decoder
            has nothing to see.
    """

    words: tuple[str, ...]
    hidden: int

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.words)

    @property
    def word(self) -> str:
        """The hidden word, without the signs around it."""
        return self._parts()[1]

    @property
    def left(self) -> str:
        """What stands before the hidden word, without the space between them."""
        return " ".join([*self.words[: self.hidden], self._parts()[0]]).rstrip()

    @property
    def with_gap(self) -> str:
        """All of it with a gap in the place of the hidden word."""
        lead, _, tail = self._parts()
        words = (*self.words[: self.hidden], f"{lead}{GAP}{tail}", *self.words[self.hidden + 1 :])
        return " ".join(words)

    def _parts(self) -> tuple[str, str, str]:
        """Return the signs before the hidden word, the word, and what follows it."""
        written = self.words[self.hidden]
        found = _WORD.search(written)
        start, end = found.span() if found else (0, len(written))
        return written[:start], written[start:end], written[end:]


def shortened(text: str) -> tuple[str, bool]:
    """Return the beginning of a text on one line, and whether anything was left out.

    Raises:
        UserError: It has gaps already, or too few words to have two sides.
    """
    if has_gap(text):
        raise UserError(texts.HAS_GAP)
    words = text.split()
    kept = words[:MOST_WORDS]
    while len(" ".join(kept)) > MOST_CHARACTERS:
        kept.pop()
    sentence = " ".join(kept)
    if len(kept) < LEAST_WORDS or not hideable(sentence):
        raise UserError(texts.TOO_SHORT.format(words=LEAST_WORDS))
    return sentence, len(kept) < len(words)


def hideable(text: str) -> tuple[int, ...]:
    """Return the 0-based places of the words that can be hidden: with letters, not the first."""
    words = text.split()
    return tuple(i for i in range(1, len(words)) if _WORD.search(words[i]))


def sentence_of(text: str, hidden: int | None = None) -> Sentence:
    """Return a sentence with a word hidden: the one asked for, or a long one with much behind it.

    Args:
        text: As `shortened` gives it.
        hidden: 0-based place; one that cannot be hidden counts as none.
    """
    words = tuple(text.split())
    places = hideable(text)
    if hidden not in places:
        # What stands on its right is what tells an encoder from a decoder.
        early = [i for i in places if 3 * i < 2 * len(words)] or [*places]
        hidden = max(early, key=lambda i: (len(_letters(words[i])), -i))
    return Sentence(words=words, hidden=hidden)


def _letters(word: str) -> str:
    found = _WORD.search(word)
    return found.group() if found else ""

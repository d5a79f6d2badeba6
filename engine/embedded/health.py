"""What spoils a text at first sight, whatever it says: five faults and two measures of variety."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from statistics import mean

from engine.explain.loops import distinct, find_loop, repetition_rate

_SENTENCE_END = re.compile(r"[.!?…][»”\"')\]]*\s*\Z")
_MARKUP = re.compile(r"</?[a-zA-Z!][^>\n]*>?|\[/|&[a-z]+;|�")
_EMPTY_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True, kw_only=True)
class Health:
    """The faults and the variety of a text, or the means of several.

    Attributes:
        ended: Whether it ends at the end of a sentence.
        markup: Whether it has tags, entities or a broken character that its prompt has not.
        loop: Whether it repeats one thing three times in a row.
        glued: Whether it begins in the middle of the prompt's last word.
        gap: Whether it has an empty line.
        repeats: Share of groups of four words that had been there before.
        pairs: Share of different pairs of words.
    """

    ended: float
    markup: float
    loop: float
    glued: float
    gap: float
    repeats: float
    pairs: float


def health(prompt: str, text: str) -> Health:
    """Look at a text as it follows a prompt."""
    words = text.split()
    return Health(
        ended=bool(_SENTENCE_END.search(text)),
        markup=bool(_MARKUP.search(text)) and not _MARKUP.search(prompt),
        loop=find_loop(words) is not None,
        glued=prompt[-1:].isalnum() and text[:1].isalnum(),
        gap=bool(_EMPTY_LINE.search(text)),
        repeats=repetition_rate(words),
        pairs=distinct(words, 2),
    )


def mean_health(found: Sequence[Health]) -> Health:
    """Return the mean of each field: for a fault, the share of the texts that have it."""
    columns = zip(*map(astuple, found), strict=True)
    names = (field.name for field in fields(Health))
    return Health(**{name: mean(column) for name, column in zip(names, columns, strict=True)})

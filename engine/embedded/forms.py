"""Short texts in the forms that people type, cut from the longer ones of the corpus.

A novel is one long document: the model that has only read novels takes every prompt for the middle
of a chapter. So the talk, the letters and the loose sentences in it become documents of their own.
Nothing is written anew; only what surrounds a text is left out, and where its lines break.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

SHORTEST_TALK = 6
LONGEST_TALK = 30
LONGEST_TURN = 240
"""Talk is a run of that many paragraphs that begin with a dash and are not speeches."""
LONGEST_LETTER = 2500
SHORT_SENTENCE = 60
"""Characters of the mean sentence of a document that is a list of sentences."""
JOINED_RATE = 0.3
LOWER_CASE_RATE = 0.04
_TURN = re.compile(r"\s+(?=—\S)")
_SENTENCE = re.compile(r"(?<=[.?!…])\s+(?=[¿¡A-ZÁÉÍÓÚÑ])")
_SALUTATION = re.compile(
    r"[«\"]?((mis? )?(muy )?(querid|estimad|apreciad|distinguid)[oa]s? |muy señor|amig[oa]s? mí)"
    r"[^.:]{0,60}:",
    re.IGNORECASE,
)
_OPENING_MARKS = str.maketrans("", "", "¿¡—")


def talks(document: str) -> Iterator[str]:
    """Yield the runs of short paragraphs that begin with a dash, one turn a line."""
    run: list[str] = []
    for line in [*document.splitlines(), ""]:
        is_turn = line.startswith("—") and len(line) <= LONGEST_TURN
        if is_turn:
            run.append(line)
        if len(run) == LONGEST_TALK or not is_turn:
            if len(run) >= SHORTEST_TALK:
                yield "\n".join(run)
            run = []


def turns(play: str) -> str:
    """Return a play, whose paragraphs hold a scene each, with one turn a line."""
    return _TURN.sub("\n", play)


def letters(document: str) -> Iterator[str]:
    """Yield what follows a salutation, until somebody talks or it has grown long."""
    letter: list[str] = []
    for line in [*document.splitlines(), "—"]:
        is_salutation = _SALUTATION.match(line) is not None
        ends = line.startswith("—") or sum(map(len, letter)) > LONGEST_LETTER
        if letter and (ends or is_salutation):
            yield "\n".join(letter).strip('«»"')
            letter = []
        if letter or is_salutation:
            letter.append(line)


def sentences(document: str) -> str:
    """Return a list of unrelated sentences one a line; an empty text for any other document."""
    parts = _SENTENCE.split(document)
    is_list = "\n" not in document and len(parts) > SHORTEST_TALK
    return "\n".join(parts) if is_list and len(document) / len(parts) < SHORT_SENTENCE else ""


def everyday(stories: Iterable[str], prose: Iterable[str], plays: Iterable[str]) -> Iterator[str]:
    """Yield the short texts of novels, modern prose and plays.

    A share has its turns in one paragraph, another is in lower case without opening marks, as in a
    chat. Which ones depends on the text alone.
    """
    for story in stories:
        for text in (*talks(story), *letters(story)):
            yield _as_typed(text)
    for play in plays:
        for text in talks(turns(play)):
            yield _as_typed(text)
    yield from filter(None, map(sentences, prose))


def _as_typed(text: str) -> str:
    draw = random.Random(text)
    if draw.random() < LOWER_CASE_RATE:
        return text.lower().translate(_OPENING_MARKS)
    return text.replace("\n", " ") if draw.random() < JOINED_RATE else text

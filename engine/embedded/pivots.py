"""Places of the corpus where an accent decides: the words that are written with one, or could be.

Most words of a text need no accent, and of those that do a few are most: a model that reads
sentences alone meets the others seldom. So a share of its examples is made of snippets around such
words, where a word that is a hundred times as frequent comes ten times as often. Which of its forms
comes is as in the corpus: «esta» and «está» keep their shares.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.letters import unaccented

MOST_PLACES = 64
"""Of each word; a random choice of them."""
MOST_CHARACTERS = 25_000_000
"""Of each kind of text, so that old novels do not outweigh the rest."""
LEAST_COUNT = 2
CONTEXT_WORDS = 3
"""At most on each side of the word."""
_FAR = 120
"""Characters in which these words are looked for."""
_WORD = re.compile(r"[^\W\d_]+")
_ACCENTED = re.compile(r"[^\W\d_]*[áéíóúü][^\W\d_]*")
_SPACE = re.compile(r"\s+")


class Pivots:
    """Words by their plain form, and where they stand.

    Args:
        texts: Kind → its paragraphs.
        file: Where the places are kept; read if it is there.
        seed: Of the choice of places.
    """

    def __init__(self, texts: dict[str, list[str]], file: Path, *, seed: int) -> None:
        self._texts = texts
        self._kinds = list(texts)
        if not file.exists():
            places, counts, totals, words = _find(texts, seed)
            np.savez(file, places=places, counts=counts, totals=totals, words=words)
        with np.load(file) as saved:
            self._places = saved["places"]
            self._words = frozenset(saved["words"].tolist())
            counts, totals = saved["counts"], saved["totals"]
        self._ends = np.cumsum(counts)
        likely = np.sqrt(totals)
        self._likely = np.cumsum(likely / likely.sum())

    def __len__(self) -> int:
        return len(self._ends)

    def decisions(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of the words whose accents are to be decided.

        Each begins where the word before it ends: there a mark could stand instead.
        """
        plain = unaccented(text.lower())
        found: list[tuple[int, int]] = []
        end = 0
        for match in _WORD.finditer(plain if len(plain) == len(text) else ""):
            if match[0] in self._words:
                found.append((end, match.end()))
            end = match.end()
        return found

    def snippet(self, dice: np.random.Generator) -> str:
        """Draw a word, one of its places, and return it with some words on both sides."""
        word = min(int(np.searchsorted(self._likely, dice.random())), len(self) - 1)
        first = self._ends[word - 1] if word else 0
        kind, number, start = self._places[dice.integers(first, self._ends[word])]
        return around(
            self._texts[self._kinds[kind]][number],
            int(start),
            int(dice.integers(CONTEXT_WORDS + 1)),
            int(dice.integers(CONTEXT_WORDS + 1)),
        )


def around(text: str, place: int, before: int, behind: int) -> str:
    """Return the word at a place with some words before and behind it."""
    spaces = [m.span() for m in _SPACE.finditer(text, max(0, place - _FAR), place + _FAR)]
    left = [end for _, end in spaces if end <= place][-(before + 1) :]
    right = [start for start, _ in spaces if start > place][: behind + 1]
    is_whole_left = len(left) == before + 1 or place > _FAR
    is_whole_right = len(right) == behind + 1 or place + _FAR < len(text)
    begin = left[0] if left and is_whole_left else 0
    end = right[-1] if right and is_whole_right else len(text)
    return text[begin:end].strip()


def _find(
    texts: dict[str, list[str]], seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]]:
    """Return places, shape (places, 3), and of each word how many are kept, are, and itself."""
    read = {kind: _head(paragraphs) for kind, paragraphs in texts.items()}
    accented: dict[str, int] = {}
    for paragraphs in read.values():
        for text in paragraphs:
            for form in _ACCENTED.findall(text.lower()):
                accented[form] = accented.get(form, 0) + 1
    wanted = {unaccented(form) for form, count in accented.items() if count >= LEAST_COUNT}
    draw = random.Random(seed)
    kept: dict[str, list[tuple[int, int, int]]] = {word: [] for word in sorted(wanted)}
    totals = dict.fromkeys(kept, 0)
    for kind, paragraphs in enumerate(read.values()):
        for number, text in enumerate(paragraphs):
            for match in _WORD.finditer(unaccented(text.lower())):
                word = match[0]
                if word in totals:
                    totals[word] += 1
                    place = kind, number, match.start()
                    if len(kept[word]) < MOST_PLACES:
                        kept[word].append(place)
                    elif draw.random() < MOST_PLACES / totals[word]:
                        kept[word][draw.randrange(MOST_PLACES)] = place
    found = [place for places in kept.values() for place in places]
    return (
        np.array(found, np.int32).reshape(-1, 3),
        np.array([len(places) for places in kept.values()]),
        np.array(list(totals.values())),
        np.array(list(totals), np.str_),
    )


def _head(paragraphs: Sequence[str]) -> list[str]:
    """Return the first paragraphs, up to a number of characters."""
    sizes = np.cumsum([len(paragraph) for paragraph in paragraphs])
    return list(paragraphs[: int(np.searchsorted(sizes, MOST_CHARACTERS)) + 1])

"""In which forms a word may be written where a text gets its accents back.

A list of them says of each word that it knows all its forms: «sociólogo» has one; between «esta»
and «está» the sentence decides, but where a neighbour leaves no doubt («el papa Francisco», «cómo
se llama»). It also says of a form whether it is a name («Sofía»), which always has its capital, or
no name, and has one only where a sentence begins. A word that is not in it is free.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

from engine.letters import SENTENCE_MARKS, WRAPPERS, unaccented

SPELLINGS_FILE = "spellings.txt.gz"
"""Beside a model's weights."""
SMALL = "·"
"""Before a form that has no capital inside a sentence; another in small letters may have one."""
_AROUND = SENTENCE_MARKS + WRAPPERS


class Spellings:
    """Words and their forms, alone and beside others.

    Args:
        lines: The word before, the forms of a word, and the word behind, a tab apart. The forms
            stand a space apart, the most frequent first: a name with its capitals, any other in
            small letters, behind `SMALL` where it is known to be none. The words around are plain,
            and empty where any may stand, and their lines do not speak of capitals.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines = sorted(lines, key=_key)

    @classmethod
    def read(cls, file: Path) -> Spellings:
        """Read what `write` wrote; nothing is known where there is no file.

        Raises:
            OSError: It cannot be read, or is not compressed.
            ValueError: It is no such list.
        """
        found = cls()
        if file.is_file():
            found._lines = gzip.decompress(file.read_bytes()).decode().splitlines()
            if any(line.count("\t") != 2 for line in found._lines):
                raise ValueError(f"{file.name} is no list of words and their forms")
        return found

    def write(self, file: Path) -> None:
        """Write the list, the same bytes for the same words."""
        file.write_bytes(gzip.compress("\n".join(self._lines).encode(), mtime=0))

    def forms(self, word: str, before: str = "", behind: str = "") -> tuple[str, ...]:
        """Return the forms of a plain word as the list has them; none where it is not there.

        Args:
            word: In small letters without accents.
            before: The plain word before it, or nothing for any.
            behind: The same of the word behind it.
        """
        key = f"{before}\t{word}\t{behind}"
        place = bisect_left(self._lines, key, key=_key)
        known = self._lines[place : place + 1]
        return tuple(known[0].split("\t")[1].split(" ")) if known and _key(known[0]) == key else ()

    def places(self, letters: str) -> dict[int, tuple[str, ...]]:
        """Return where the known words of a text begin, and their forms there.

        Args:
            letters: Of the text (`engine.letters.bare`).
        """
        cores = [
            (chunk.start() + chunk[0].index(core), core)
            for chunk in re.finditer(r"\S+", letters)
            if (core := chunk[0].strip(_AROUND))
        ]
        words = ["", *(core if core.isalpha() else "" for _, core in cores), ""]
        around = zip(cores, words, words[1:], words[2:], strict=False)
        found = {start: self._forms_here(*three) for (start, _), *three in around if three[1]}
        return {start: forms for start, forms in found.items() if forms}

    def _forms_here(self, before: str, word: str, behind: str) -> tuple[str, ...]:
        """Return the forms of a word between two others."""
        alone = self.forms(word)
        if len(alone) < 2:
            return alone
        sure = {*self.forms(word, before, behind)}
        if not sure:
            sure = {*self.forms(word, before), *self.forms(word, "", behind)}
        if len(sure) != 1:
            return alone
        return tuple(form for form in alone if small(form) in sure) or tuple(sure)


def small(form: str) -> str:
    """Return the form of a list in small letters."""
    return form.removeprefix(SMALL).lower()


def words_in(text: str) -> list[str]:
    """Return the words of a text without what is around them; nothing for one of other signs."""
    cores = (chunk.strip(_AROUND) for chunk in text.split())
    return [core if core.isalpha() else "" for core in cores if core]


def _key(line: str) -> str:
    before, forms, behind = line.split("\t")
    return f"{before}\t{unaccented(small(forms.partition(' ')[0]))}\t{behind}"


NOTHING_KNOWN = Spellings()

"""What a text that was given back differs in from the one without: accents, capitals, signs.

Both texts are the same letters with other marks; of a translation there is nothing to say here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.features.transform import texts
from bot.render.joining import joined
from bot.render.markdown import escape, length
from bot.render.numbers import integer

_WORD = re.compile(r"\w[\w\u0300-\u036f]*")
_SPACE = re.compile(r"\s+")
_SAME = 0.8
"""From this share of equal words on, one text is the other one with other marks."""
_TILDE, _DIAERESIS, _ACUTE = "\u0303", "\u0308", "\u0301"
_MARKS = {_ACUTE: "accents", _TILDE: "enyes", _DIAERESIS: "diaereses"}
_SIGNS = {",": "commas", ".": "stops", "¿": "questions", "?": "questions"} | {
    "¡": "exclamations",
    "!": "exclamations",
}
_MOST_WORDS = 8
_WORDS_ROOM = 240


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What one text has that the other has not.

    Attributes:
        counts: Kind of change, a key of `texts.CHANGES` → how many.
        words: The changed words as they are now, in their order, once each.
    """

    counts: Counter[str]
    words: tuple[str, ...]


def changes_of(source: str, result: str) -> Changes | None:
    """Compare two texts; None where one is not the other with other marks."""
    before, after = _words(source), _words(result)
    letters = [_letters(word) for word in after]
    blocks = SequenceMatcher(a=[_letters(word) for word in before], b=letters, autojunk=False)
    if not letters or blocks.ratio() < _SAME:
        return None
    counts: Counter[str] = Counter()
    words: dict[str, None] = {}
    for tag, low, high, start, stop in blocks.get_opcodes():
        if tag == "equal":
            pairs = zip(before[low:high], after[start:stop], strict=True)
            for old, new in pairs:
                found = Counter(_word_changes(old, new))
                counts += found
                if found:
                    words[new] = None
        else:
            counts["words"] += max(high - low, stop - start)
            words |= dict.fromkeys(after[start:stop])
    counts += _sign_changes(source, result)
    return Changes(counts=counts, words=tuple(words))


def change_line(source: str, result: str) -> str | None:
    """Say what was changed, in one line of Markdown; None where that is not the point."""
    found = changes_of(source, result)
    if found is None:
        return None
    if not found.counts:
        return texts.UNCHANGED
    counted = [
        (one if count == 1 else many).format(count=integer(count))
        for key, (one, many) in texts.CHANGES.items()
        if (count := found.counts[key])
    ]
    said = joined(counted)
    return f"{said}: {_listed(found.words)}" if found.words else said


def _listed(words: Sequence[str]) -> str:
    """List words in bold, as many as there is room for."""
    shown: list[str] = []
    for word in words[:_MOST_WORDS]:
        bold = f"**{escape(word)}**"
        if sum(map(length, shown)) + length(bold) > _WORDS_ROOM:
            break
        shown.append(bold)
    if hidden := len(words) - len(shown):
        shown.append(texts.MORE_WORDS.format(count=integer(hidden)))
    return ", ".join(shown)


def _words(text: str) -> list[str]:
    """Return the words, each in its composed form."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def _letters(word: str) -> str:
    """Return a word without its marks and capitals."""
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _word_changes(old: str, new: str) -> Iterator[str]:
    """Name each change of a word's marks and capitals."""
    for before, after in zip(_units(old), _units(new), strict=False):
        if before[0] != after[0]:
            yield "capitals"
        for mark in {*before[1:]} ^ {*after[1:]}:
            yield _MARKS.get(mark, "accents")


def _units(word: str) -> list[str]:
    """Return the letters of a word, each with its marks behind it."""
    units: list[str] = []
    for char in unicodedata.normalize("NFD", word):
        if units and unicodedata.combining(char):
            units[-1] += char
        else:
            units.append(char)
    return units


def _sign_changes(source: str, result: str) -> Counter[str]:
    """Count the signs that were added, by their kind, and all that were taken away."""
    before, after = (Counter(_SPACE.sub("", _WORD.sub("", text))) for text in (source, result))
    found: Counter[str] = Counter()
    for sign, count in (after - before).items():
        found[_SIGNS.get(sign, "signs")] += count
    if gone := sum((before - after).values()):
        found["gone"] = gone
    return found

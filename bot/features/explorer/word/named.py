"""A word inside the «» of a title, and the same word read back from there, letter for letter.

A title is all that a message keeps of the words that were asked about. What Discord would trim or
nobody would see stands in it by name, as ⟨U+200B⟩, and so does whatever would read as such a name
or as the end of the word.
"""

from __future__ import annotations

import re
import unicodedata

from bot.features.explorer.word import verdict_texts as texts
from bot.render.graphemes import graphemes
from bot.render.markdown import escape, unescape
from bot.render.tokens import is_joined, isolated, plain

_INNER = re.compile(r"### [^«]*«(?P<words>.+)»")
_BETWEEN = re.compile("|".join(map(re.escape, texts.JOINTS)))
_NAME = "⟨U+{:04X}⟩"
_NAMED = re.compile(r"⟨U\+((?:10|[0-9A-F])?[0-9A-F]{4})⟩")
_AMBIGUOUS = re.compile(rf"(?={_NAMED.pattern})⟨|(?={_BETWEEN.pattern})»")
_OWN = "\u200b"
"""`escape` breaks mentions with it; one of the word's own stands there by name."""


def named(word: str) -> str:
    """Return a word as Markdown for a title, every character of it to be seen."""
    seen = _AMBIGUOUS.sub(lambda found: _NAME.format(ord(found[0])), word)
    return escape(isolated("".join(map(_seen, graphemes(seen)))))


def words_in_title(title: str) -> tuple[str, ...]:
    """Read the words back from a title with `named` ones; () where it is another one."""
    found = _INNER.match(title.partition("\n")[0])
    return () if found is None else tuple(map(_read, _BETWEEN.split(found["words"])))


def _read(markdown: str) -> str:
    shown = unescape(plain(markdown).replace(_OWN, ""))
    return _NAMED.sub(lambda found: chr(int(found[1], 16)), shown)


def _seen(grapheme: str) -> str:
    first, others = grapheme[0], grapheme[1:]
    is_alone = not first.isprintable() or unicodedata.category(first).startswith("M")
    return (_NAME.format(ord(first)) if is_alone else first) + "".join(
        char if is_joined(char) else _NAME.format(ord(char)) for char in others
    )

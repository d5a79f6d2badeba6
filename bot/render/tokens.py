"""Show one token, or any short text, so that every character of it can be seen.

Partial bytes arrive as ⟨C3⟩ and pass through; other characters that leave no mark of their own are
named in the same brackets, as ⟨U+202E⟩.
"""

from __future__ import annotations

import re
import unicodedata

from bot.render.graphemes import graphemes

SPACE = "␣"
EMPTY = "⟨⟩"

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_ISOLATES = str.maketrans("", "", _FIRST_STRONG_ISOLATE + _POP_ISOLATE)
_MARK_NAME = re.compile(r"<[^<>]+>|\[[A-Z]+\]")
_MARKS = {"\n": "⏎", "\t": "⇥", "\x7f": "␡"}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
# They join or colour what stands before them, so they are invisible only where they stand alone.
_JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}


def glyphs(text: str) -> str:
    """Show a token: spaces as «␣», line breaks «⏎», tabs «⇥», invisible characters by name.

    Right-to-left text is wrapped in isolates, so that it does not reorder the sentence around it.
    """
    return isolated(visible(plain(text)).replace(" ", SPACE)) or EMPTY


def visible(text: str) -> str:
    """Show what `glyphs` shows, but leave ordinary spaces as they are."""
    return "".join(_visible_grapheme(grapheme) for grapheme in graphemes(text))


def is_mark(text: str) -> bool:
    """Tell whether a token is a name in brackets, of the end of a text or the like: «</s>»."""
    return _MARK_NAME.fullmatch(text) is not None


def isolated(text: str) -> str:
    """Keep right-to-left text from reordering its neighbours; other text is returned as it is."""
    if any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return f"{_FIRST_STRONG_ISOLATE}{plain(text)}{_POP_ISOLATE}"
    return text


def plain(text: str) -> str:
    """Take the isolates out again."""
    return text.translate(_ISOLATES)


def _visible_grapheme(grapheme: str) -> str:
    first = grapheme[0]
    if unicodedata.category(first).startswith("M") and first not in _JOINERS:
        return "◌" + grapheme
    return _mark(first) + "".join(char if is_joined(char) else _mark(char) for char in grapheme[1:])


def is_joined(char: str) -> bool:
    """Tell whether a character leaves a mark behind another one of its grapheme."""
    return char in _JOINERS or char.isprintable() or 0xE0020 <= ord(char) <= 0xE007F


def _mark(char: str) -> str:
    """Return the character, or its visible stand-in where it leaves no mark."""
    if char in _MARKS:
        return _MARKS[char]
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    if char == " " or (char.isprintable() and char not in _JOINERS and char != "\ufffd"):
        return char
    return f"⟨U+{ord(char):04X}⟩"

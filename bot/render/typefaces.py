"""The fonts of the charts, and what to write for a character that none of them draws."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontEntry, FontProperties, fontManager
from matplotlib.ft2font import FT2Font

from bot.render import tokens
from bot.render.graphemes import first_graphemes
from bot.render.numbers import plain_spaces

_SHIPPED = Path(__file__).resolve().parent / "fonts"
_REGULAR, _BOLD = "NotoSans-Regular.ttf", "NotoSans-Bold.ttf"
_FALLBACKS = (
    "NotoEmoji-Regular.ttf",
    "DejaVuSans.ttf",
    "NotoSansSC-Regular.otf",
    "NotoSansKR-Regular.otf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
)
MOST_UNITS = 200
"""Characters of one line: the narrowest letters that fill a picture's width are fewer."""
_MOST_MARKS = 16
"""Code points of one character: the longest emoji and stacks of accents have fewer."""
# They choose between the colour and the text form of an emoji; ours have one form.
_VARIATION_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))


def drawable(text: str) -> str:
    """Return the text as the fonts can draw it, and no more of it than a picture is wide.

    Characters without a glyph become «⟨U+13000⟩», never a box.
    """
    return "".join(drawable_units(text))


def drawable_units(text: str) -> list[str]:
    """Return what `drawable` joins: what a reader takes for one character, in order."""
    seen = tokens.visible(beginning(tokens.plain(plain_spaces(text))))
    clean = seen.translate(_VARIATION_SELECTORS)
    return [_drawable(grapheme) for grapheme in first_graphemes(clean, MOST_UNITS)]


def beginning(text: str) -> str:
    """Return no more of a text than a picture is wide: the rest costs nothing, however long."""
    start = first_graphemes(text, MOST_UNITS)
    return "".join(grapheme[:_MOST_MARKS] for grapheme in start)


@lru_cache(maxsize=4096)
def font(text: str, size: float, *, is_bold: bool = False) -> FontProperties:
    """Return the font for a drawable text, with all the fallbacks if it needs one: they cost time.

    matplotlib keeps the files of every combination open, for each thread.

    Args:
        text: As `drawable` returns it.
        size: In points.
        is_bold: Whether letters of the first font are bold.
    """
    is_enough = all(_first_font(char) in (_REGULAR, None) for char in text)
    names = (_BOLD if is_bold else _REGULAR, *(() if is_enough else _FALLBACKS))
    return FontProperties(family=[_registered(name) for name in names], size=size)


def _drawable(grapheme: str) -> str:
    if all(_first_font(char) is not None for char in grapheme):
        return grapheme
    return "".join(f"⟨U+{ord(char):04X}⟩" for char in grapheme)


def _first_font(char: str) -> str | None:
    return next((n for n in (_REGULAR, *_FALLBACKS) if ord(char) in _characters(n)), None)


@cache
def _characters(name: str) -> frozenset[int]:
    return frozenset(FT2Font(str(_path(name))).get_charmap())


@cache
def _registered(name: str) -> str:
    """Register a font under a name of our own, so that no installed font takes its place."""
    family = f"unicornio {name}"
    fontManager.ttflist.append(FontEntry(fname=str(_path(name)), name=family))
    return family


def _path(name: str) -> Path:
    shipped = _SHIPPED / name
    return shipped if shipped.exists() else Path(mpl.get_data_path(), "fonts", "ttf", name)

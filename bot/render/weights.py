"""How weights of attention are coloured, in every picture that shows some."""

from __future__ import annotations

from bisect import bisect_right

from bot.render import sheet as theme
from bot.render.numbers import integer
from bot.render.sheet import PHONE_SMALL, Sheet

_EDGES = (0.01, 0.05, 0.15, 0.3, 0.6)
# From nothing to all, each lighter than the one before: the order is also seen in grey.
_COLOURS = ("#373a41", "#2b526d", "#35739f", "#4b9fd0", "#95d0f2", "#ffffff")
_DARK_TEXT = "#1e1f22"
_DARK_FROM = 3
_SWATCH, _HEIGHT = 26.0, 16.0


def weight_colours(weight: float) -> tuple[str, str]:
    """Return the colour of a weight, and that of letters on it."""
    return _colours(bisect_right(_EDGES, weight))


def draw_scale(sheet: Sheet, x: float, middle: float, label: str) -> None:
    """Draw what the colours mean, per cent, with a label behind them."""
    for level in range(len(_COLOURS)):
        colour, ink = _colours(level)
        low = integer(round(100 * _EDGES[level - 1])) if level else "0"
        number = f"{low}+" if level == len(_COLOURS) - 1 else low
        sheet.rectangle(x, middle - _HEIGHT / 2, _SWATCH, _HEIGHT, colour)
        centre = x + _SWATCH / 2
        sheet.text(centre, middle, number, colour=ink, size=PHONE_SMALL, align="center")
        x += _SWATCH + 2
    sheet.text(x + 4, middle, label, colour=theme.MUTED, size=PHONE_SMALL)


def _colours(level: int) -> tuple[str, str]:
    return _COLOURS[level], _DARK_TEXT if level >= _DARK_FROM else theme.TEXT

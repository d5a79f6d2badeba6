"""The charts' one visual language: colours, sizes, and the sheet that they are drawn on.

Colours are from Okabe and Ito's palette, lightened for Discord's dark cards, and differ in grey
too; what is chosen also has an arrow and an outline, what is removed is hatched. Lengths are in
pixels of a 350-pixel-wide sheet, or of a narrower one, whose letters are as large as a phone shows
them; a picture is always 700 pixels wide, or 525 where it is tall.
"""

from __future__ import annotations

import io
import time
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from PIL import Image

from bot.render.typefaces import MOST_UNITS, drawable, drawable_units, font

mpl.rcParams["text.hinting"] = (
    "none"  # pictures are drawn at twice their size: faster, and as sharp
)

# Every character that is drawn has a glyph (`fonts.drawable`); this one would be opened with each.
mpl.rcParams["font.enable_last_resort"] = False

WIDTH = 350.0
PHONE_WIDTH = 275.0
"""Of a picture in a phone's message: on a sheet as wide, letters keep their size."""
MARGIN = 10.0

BACKGROUND = "#2b2d31"
STRIPE = "#313338"
TEXT = "#f2f3f5"
MUTED = "#b5bac1"
RAW = "#6d7482"
FINAL = "#56b4e9"
CHOSEN = "#f5b83d"
REMOVED = "#d98fb9"

SIZE = 12.0
SMALL = 10.5
PHONE_SMALL = 11.0
"""The smallest letters of a sheet of `PHONE_WIDTH` that are easy to read."""

DRAWING_LIMIT_S = 5.0
"""Processor time of one picture; the slowest of true texts takes a fifth of it."""

Align = Literal["left", "center", "right"]
Style = Literal["filled", "outlined", "hatched"]

_SCALE = 2.0
_TALL, _TALL_SCALE = 700.0, 1.5  # keeps long pictures under 100 kB
_DPI = 100
_POINTS_PER_PIXEL = 72 / _DPI
_COLOURS = 48
_BASELINE = 0.35  # of the text size below the middle: there, most letters look centred
_SHIFTS = {"left": 0.0, "center": 0.5, "right": 1.0}


class SlowPictureError(Exception):
    """A picture takes longer than `DRAWING_LIMIT_S`."""


class Sheet:
    """A dark picture, drawn on from its top left corner.

    It draws with Agg's renderer directly: no figure and no pyplot, so that any thread can have its
    own, and a picture of hundreds of words takes a fraction of a second. Every stroke raises
    `SlowPictureError` once the picture's time is over: a thread cannot be stopped from outside.

    Args:
        height: Of the sheet.
        width: Of the sheet; lengths and letters are as large on a narrow one, so that they look
            larger where all pictures are as wide.
    """

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self._ends_at_s = time.thread_time() + DRAWING_LIMIT_S
        self._scale = (_SCALE if height <= _TALL else _TALL_SCALE) * WIDTH / width
        size = (round(width * self._scale), round(height * self._scale))
        # matplotlib does not type its renderers.
        self._renderer: Any = RendererAgg(*size, _DPI)  # type: ignore[no-untyped-call]
        self.rectangle(0, 0, width, height, BACKGROUND)

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        *,
        style: Style = "filled",
    ) -> None:
        """Draw a rectangle: filled, only its outline, or its outline with stripes inside."""
        points = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.polygon(points, colour, style=style)

    def polygon(
        self, points: Sequence[tuple[float, float]], colour: str, *, style: Style = "filled"
    ) -> None:
        """Draw a polygon, in the same styles."""
        context = self._stroke(colour)
        pixels = [(x * self._scale, (self.height - y) * self._scale) for x, y in points]
        path = Path([*pixels, pixels[0]], closed=True)
        context.set_linewidth(0.0 if style == "filled" else self._scale)
        context.set_snap(True)
        if style == "hatched":
            context.set_hatch("////")
            context.set_hatch_color(to_rgba(colour))
        face = to_rgba(colour) if style == "filled" else None
        self._renderer.draw_path(context, path, Affine2D(), face)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        """Draw a line through the points; nothing where there is only one."""
        if len(points) < 2:
            return
        pixels = [(x * self._scale, (self.height - y) * self._scale) for x, y in points]
        context = self._stroke(colour)
        context.set_linewidth(width * self._scale)
        context.set_joinstyle("round")
        self._renderer.draw_path(context, Path(pixels), Affine2D(), None)

    def arrow(self, x: float, y: float, size: float = 7.0) -> None:
        """Draw the mark «◀» of what was chosen, its tip at `x`, its middle at `y`."""
        self.polygon([(x, y), (x + size, y - size * 0.6), (x + size, y + size * 0.6)], CHOSEN)

    def dashes(self, y: float) -> None:
        """Draw a dashed line across."""
        for x in range(int(MARGIN), int(self.width - MARGIN), 9):
            self.rectangle(x, y - 0.5, 5.0, 1.0, MUTED)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = TEXT,
        size: float = SIZE,
        align: Align = "left",
        is_bold: bool = False,
        max_width: float | None = None,
    ) -> None:
        """Write one line, its middle at `y`, cut with «…» where it would be too wide."""
        context = self._stroke(colour)
        shown = drawable(text)
        if max_width is not None:
            shown = _fitted(text, max_width, size, is_bold=is_bold)
        if align != "left":
            x -= _SHIFTS[align] * _measured(shown, size, is_bold=is_bold)
        pixels = (round(x * self._scale), round((y + size * _BASELINE) * self._scale))
        points = size * self._scale * _POINTS_PER_PIXEL
        self._renderer.draw_text(context, *pixels, shown, font(shown, points, is_bold=is_bold), 0)

    def formula(self, x: float, top: float, tex: str, *, colour: str, size: float) -> None:
        """Write a formula in TeX, as far as matplotlib knows it, below `top`."""
        properties = _formula_font(size * self._scale * _POINTS_PER_PIXEL)
        _, height, descent = self._renderer.get_text_width_height_descent(tex, properties, True)
        context = self._stroke(colour)
        baseline = top * self._scale + height - descent
        self._renderer.draw_text(
            context, round(x * self._scale), round(baseline), tex, properties, 0, ismath=True
        )

    def upward(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = TEXT,
        size: float = SIZE,
        max_width: float,
    ) -> None:
        """Write one line from `y` upwards, its middle at `x`, cut with «…» like `text`."""
        context = self._stroke(colour)
        shown = _fitted(text, max_width, size, is_bold=False)
        pixels = (round((x + size * _BASELINE) * self._scale), round(y * self._scale))
        points = size * self._scale * _POINTS_PER_PIXEL
        self._renderer.draw_text(context, *pixels, shown, font(shown, points), 90)

    def _stroke(self, colour: str) -> Any:
        """Return a new stroke's look.

        Raises:
            SlowPictureError: The picture's time is over.
        """
        if time.thread_time() > self._ends_at_s:
            raise SlowPictureError
        context = self._renderer.new_gc()
        context.set_foreground(colour)
        return context

    def png(self) -> bytes:
        """Encode the picture; few colours keep it small."""
        size = (int(self._renderer.width), int(self._renderer.height))
        image = Image.frombuffer("RGBA", size, self._renderer.buffer_rgba()).convert("RGB")
        few = image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        file = io.BytesIO()
        few.save(file, "PNG")
        return file.getvalue()


def text_width(text: str, size: float = SIZE, *, is_bold: bool = False) -> float:
    """Measure a line of text."""
    return _measured(drawable(text), size, is_bold=is_bold)


@lru_cache(maxsize=512)
def formula_size(tex: str, size: float) -> tuple[float, float]:
    """Measure a formula: width and height."""
    properties = _formula_font(size * _SCALE * _POINTS_PER_PIXEL)
    ruler: Any = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]
    width, height, _ = ruler.get_text_width_height_descent(tex, properties, ismath=True)
    return float(width) / _SCALE, float(height) / _SCALE


def fitted_end(text: str, max_width: float, size: float = SIZE) -> str:
    """Cut the start of a line, with «…», where it would be too wide."""
    if len(text) <= MOST_UNITS and text_width(text, size) <= max_width:
        return drawable(text)
    units = drawable_units(text[-MOST_UNITS:])
    cuts = ["…" + "".join(units[start:]) for start in range(len(units), 0, -1)]
    return _longest_fitting(cuts, max_width, size, is_bold=False)


def _formula_font(points: float) -> FontProperties:
    return FontProperties(size=points, math_fontfamily="dejavusans")


@lru_cache(maxsize=8192)
def _measured(shown: str, size: float, *, is_bold: bool) -> float:
    properties = font(shown, size * _SCALE * _POINTS_PER_PIXEL, is_bold=is_bold)
    ruler: Any = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]
    width, _, _ = ruler.get_text_width_height_descent(shown, properties, ismath=False)
    return float(width) / _SCALE


def _fitted(text: str, max_width: float, size: float, *, is_bold: bool) -> str:
    units = drawable_units(text)
    shown = "".join(units)
    if _measured(shown, size, is_bold=is_bold) <= max_width:
        return shown
    cuts = ["".join(units[:end]) + "…" for end in range(len(units))]
    return _longest_fitting(cuts, max_width, size, is_bold=is_bold)


def _longest_fitting(cuts: Sequence[str], max_width: float, size: float, *, is_bold: bool) -> str:
    """Return the last text, each wider than the one before, that fits; else the first."""
    fitting = bisect_right(cuts, max_width, key=lambda cut: _measured(cut, size, is_bold=is_bold))
    return cuts[max(fitting - 1, 0)]

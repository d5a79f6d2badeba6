"""The charts' one visual language: colours, sizes, and the sheet that they are drawn on.

Colours are from Okabe and Ito's palette, lightened for Discord's dark cards, and differ in grey
too; what is chosen also has an arrow and an outline, what is removed is hatched. Sizes are in
pixels of a 350-pixel-wide phone; pictures have twice as many.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from PIL import Image

from bot.render.charts.fonts import drawable, font
from bot.render.graphemes import graphemes

WIDTH = 350.0
MARGIN = 10.0

BACKGROUND = "#2b2d31"
STRIPE = "#313338"
LINE = "#4e5058"
TEXT = "#f2f3f5"
MUTED = "#b5bac1"
RAW = "#6d7482"
FINAL = "#56b4e9"
CHOSEN = "#f5b83d"
REMOVED = "#d98fb9"

SIZE = 12.0
SMALL = 10.5

Align = Literal["left", "center", "right"]
Style = Literal["filled", "outlined", "hatched"]

_SCALE = 2
_POINTS_PER_PIXEL = 0.72
_DPI = 100
_COLOURS = 96
_HATCH = "////"


class Sheet:
    """A dark picture that is drawn on in pixels, from the top left corner.

    Args:
        height: In phone pixels, as all lengths here.
    """

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        size = (width * _SCALE / _DPI, height * _SCALE / _DPI)
        self._figure = Figure(figsize=size, dpi=_DPI, facecolor=BACKGROUND)
        self._canvas: Any = FigureCanvasAgg(self._figure)  # its drawing calls have no types

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
        self._figure.add_artist(
            Rectangle(
                self._at(x, y + height),
                width * _SCALE,
                height * _SCALE,
                facecolor=colour if style == "filled" else "none",
                edgecolor="none" if style == "filled" else colour,
                linewidth=1.4,
                hatch=_HATCH if style == "hatched" else None,
                transform=IdentityTransform(),
            )
        )

    def chip(
        self, x: float, y: float, width: float, height: float, colour: str, *, outline: str = "none"
    ) -> None:
        """Fill a rectangle with round corners."""
        self._figure.add_artist(
            FancyBboxPatch(
                self._at(x, y + height),
                width * _SCALE,
                height * _SCALE,
                boxstyle=f"round,pad=0,rounding_size={3 * _SCALE}",
                facecolor=colour,
                edgecolor=outline,
                linewidth=1.2,
                transform=IdentityTransform(),
            )
        )

    def polygon(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Fill a polygon."""
        corners = [self._at(x, y) for x, y in points]
        self._figure.add_artist(
            Polygon(corners, facecolor=colour, edgecolor="none", transform=IdentityTransform())
        )

    def arrow(self, x: float, y: float, size: float = 7.0) -> None:
        """Draw the mark «◀» of what was chosen, its tip at `x`, its middle at `y`."""
        points = [(x, y), (x + size, y - size * 0.6), (x + size, y + size * 0.6)]
        self.polygon(points, CHOSEN)

    def rule(self, y: float, *, is_dashed: bool = False) -> None:
        """Draw a line across."""
        dash, gap = (5.0, 4.0) if is_dashed else (self.width - 2 * MARGIN, 1.0)
        x = MARGIN
        while x < self.width - MARGIN:
            end = min(x + dash, self.width - MARGIN)
            self.rectangle(x, y - 0.5, end - x, 1.0, MUTED if is_dashed else LINE)
            x += dash + gap

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
        shown = drawable(text)
        if max_width is not None:
            shown = self._fitted(shown, max_width, size, is_bold=is_bold)
        x_pixel, y_pixel = self._at(x, y)
        self._figure.add_artist(
            Text(
                x_pixel,
                y_pixel,
                shown,
                color=colour,
                fontproperties=_font(shown, size, is_bold=is_bold),
                horizontalalignment=align,
                verticalalignment="center_baseline",
                parse_math=False,
                transform=IdentityTransform(),
            )
        )

    def text_width(self, text: str, size: float = SIZE, *, is_bold: bool = False) -> float:
        """Measure a line of text."""
        return self._measured(drawable(text), size, is_bold=is_bold)

    def png(self) -> bytes:
        """Draw everything; few colours keep the file small."""
        self._canvas.draw()
        size = self._canvas.get_width_height()
        image = Image.frombuffer("RGBA", size, self._canvas.buffer_rgba()).convert("RGB")
        file = io.BytesIO()
        few = image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, "PNG")
        return file.getvalue()

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * _SCALE, (self.height - y) * _SCALE

    def _measured(self, shown: str, size: float, *, is_bold: bool) -> float:
        renderer = self._canvas.get_renderer()
        properties = _font(shown, size, is_bold=is_bold)
        width, _, _ = renderer.get_text_width_height_descent(shown, properties, ismath=False)
        return float(width) / _SCALE

    def _fitted(self, shown: str, max_width: float, size: float, *, is_bold: bool) -> str:
        if self._measured(shown, size, is_bold=is_bold) <= max_width:
            return shown
        units = graphemes(shown)
        low, high = 0, len(units) - 1
        while low < high:
            middle = (low + high + 1) // 2
            cut = "".join(units[:middle]) + "…"
            if self._measured(cut, size, is_bold=is_bold) <= max_width:
                low = middle
            else:
                high = middle - 1
        return "".join(units[:low]) + "…"


def _font(shown: str, size: float, *, is_bold: bool) -> FontProperties:
    return font(shown, size * _SCALE * _POINTS_PER_PIXEL, is_bold=is_bold)

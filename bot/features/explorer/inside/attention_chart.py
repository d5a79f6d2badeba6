"""Who looks at whom in a text: a square for each pair of tokens, the future crossed out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.features.explorer.inside import texts
from bot.render import sheet as theme
from bot.render.numbers import integer
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.weights import draw_scale, weight_colours

MOST_TOKENS = 15
"""Tokens in one picture: as many as a phone shows with their names."""
_PAD = 4.0
_LEFT, _RIGHT = 66.0, 16.0
_COLUMN_HEAD = 56.0
_LEGEND = 42.0
_SWATCH = 26.0
_WIDEST_CELL = 32.0
_WITH_NUMBER = 24.0


@dataclass(frozen=True, kw_only=True)
class AttentionChart:
    """A stretch of a text.

    Attributes:
        title: Which layer and heads, for who cannot see the picture.
        tokens: The tokens, as they may be shown; a row and a column each.
        rows: Each token's weights over the columns; with `has_earlier`, one more column in front.
        has_earlier: Whether the first column sums up the tokens before the stretch.
        marked: The row from which the next token comes, or None where it is not in the stretch.
    """

    title: str
    tokens: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    has_earlier: bool = False
    marked: int | None = None


def attention_chart(chart: AttentionChart) -> bytes:
    """Draw the squares, as a PNG 700 pixels wide."""
    cell = _cell(chart)
    top = _PAD + _COLUMN_HEAD
    bottom = top + cell * len(chart.rows)
    sheet = Sheet(bottom + _LEGEND, PHONE_WIDTH)
    _draw_heads(sheet, chart, top, cell)
    for i, row in enumerate(chart.rows):
        _draw_row(sheet, row[: i + 1 + chart.has_earlier], top + i * cell, cell)
    _draw_future(sheet, chart, top, cell)
    if chart.marked is not None:
        y, width = top + chart.marked * cell, cell * (chart.marked + 1 + chart.has_earlier)
        sheet.rectangle(_LEFT, y, width, cell, theme.CHOSEN, style="outlined")
        sheet.arrow(_LEFT + width + 4, y + cell / 2, 9.0)
    _draw_legend(sheet, bottom + 4)
    return sheet.png()


def _cell(chart: AttentionChart) -> float:
    columns = len(chart.tokens) + chart.has_earlier
    return min((PHONE_WIDTH - _LEFT - _RIGHT) / columns, _WIDEST_CELL)


def _size(cell: float) -> float:
    return min(theme.SIZE, max(cell - 1.0, PHONE_SMALL))


def _draw_heads(sheet: Sheet, chart: AttentionChart, top: float, cell: float) -> None:
    """Write the tokens at the left, and above from bottom to top."""
    size = _size(cell)
    columns = ((texts.CHART_EARLIER,) if chart.has_earlier else ()) + chart.tokens
    for i, label in enumerate(columns):
        x = _LEFT + (i + 0.5) * cell
        is_sum = chart.has_earlier and i == 0
        colour = theme.MUTED if is_sum else theme.TEXT
        sheet.upward(x, top - 4, label, colour=colour, size=size, max_width=_COLUMN_HEAD - 6)
    for i, label in enumerate(chart.tokens):
        is_marked = i == chart.marked
        sheet.text(
            _LEFT - 4,
            top + (i + 0.5) * cell,
            label,
            colour=theme.CHOSEN if is_marked else theme.TEXT,
            size=size,
            align="right",
            is_bold=is_marked,
            max_width=_LEFT - MARGIN - 4,
        )


def _draw_row(sheet: Sheet, weights: tuple[float, ...], top: float, cell: float) -> None:
    for column, weight in enumerate(weights):
        x, (colour, ink) = _LEFT + column * cell, weight_colours(weight)
        sheet.rectangle(x, top, cell - 1, cell - 1, colour)
        if cell >= _WITH_NUMBER:
            number = integer(round(100 * weight))
            middle = x + cell / 2, top + cell / 2
            sheet.text(*middle, number, colour=ink, size=PHONE_SMALL, align="center")


def _draw_future(sheet: Sheet, chart: AttentionChart, top: float, cell: float) -> None:
    """Hatch what lies right of the diagonal."""
    count = len(chart.tokens)
    if count < 2:
        return
    start = _LEFT + cell * chart.has_earlier
    right = start + cell * count - 1
    stairs = []
    for i in range(1, count):
        x = start + cell * i
        stairs += [(x, top + cell * (i - 1)), (x, top + cell * i - 1)]
    sheet.polygon([*stairs, (right, stairs[-1][1]), (right, top)], theme.RAW, style="hatched")
    label = texts.CHART_FUTURE_INSIDE
    width = theme.text_width(label, PHONE_SMALL) + 10
    x, y = right - width - 4, top + cell * 0.5 + 5
    if x > start + (y + 16 - top) + cell:
        sheet.rectangle(x, y, width, 16, theme.BACKGROUND)
        sheet.text(x + 5, y + 8, label, colour=theme.TEXT, size=PHONE_SMALL)


def _draw_legend(sheet: Sheet, top: float) -> None:
    """Say what the colours and the stripes are."""
    middle = top + 7
    draw_scale(sheet, MARGIN, middle, texts.CHART_SCALE)
    sheet.rectangle(MARGIN, middle + 11, _SWATCH, 14, theme.RAW, style="hatched")
    note = MARGIN + _SWATCH + 6, middle + 18
    sheet.text(*note, texts.CHART_FUTURE, colour=theme.MUTED, size=PHONE_SMALL)

"""Who looks at whom in a text, or from one text at another: a square for each pair of tokens.

Of a text that is written from left to right, the future is crossed out.
"""

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
_FUTURE = 18.0
_SWATCH = 26.0
_WIDEST_CELL = 32.0
_WITH_NUMBER = 24.0


@dataclass(frozen=True, kw_only=True)
class AttentionChart:
    """A stretch of a text.

    Attributes:
        title: Which layer and heads, for who cannot see the picture.
        tokens: The tokens, as they may be shown; a row each.
        rows: Each token's weights over the columns; with `has_earlier`, one more column in front.
        has_earlier: Whether the first column sums up the tokens that are not shown.
        marked: The row from which the next token comes, or None where it is not in the stretch.
        columns: What is looked at; () where it is the tokens themselves.
        is_masked: Whether no token sees what is on its right.
    """

    title: str
    tokens: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    has_earlier: bool = False
    marked: int | None = None
    columns: tuple[str, ...] = ()
    is_masked: bool = True

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over the columns."""
        earlier = texts.CHART_EARLIER if self.is_masked else texts.CHART_OTHERS
        return (*((earlier,) if self.has_earlier else ()), *(self.columns or self.tokens))


def attention_chart(chart: AttentionChart) -> bytes:
    """Draw the squares, as a PNG 700 pixels wide."""
    cell = _cell(chart)
    top = _PAD + _COLUMN_HEAD
    bottom = top + cell * len(chart.rows)
    legend = _LEGEND if chart.is_masked else _LEGEND - _FUTURE
    sheet = Sheet(bottom + legend, PHONE_WIDTH)
    _draw_heads(sheet, chart, top, cell)
    for i, row in enumerate(chart.rows):
        seen = i + 1 + chart.has_earlier if chart.is_masked else len(row)
        _draw_row(sheet, row[:seen], top + i * cell, cell)
    if chart.is_masked:
        _draw_future(sheet, chart, top, cell)
    if chart.marked is not None:
        seen = chart.marked + 1 + chart.has_earlier if chart.is_masked else len(chart.heads)
        y, width = top + chart.marked * cell, cell * seen
        sheet.rectangle(_LEFT, y, width, cell, theme.CHOSEN, style="outlined")
        sheet.arrow(_LEFT + width + 4, y + cell / 2, 9.0)
    _draw_legend(sheet, bottom + 4, has_future=chart.is_masked)
    return sheet.png()


def _cell(chart: AttentionChart) -> float:
    return min((PHONE_WIDTH - _LEFT - _RIGHT) / len(chart.heads), _WIDEST_CELL)


def _size(cell: float) -> float:
    return min(theme.SIZE, max(cell - 1.0, PHONE_SMALL))


def _draw_heads(sheet: Sheet, chart: AttentionChart, top: float, cell: float) -> None:
    """Write the tokens at the left, and above from bottom to top."""
    size = _size(cell)
    for i, label in enumerate(chart.heads):
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


def _draw_legend(sheet: Sheet, top: float, *, has_future: bool) -> None:
    """Say what the colours are, and the stripes where there are any."""
    middle = top + 7
    draw_scale(sheet, MARGIN, middle, texts.CHART_SCALE)
    if not has_future:
        return
    sheet.rectangle(MARGIN, middle + 11, _SWATCH, 14, theme.RAW, style="hatched")
    note = MARGIN + _SWATCH + 6, middle + 18
    sheet.text(*note, texts.CHART_FUTURE, colour=theme.MUTED, size=PHONE_SMALL)

"""Who sees whom: a square for each pair of words, what a mask covers hatched."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render import sheet as theme
from bot.render.numbers import integer
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.weights import draw_scale, weight_colours
from bot.render.word_grid import Grid
from bot.texts import word_grid as texts

_LEFT, _RIGHT = 78.0, 8.0
AXIS_ROOM = _LEFT - MARGIN
"""Width that the name of a side has."""
_HEAD = 74.0
_FOOT = 46.0
_WIDEST_CELL = 30.0
_WITH_NUMBER = 21.0
_SWATCH = 26.0


@dataclass(frozen=True, kw_only=True)
class GridChart:
    """One grid, with its words.

    Attributes:
        marked: Row and column of the hidden word; None where there is none.
    """

    grid: Grid
    marked: int | None = None


def grid_chart(chart: GridChart) -> bytes:
    """Draw the grid under the words that are looked at, as a PNG 700 pixels wide."""
    grid = chart.grid
    cell = cell_of(grid, PHONE_WIDTH - _LEFT - _RIGHT, _WIDEST_CELL)
    bottom = _HEAD + cell * len(grid.rows)
    sheet = Sheet(bottom + _FOOT, PHONE_WIDTH)
    _draw_heads(sheet, chart, cell)
    draw_grid(sheet, grid, _LEFT, _HEAD, cell, has_numbers=cell >= _WITH_NUMBER)
    if chart.marked is not None:
        columns = chart.marked + 1 if grid.is_masked else len(grid.columns)
        mark_row(sheet, (_LEFT, _HEAD), cell, chart.marked, columns)
    draw_scale(sheet, MARGIN, bottom + 14, texts.SCALE)
    if grid.is_masked:
        middle = bottom + 33
        sheet.rectangle(MARGIN, middle - 7, _SWATCH, 14, theme.RAW, style="hatched")
        note = MARGIN + _SWATCH + 6, middle
        sheet.text(*note, texts.FUTURE, colour=theme.MUTED, size=PHONE_SMALL)
    return sheet.png()


def cell_of(grid: Grid, room: float, widest: float) -> float:
    """Return how large a square may be, so that the longer side has room."""
    return min(room / max(len(grid.rows), len(grid.columns), 1), widest)


def draw_grid(
    sheet: Sheet, grid: Grid, left: float, top: float, cell: float, *, has_numbers: bool = False
) -> None:
    """Draw the squares, and hatch what nobody sees.

    Args:
        sheet: Drawn on.
        grid: Its weights.
        left: Of the first column.
        top: Of the first row.
        cell: Side of a square.
        has_numbers: Whether each says its weight, per cent.
    """
    gap = min(1.0, cell / 6)
    for i, row in enumerate(grid.weights):
        shown = row[: i + 1] if grid.is_masked else row
        for j, weight in enumerate(shown):
            x, y = left + j * cell, top + i * cell
            colour, ink = weight_colours(weight)
            sheet.rectangle(x, y, cell - gap, cell - gap, colour)
            if has_numbers:
                middle = x + (cell - gap) / 2, y + (cell - gap) / 2
                number = integer(round(100 * weight))
                sheet.text(*middle, number, colour=ink, size=PHONE_SMALL, align="center")
    if grid.is_masked:
        _hatch_ahead(sheet, len(grid.columns), left, top, cell)


def mark_row(
    sheet: Sheet, corner: tuple[float, float], cell: float, row: int, columns: int
) -> None:
    """Outline what a word sees, in a grid whose top left corner is there."""
    left, top = corner[0], corner[1] + row * cell
    sheet.rectangle(left, top, columns * cell, cell, theme.CHOSEN, style="outlined")


def _hatch_ahead(sheet: Sheet, count: int, left: float, top: float, cell: float) -> None:
    if count < 2:
        return
    right = left + cell * count - 1
    corners = [(left + cell * i, top + cell * i) for i in range(1, count)]
    stairs = [(x, y + dy) for x, y in corners for dy in (-cell, 0)]
    sheet.polygon([*stairs, (right, stairs[-1][1]), (right, top)], theme.RAW, style="hatched")


def _draw_heads(sheet: Sheet, chart: GridChart, cell: float) -> None:
    grid = chart.grid
    size = min(theme.SIZE, max(cell - 1.0, PHONE_SMALL))
    rows = texts.LOOKS if grid.is_one_text else texts.WRITTEN
    columns = texts.LOOKED_AT if grid.is_one_text else texts.READS
    room = _LEFT - MARGIN - 4
    sheet.text(MARGIN, 12, columns, colour=theme.MUTED, size=PHONE_SMALL, max_width=AXIS_ROOM)
    sheet.text(MARGIN, _HEAD - 10, rows, colour=theme.MUTED, size=PHONE_SMALL, max_width=AXIS_ROOM)
    for j, word in enumerate(grid.columns):
        colour = theme.CHOSEN if grid.is_one_text and j == chart.marked else theme.TEXT
        x = _LEFT + (j + 0.5) * cell
        sheet.upward(x, _HEAD - 4, word, colour=colour, size=size, max_width=_HEAD - 10)
    for i, word in enumerate(grid.rows):
        is_marked = i == chart.marked
        sheet.text(
            _LEFT - 4,
            _HEAD + (i + 0.5) * cell,
            word,
            colour=theme.CHOSEN if is_marked else theme.TEXT,
            size=size,
            align="right",
            is_bold=is_marked,
            max_width=room,
        )

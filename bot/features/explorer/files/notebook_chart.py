"""The workshop notebook's table: for each step the text before it, and its «Opción 1 … 5»."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.explorer.files import texts
from bot.features.explorer.files.notebook import OPTIONS, NotebookRow, Option
from bot.render import sheet as theme
from bot.render import tokens
from bot.render.numbers import percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.typefaces import MOST_UNITS

ROWS = 9
"""Rows of one picture: two of them are as high as a page may be on a phone."""

_HEADER = 18.0
_ROW = 43.0
_ENTRY, _LABEL, _SHARE = 8.0, 22.0, 35.0
_SIZE = PHONE_SMALL
_LEFT = MARGIN - 3
_COLUMN = (PHONE_WIDTH - 2 * _LEFT) / OPTIONS
_INSIDE = 3.0
_ARROW = 6.0


def notebook_chart(rows: Sequence[NotebookRow]) -> bytes:
    """Draw some rows of the table as a PNG, 700 pixels wide; best not more than `ROWS`."""
    sheet = Sheet(_HEADER + _ROW * len(rows) + _INSIDE, PHONE_WIDTH)
    for number in range(OPTIONS):
        label = texts.NOTEBOOK_OPTION.format(number=number + 1)
        sheet.text(_column(number), _HEADER / 2, label, colour=theme.MUTED, size=_SIZE)
    for i, row in enumerate(rows):
        y = _HEADER + i * _ROW
        if i % 2 == 0:
            sheet.rectangle(0, y, sheet.width, _ROW, theme.STRIPE)
        _draw_entry(sheet, row, y + _ENTRY)
        for number, option in enumerate(row.options[:OPTIONS]):
            _draw_option(sheet, option, number, y)
    return sheet.png()


def _column(option: int) -> float:
    """Return where the words of an option begin."""
    return _LEFT + _INSIDE + option * _COLUMN


def _draw_entry(sheet: Sheet, row: NotebookRow, middle: float) -> None:
    """Write the end of the text, and what came out where it is none of the options."""
    room = PHONE_WIDTH - 2 * MARGIN
    if row.outside is not None:
        share = f" {percent(row.outside.raw, 2)}"
        fitting = room / 2 - theme.text_width(share, _SIZE)
        said = theme.fitted_end(row.outside.label, fitting, _SIZE) + share
        width = theme.text_width(said, _SIZE, is_bold=True)
        left = PHONE_WIDTH - MARGIN - width
        sheet.text(left, middle, said, colour=theme.CHOSEN, size=_SIZE, is_bold=True)
        sheet.arrow(left - _ARROW - _INSIDE, middle, _ARROW)
        room -= width + 2 * _ARROW + _INSIDE
    entry = tokens.visible(row.entry[-MOST_UNITS - 1 :])  # more than fits, so «…» is before it
    if entry.endswith(" "):
        entry = entry[:-1] + tokens.SPACE
    sheet.text(MARGIN, middle, theme.fitted_end(entry, room, _SIZE), colour=theme.MUTED, size=_SIZE)


def _draw_option(sheet: Sheet, option: Option, number: int, y: float) -> None:
    x, room = _column(number), _COLUMN - _INSIDE
    colour = share_colour = theme.CHOSEN
    if option.is_chosen:
        top = y + (_ENTRY + _LABEL) / 2
        sheet.rectangle(x - _INSIDE, top, _COLUMN, _ROW - (top - y) - 1, colour, style="outlined")
    else:
        colour, share_colour = theme.TEXT, theme.MUTED
    sheet.text(
        x,
        y + _LABEL,
        option.label,
        colour=colour,
        size=_SIZE,
        is_bold=option.is_chosen,
        max_width=room,
    )
    share = percent(option.raw, 2)
    sheet.text(x, y + _SHARE, share, colour=share_colour, size=_SIZE, max_width=room)

"""The notebook's table on one screen of a phone: a step a row, its five best tokens beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.features.explorer.files import texts
from bot.features.explorer.files.notebook import OPTIONS, NotebookRow, Option
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_HEADER, _ROW = 18.0, 26.0
_LABEL, _SHARE = 7.0, 18.5
_SIZE = PHONE_SMALL
_LEFT = MARGIN + 12
_COLUMN = (PHONE_WIDTH - MARGIN / 2 - _LEFT) / OPTIONS
_INSIDE = 3.0


def choices_chart(rows: Sequence[NotebookRow]) -> bytes:
    """Draw all rows, without the text before each: it is what the boxes above it say."""
    sheet = Sheet(_HEADER + _ROW * len(rows) + _INSIDE, PHONE_WIDTH)
    for number in range(OPTIONS):
        label = texts.NOTEBOOK_OPTION.format(number=number + 1)
        room = _COLUMN - _INSIDE
        look: dict[str, Any] = {"colour": theme.MUTED, "size": _SIZE}
        sheet.text(_column(number), _HEADER / 2, label, max_width=room, **look)
    for i, row in enumerate(rows):
        top = _HEADER + i * _ROW
        if i % 2 == 0:
            sheet.rectangle(0, top, sheet.width, _ROW, theme.STRIPE)
        middle = top + _ROW / 2
        sheet.text(MARGIN / 2, middle, integer(i + 1), colour=theme.MUTED, size=_SIZE)
        for number, option in enumerate(row.options[:OPTIONS]):
            _draw_option(sheet, option, _column(number), top)
    return sheet.png()


def _column(option: int) -> float:
    """Return where the words of an option begin."""
    return _LEFT + _INSIDE + option * _COLUMN


def _draw_option(sheet: Sheet, option: Option, x: float, top: float) -> None:
    """Write a token over its raw probability; the one that was taken stands in a box."""
    colour, share_colour = theme.TEXT, theme.MUTED
    if option.is_chosen:
        colour = share_colour = theme.CHOSEN
        size = _COLUMN - 1, _ROW - 1
        sheet.rectangle(x - _INSIDE, top + 0.5, *size, colour, style="outlined")
    room = _COLUMN - 2 * _INSIDE
    look: dict[str, Any] = {"size": _SIZE, "max_width": room}
    sheet.text(x, top + _LABEL, option.label, colour=colour, is_bold=option.is_chosen, **look)
    sheet.text(x, top + _SHARE, percent(option.raw, 1), colour=share_colour, **look)

"""The workshop notebook's table: a row a step, «Entrada, Opción 1 … 5»."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.explorer.files import texts
from bot.features.explorer.files.notebook import OPTIONS, NotebookRow, Option
from bot.render import sheet as theme
from bot.render import tokens
from bot.render.numbers import percent
from bot.render.sheet import MARGIN, Sheet

ROWS = 10
"""Rows of one picture: more are too small to read where a whole picture is fitted on a screen."""

_HEADER = 28.0
_ROW = 34.0
_OUTSIDE = 18.0
_NOTE = 20.0
_INPUT_WIDTH = 76.0
_SIZE = 10.0
_INPUT_LINES = 2


def notebook_chart(rows: Sequence[NotebookRow]) -> bytes:
    """Draw some rows of the table as a PNG, 700 pixels wide; best not more than `ROWS`."""
    extra = sum(_OUTSIDE for row in rows if row.outside is not None)
    sheet = Sheet(_HEADER + _ROW * len(rows) + extra + _NOTE + MARGIN / 2)
    _draw_header(sheet)
    y = _HEADER
    for i, row in enumerate(rows):
        height = _ROW + (_OUTSIDE if row.outside is not None else 0.0)
        if i % 2 == 0:
            sheet.rectangle(0, y, sheet.width, height, theme.STRIPE)
        _draw_row(sheet, row, y)
        y += height
    sheet.text(MARGIN, y + _NOTE / 2 + 2, texts.NOTEBOOK_NOTE, colour=theme.MUTED, size=_SIZE)
    return sheet.png()


def _column(sheet: Sheet, option: int) -> tuple[float, float]:
    """Return where an option's column begins, and its width."""
    width = (sheet.width - 1.5 * MARGIN - _INPUT_WIDTH) / OPTIONS
    return MARGIN + _INPUT_WIDTH + option * width, width


def _draw_header(sheet: Sheet) -> None:
    middle = _HEADER / 2
    sheet.text(MARGIN, middle, texts.NOTEBOOK_INPUT, size=_SIZE, is_bold=True)
    for number in range(OPTIONS):
        x, width = _column(sheet, number)
        label = texts.NOTEBOOK_OPTION.format(number=number + 1)
        sheet.text(x + 3, middle, label, size=_SIZE, is_bold=True, max_width=width - 3)


def _draw_row(sheet: Sheet, row: NotebookRow, y: float) -> None:
    lines = _input_lines(row.entry)
    top = y + _ROW / 2 - 7.0 * (len(lines) - 1)
    for i, line in enumerate(lines):
        sheet.text(
            MARGIN, top + 14 * i, line, colour=theme.MUTED, size=_SIZE, max_width=_INPUT_WIDTH - 4
        )
    for number, option in enumerate(row.options[:OPTIONS]):
        _draw_option(sheet, option, number, y)
    if row.outside is not None:
        x, _ = _column(sheet, 0)
        middle = y + _ROW + _OUTSIDE / 2 - 3
        label = f"{row.outside.label} ({percent(row.outside.raw, 2)})"
        sheet.arrow(x + 3, middle)
        sheet.text(
            x + 14, middle, label, colour=theme.CHOSEN, size=_SIZE, is_bold=True, max_width=240
        )


def _draw_option(sheet: Sheet, option: Option, number: int, y: float) -> None:
    x, width = _column(sheet, number)
    colour = theme.CHOSEN if option.is_chosen else theme.TEXT
    room = width - 5
    if option.is_chosen:
        sheet.rectangle(x, y + 2, width - 2, _ROW - 4, theme.CHOSEN, style="outlined")
        sheet.arrow(x + width - 10, y + 11, 6)
        room -= 8
    sheet.text(
        x + 3,
        y + 11,
        option.label,
        colour=colour,
        size=_SIZE,
        is_bold=option.is_chosen,
        max_width=room,
    )
    muted = theme.CHOSEN if option.is_chosen else theme.MUTED
    sheet.text(x + 3, y + 24, percent(option.raw, 2), colour=muted, size=_SIZE, max_width=width - 5)


def _input_lines(entry: str) -> list[str]:
    """Return the end of the input in two lines at most; a final space is shown."""
    room = _INPUT_WIDTH - 6
    shown = tokens.visible(entry)
    if shown.endswith(" "):
        shown = shown[:-1] + tokens.SPACE
    words = shown.split(" ")
    lines: list[str] = []
    while words and len(lines) < _INPUT_LINES:
        line = words.pop()
        while words and theme.text_width(f"… {words[-1]} {line}", _SIZE) <= room:
            line = f"{words.pop()} {line}"
        lines.insert(0, theme.fitted_end(line, room, _SIZE))
    if words and not lines[0].startswith("…"):
        lines[0] = theme.fitted_end(f"… {lines[0]}", room, _SIZE)
    return lines

"""A token as numbers: its id, its row of the table, and its vector in every layer.

A number is a bar that goes up or down from the middle, so that its sign is also seen in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.inside import texts
from bot.render import sheet as theme
from bot.render.numbers import fixed, integer, points
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

POSITIVE, NEGATIVE = theme.FINAL, "#e69f00"
_CHAIN = 30.0
_TABLE = 44.0
_NUMBERS = 18.0
_HEAD = 22.0
_ROW = 16.0
_FOOT = 4.0
_STRIP, _NORM = 58.0, 54.0
_FEW = 5


@dataclass(frozen=True, kw_only=True)
class VectorLine:
    """The vector at one place: its name, its first numbers, its length."""

    label: str
    numbers: tuple[float, ...]
    norm: float


@dataclass(frozen=True, kw_only=True)
class VectorChart:
    """One token.

    Attributes:
        title: Of the page, for who cannot see the picture.
        token: As it may be shown.
        size: Numbers in the whole vector.
        table: First numbers of its row of the table.
        lines: The layers, from the entry to the last.
    """

    title: str
    token: str
    token_id: int
    size: int
    table: tuple[float, ...]
    lines: tuple[VectorLine, ...]


def vector_chart(chart: VectorChart) -> bytes:
    """Draw the chain and the strips, as a PNG 700 pixels wide (525 where it is very tall)."""
    top = _CHAIN + _TABLE + 2 * _NUMBERS + _HEAD
    sheet = Sheet(top + len(chart.lines) * _ROW + _FOOT, PHONE_WIDTH)
    room = sheet.width - 2 * MARGIN
    _draw_chain(sheet, chart)
    y = _CHAIN
    sheet.rectangle(MARGIN, y, room, _TABLE, theme.STRIPE)
    draw_strip(sheet, chart.table, (MARGIN + 4, y + 4, room - 8, _TABLE - 8))
    of = texts.CHART_FIRST_OF if len(chart.table) < chart.size else texts.CHART_ALL_OF
    lines = (
        of.format(count=integer(len(chart.table)), size=integer(chart.size)),
        first_numbers(chart.table, chart.size),
    )
    for i, line in enumerate(lines):
        middle = y + _TABLE + (i + 0.5) * _NUMBERS
        sheet.text(MARGIN, middle, line, colour=theme.MUTED, size=PHONE_SMALL, max_width=room)
    _draw_states(sheet, chart, top - _HEAD)
    return sheet.png()


def draw_strip(
    sheet: Sheet, numbers: Sequence[float], box: tuple[float, float, float, float]
) -> None:
    """Draw numbers as bars up and down from the middle, the largest as high as the box.

    Args:
        sheet: Where.
        numbers: Any.
        box: Left, top, width, height.
    """
    left, top, width, height = box
    middle = top + height / 2
    largest = max(map(abs, numbers), default=0.0) or 1.0
    step = width / max(len(numbers), 1)
    gap = min(1.0, step / 4)
    sheet.rectangle(left, middle - 0.25, width, 0.5, theme.MUTED)
    # One outline for all bars of a sign: a picture has thousands of them.
    for sign, colour in ((1.0, POSITIVE), (-1.0, NEGATIVE)):
        outline = [(left, middle)]
        for i, number in enumerate(numbers):
            if number * sign > 0:
                x, y = left + i * step, middle - number / largest * height / 2
                outline += [(x, middle), (x, y), (x + step - gap, y), (x + step - gap, middle)]
        if len(outline) > 1:
            sheet.polygon([*outline, (left + width, middle)], colour)


def first_numbers(numbers: Sequence[float], size: int) -> str:
    """Write the start of a vector: «[0,12 · −0,34 · 0,05 …]»."""
    shown = " · ".join(fixed(number, 2) for number in numbers[:_FEW])
    return f"[{shown} …]" if size > _FEW else f"[{shown}]"


def _draw_chain(sheet: Sheet, chart: VectorChart) -> None:
    """Draw token → id; its row stands below."""
    middle = _CHAIN / 2
    number = texts.CHART_ID.format(id=integer(chart.token_id))
    x = _draw_chip(sheet, MARGIN, middle, chart.token, theme.CHOSEN)
    x = draw_step(sheet, x, middle)
    _draw_chip(sheet, x, middle, number, theme.MUTED)


def _draw_chip(sheet: Sheet, x: float, middle: float, text: str, colour: str) -> float:
    """Draw a framed text; return where it ends."""
    width = min(theme.text_width(text, is_bold=True), 100.0) + 12
    sheet.rectangle(x, middle - 10, width, 20, colour, style="outlined")
    sheet.text(x + 6, middle, text, is_bold=True, max_width=width - 11)
    return x + width


def draw_step(sheet: Sheet, x: float, middle: float) -> float:
    """Draw an arrow to the right; return where what it leads to begins."""
    sheet.line([(x + 4, middle), (x + 16, middle)], theme.MUTED, 1.5)
    sheet.polygon([(x + 20, middle), (x + 14, middle - 4), (x + 14, middle + 4)], theme.MUTED)
    return x + 24


def _draw_states(sheet: Sheet, chart: VectorChart, top: float) -> None:
    middle, right = top + _HEAD / 2 + 2, sheet.width - MARGIN
    sheet.text(MARGIN, middle, texts.CHART_STATES, is_bold=True)
    sheet.text(right, middle, texts.CHART_NORM, colour=theme.MUTED, size=PHONE_SMALL, align="right")
    width = right - _NORM - _STRIP
    for i, line in enumerate(chart.lines):
        y = top + _HEAD + i * _ROW
        if i % 2 == 0:
            sheet.rectangle(MARGIN, y, right - MARGIN, _ROW, theme.STRIPE)
        sheet.text(
            MARGIN + 2,
            y + _ROW / 2,
            line.label,
            colour=theme.MUTED,
            size=PHONE_SMALL,
            max_width=_STRIP - MARGIN - 4,
        )
        draw_strip(sheet, line.numbers, (_STRIP, y + 1, width, _ROW - 2))
        norm = points(line.norm, 1)
        sheet.text(right - 2, y + _ROW / 2, norm, size=PHONE_SMALL, align="right")

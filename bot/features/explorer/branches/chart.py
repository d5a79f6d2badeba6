"""The tree of a text's branches: each text hangs from the one that it leaves, its words below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.features.explorer.branches import texts
from bot.render import sheet as theme
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet, Style

_SIZE = 13.0
_TITLE = 24.0
_ROW, _HEAD = 38.0, 19.0
_LEGEND = 22.0
_NUMBERS = 16.0
_INDENT, _INDENTED = 14.0, 70.0
_DOT = 8.0
_GAP = 5.0
_ARROW = 8.0
_THIN, _THICK = 1.3, 3.0


@dataclass(frozen=True, kw_only=True)
class BranchLine:
    """One text.

    Attributes:
        number: What menus call it; lines are in its order.
        parent: Number of the text that it leaves, which stands above it; None where it is not here.
        depth: How many texts stand between it and the top one.
        label: The token that it goes on with, as it may be shown.
        words: What follows.
        step: 0-based step of the parent that it leaves, or None.
        is_current: Whether it is the one that is looked at.
        is_on_path: Whether the current one goes on from it, or is it.
    """

    number: int
    parent: int | None
    depth: int
    label: str
    words: str
    step: int | None = None
    is_current: bool = False
    is_on_path: bool = False


@dataclass(frozen=True, kw_only=True)
class BranchesChart:
    """A tree.

    Attributes:
        title: Above the picture.
        lines: Each below its parent.
    """

    title: str
    lines: tuple[BranchLine, ...]


def branches_chart(chart: BranchesChart) -> bytes:
    """Draw the tree as a PNG 700 pixels wide (525 where it is very tall)."""
    bottom = _TITLE + _ROW * len(chart.lines)
    sheet = Sheet(bottom + _LEGEND + MARGIN / 2, PHONE_WIDTH)
    room = PHONE_WIDTH - 2 * MARGIN
    sheet.text(MARGIN, _TITLE / 2 + 2, chart.title, size=_SIZE, is_bold=True, max_width=room)
    spots = _spots(chart.lines)
    for line in chart.lines:
        if line.is_current:
            _, middle = spots[line.number]
            _frame(sheet, middle)
    for line in sorted(chart.lines, key=lambda line: line.is_on_path):
        _draw_edge(sheet, line, spots)
    for line in chart.lines:
        _draw_line(sheet, line, *spots[line.number])
    _draw_legend(sheet, bottom + _LEGEND / 2)
    return sheet.png()


def _spots(lines: Sequence[BranchLine]) -> Mapping[int, tuple[float, float]]:
    """Place every text's dot: deep trees are indented less."""
    deepest = max((line.depth for line in lines), default=0)
    indent = min(_INDENT, _INDENTED / max(deepest, 1))
    left = MARGIN + _NUMBERS + _DOT / 2
    return {
        line.number: (left + indent * line.depth, _TITLE + _ROW * i + _HEAD / 2)
        for i, line in enumerate(lines)
    }


def _frame(sheet: Sheet, middle: float) -> None:
    place = (MARGIN / 2, middle - _HEAD / 2, sheet.width - MARGIN, _ROW - 2)
    sheet.rectangle(*place, theme.STRIPE)
    sheet.rectangle(*place, theme.CHOSEN, style="outlined")


def _draw_edge(sheet: Sheet, line: BranchLine, spots: Mapping[int, tuple[float, float]]) -> None:
    """Lead from the parent down and across; a parent that is not here leaves a short end."""
    x, y = spots[line.number]
    colour, width = (theme.CHOSEN, _THICK) if line.is_on_path else (theme.FINAL, _THIN)
    if line.parent is not None:
        from_x, from_y = spots[line.parent]
        sheet.line([(from_x, from_y + _DOT / 2), (from_x, y), (x - _DOT / 2, y)], colour, width)
    elif line.step is not None:
        sheet.line([(x, y - _HEAD / 2 + 1), (x, y - _DOT / 2)], colour, width)


def _draw_line(sheet: Sheet, line: BranchLine, x: float, middle: float) -> None:
    colour = theme.CHOSEN if line.is_on_path else theme.FINAL
    style: Style = "filled" if line.is_on_path else "outlined"
    sheet.rectangle(x - _DOT / 2, middle - _DOT / 2, _DOT, _DOT, theme.BACKGROUND)
    sheet.rectangle(x - _DOT / 2, middle - _DOT / 2, _DOT, _DOT, colour, style=style)
    number = theme.TEXT if line.is_current else theme.MUTED
    end = MARGIN + _NUMBERS - _GAP
    sheet.text(end, middle, str(line.number), colour=number, size=PHONE_SMALL, align="right")
    left, right = x + _DOT / 2 + _GAP, sheet.width - MARGIN
    words = theme.TEXT if line.is_current else theme.MUTED
    below = middle + _ROW / 2 - 2
    sheet.text(left, below, line.words, colour=words, size=PHONE_SMALL, max_width=right - left)
    if line.is_current:
        right -= _ARROW
        sheet.arrow(right, middle, _ARROW)
        right -= _GAP
    if line.step is not None:
        step = texts.CHART_STEP.format(step=line.step + 1)
        sheet.text(right, middle, step, colour=theme.MUTED, size=PHONE_SMALL, align="right")
        right -= theme.text_width(step, PHONE_SMALL) + _GAP
    sheet.text(left, middle, line.label, size=_SIZE, is_bold=True, max_width=right - left)


def _draw_legend(sheet: Sheet, middle: float) -> None:
    """Say what the arrow and the thick line are."""
    second = 105.0
    look: dict[str, Any] = {"colour": theme.MUTED, "size": PHONE_SMALL}
    sheet.arrow(MARGIN, middle, _ARROW)
    sheet.text(MARGIN + 14, middle, texts.CHART_HERE, **look)
    sheet.line([(second, middle), (second + 20, middle)], theme.CHOSEN, _THICK)
    sheet.text(second + 26, middle, texts.CHART_PATH, **look)

"""A few steps of a beam search: one column a step, the best hypotheses above, the pruned below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.features.explorer.tree import texts
from bot.render import sheet as theme
from bot.render.numbers import integer, points
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_HEAD = 26.0
_GAP = 20.0
_WIDEST = 120.0
_BOX, _ROW = 32.0, 36.0
_THIN, _THIN_ROW = 15.0, 16.0
_BAND = 6.0
_LEGEND = 56.0
_NUMBERS = PHONE_SMALL
_DIGITS = 3
_PAD = 4.0
_ARROW = 8.0

Fate = Literal["kept", "pruned", "finished"]
Spot = tuple[float, float, float]
"""Left, middle and right of a branch in the picture."""


@dataclass(frozen=True, kw_only=True)
class TreeBranch:
    """One hypothesis.

    Attributes:
        node: What children name as their parent.
        parent: The hypothesis that it extends, or None at the first step.
        label: Its last token, as it may be shown.
        total: Sum along its path.
        is_on_path: Whether the text that is explained goes through it.
        place: 1 for the text that won, 2 for the next; None where no text ends.
    """

    node: int
    parent: int | None
    label: str
    total: float
    fate: Fate
    is_on_path: bool = False
    place: int | None = None


@dataclass(frozen=True, kw_only=True)
class TreeColumn:
    """One step.

    Attributes:
        step: 0-based.
        branches: From top to bottom, what survives before what was pruned.
        hidden: What became of those that are not drawn.
    """

    step: int
    branches: tuple[TreeBranch, ...]
    hidden: tuple[Fate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TreeChart:
    """A window of steps.

    Attributes:
        title: Of the alt text.
        columns: Successive steps.
        current: The step that is looked at.
        is_penalised: Whether sums are something else than log-probabilities.
    """

    title: str
    columns: tuple[TreeColumn, ...]
    current: int
    is_penalised: bool = False


def tree_chart(chart: TreeChart) -> bytes:
    """Draw the tree as a PNG 700 pixels wide."""
    bottom = _HEAD + max(map(_height, chart.columns), default=0.0)
    sheet = Sheet(bottom + _LEGEND + MARGIN, PHONE_WIDTH)
    spots = _spots(sheet, chart)
    _draw_edges(sheet, chart, spots)
    for column in chart.columns:
        _draw_column(sheet, column, spots, is_current=column.step == chart.current)
    _draw_legend(sheet, bottom + 6, is_penalised=chart.is_penalised)
    return sheet.png()


def _height(column: TreeColumn) -> float:
    boxes = sum(branch.fate != "pruned" for branch in column.branches)
    thin = len(column.branches) - boxes + bool(column.hidden)
    return boxes * _ROW + thin * _THIN_ROW + _BAND


def _spots(sheet: Sheet, chart: TreeChart) -> Mapping[int, Spot]:
    """Place every branch."""
    count = max(len(chart.columns), 1)
    room = sheet.width - 2 * MARGIN
    wide = min(_WIDEST, (room - _GAP * (count - 1)) / count)
    spots: dict[int, Spot] = {}
    for i, column in enumerate(chart.columns):
        left, y = MARGIN + i * (wide + _GAP), _HEAD
        is_thin = False
        for branch in column.branches:
            if branch.fate == "pruned" and not is_thin:
                is_thin, y = True, y + _BAND
            spots[branch.node] = (left, y + (_THIN if is_thin else _BOX) / 2, left + wide)
            y += _THIN_ROW if is_thin else _ROW
    return spots


def _draw_edges(sheet: Sheet, chart: TreeChart, spots: Mapping[int, Spot]) -> None:
    """Draw the branches, the marked path on top; short ends lead out of the window."""
    drawn = [branch for column in chart.columns for branch in column.branches]
    drawn.sort(key=lambda branch: (branch.is_on_path, branch.fate != "pruned"))
    here = {branch.node for column in chart.columns[-1:] for branch in column.branches}
    for branch in drawn:
        colour, width = _stroke(branch)
        left, middle, right = spots[branch.node]
        if branch.parent is not None:
            start = spots.get(branch.parent, (0.0, middle, left - MARGIN))
            sheet.line([(start[2], start[1]), (left, middle)], colour, width)
        is_open = branch.fate == "kept" and branch.place is None
        if branch.node in here and is_open:
            sheet.line([(right, middle), (right + MARGIN, middle)], colour, width)


def _stroke(branch: TreeBranch) -> tuple[str, float]:
    if branch.is_on_path:
        return theme.CHOSEN, 3.0
    return (theme.RAW, 0.9) if branch.fate == "pruned" else (theme.FINAL, 1.3)


def _draw_column(
    sheet: Sheet, column: TreeColumn, spots: Mapping[int, Spot], *, is_current: bool
) -> None:
    if not column.branches:
        return
    left, _, right = spots[column.branches[0].node]
    head = texts.CHART_STEP.format(step=column.step + 1)
    colour = theme.TEXT if is_current else theme.MUTED
    sheet.text((left + right) / 2, _HEAD / 2, head, colour=colour, align="center",
               is_bold=is_current)  # fmt: skip
    for branch in column.branches:
        if branch.fate == "pruned":
            _draw_pruned(sheet, branch, spots[branch.node])
        else:
            _draw_box(sheet, branch, spots[branch.node])
    if column.hidden:
        below = spots[column.branches[-1].node][1] + _THIN_ROW
        more = texts.CHART_HIDDEN.format(count=integer(len(column.hidden)))
        look: dict[str, Any] = {"colour": theme.MUTED, "size": _NUMBERS}
        sheet.text(left + _PAD, below, more, max_width=right - left, **look)


def _draw_pruned(sheet: Sheet, branch: TreeBranch, spot: Spot) -> None:
    left, middle, right = spot
    look: dict[str, Any] = {"colour": theme.MUTED, "size": _NUMBERS}
    sheet.text(left + _PAD, middle, branch.label, max_width=right - left - _PAD, **look)


def _draw_box(sheet: Sheet, branch: TreeBranch, spot: Spot) -> None:
    left, middle, right = spot
    _draw_frame(sheet, branch, left, middle, right - left)
    is_filled = branch.fate == "finished"
    colour = theme.BACKGROUND if is_filled else theme.TEXT
    upper, lower = middle - 7.5, middle + 8
    room = _draw_marks(sheet, branch, right - _PAD, upper) - left - _PAD
    sheet.text(left + _PAD, upper, branch.label, colour=colour, is_bold=True, max_width=room)
    total = points(branch.total, _DIGITS)
    wide = right - left - 2 * _PAD
    sheet.text(left + _PAD, lower, total, colour=colour, size=_NUMBERS, max_width=wide)


def _draw_marks(sheet: Sheet, branch: TreeBranch, right: float, middle: float) -> float:
    """Draw an arrow on the marked path and the place of a text that ends; return what is left."""
    colour = theme.BACKGROUND if branch.fate == "finished" else theme.CHOSEN
    if branch.is_on_path:
        tip = right - _ARROW
        sheet.polygon([(tip, middle), (right, middle - 5), (right, middle + 5)], colour)
        right = tip - 3
    if branch.place is not None:
        place = texts.PLACE.format(place=branch.place)
        look: dict[str, Any] = {"size": _NUMBERS, "is_bold": True}
        sheet.text(right, middle, place, colour=colour, align="right", **look)
        right -= theme.text_width(place, **look) + 3
    return right


def _draw_frame(sheet: Sheet, branch: TreeBranch, left: float, middle: float, wide: float) -> None:
    top = middle - _BOX / 2
    colour = theme.CHOSEN if branch.is_on_path else theme.FINAL
    if branch.fate == "finished":
        sheet.rectangle(left, top, wide, _BOX, colour)
        return
    sheet.rectangle(left, top, wide, _BOX, theme.STRIPE)
    for inset in (0.0, 1.0) if branch.is_on_path else (0.0,):
        size = wide - 2 * inset, _BOX - 2 * inset
        sheet.rectangle(left + inset, top + inset, *size, colour, style="outlined")


def _draw_legend(sheet: Sheet, y: float, *, is_penalised: bool) -> None:
    """Say what boxes, colours and numbers are."""
    second = 178.0
    first_row, second_row, third_row = y + 8, y + 26, y + 44
    sheet.rectangle(MARGIN, first_row - 5, 20, 10, theme.CHOSEN, style="outlined")
    sheet.rectangle(MARGIN + 1, first_row - 4, 18, 8, theme.CHOSEN, style="outlined")
    sheet.arrow(MARGIN + 6, first_row, 6.0)
    _say(sheet, MARGIN + 26, first_row, texts.CHART_PATH)
    sheet.rectangle(second, first_row - 5, 20, 10, theme.FINAL, style="outlined")
    _say(sheet, second + 26, first_row, texts.CHART_KEPT)
    sheet.rectangle(MARGIN, second_row - 5, 20, 10, theme.FINAL)
    _say(sheet, MARGIN + 26, second_row, texts.CHART_FINISHED)
    sheet.line([(second, second_row), (second + 20, second_row)], theme.RAW, 1.5)
    _say(sheet, second + 26, second_row, texts.CHART_PRUNED)
    numbers = texts.CHART_NUMBERS_POINTS if is_penalised else texts.CHART_NUMBERS
    _say(sheet, MARGIN, third_row, numbers)


def _say(sheet: Sheet, x: float, y: float, text: str) -> None:
    sheet.text(x, y, text, colour=theme.MUTED, size=PHONE_SMALL)

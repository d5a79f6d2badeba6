"""One step's probabilities in falling order, over what they sum up to, and where filters cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.features.lesson.cells import probabilities_texts as texts
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from engine.explain import CurvePoint

_TITLE, _PANEL, _AXIS, _ROW = 20.0, 84.0, 20.0, 18.0
_SIZE = PHONE_SMALL
_LEFT, _RIGHT = MARGIN, PHONE_WIDTH - MARGIN
_BADGE = 15.0
_LINE = 1.4
_GAP = 6.0
_NAMES = "ABCDEFGH"


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Where a filter ends the curve.

    Attributes:
        name: Of the filter with its value.
        rank: The last that is left, 1 for the most probable.
        mass: What those that are left had together.
    """

    name: str
    rank: int
    mass: float


@dataclass(frozen=True, kw_only=True)
class CurveChart:
    """A step's curve, from rank 1 to the last, and its cuts."""

    curve: tuple[CurvePoint, ...]
    cuts: tuple[Cut, ...]


def curve_chart(chart: CurveChart) -> bytes:
    """Draw both curves over one axis of ranks, as a PNG 700 pixels wide."""
    ordered = sorted(chart.cuts, key=lambda cut: cut.rank)
    upper = _TITLE
    lower = upper + _PANEL + _TITLE
    letters = lower + _PANEL
    last = chart.curve[-1].rank if chart.curve else 1
    places = [_x(cut.rank, last) for cut in ordered]
    axis = letters + _BADGE * (2 if any(_lowered(places)) else 1)
    sheet = Sheet(axis + _AXIS + _ROW * len(ordered) + MARGIN / 2, PHONE_WIDTH)
    most = max((point.prob for point in chart.curve), default=0.0) or 1.0
    top = texts.CHART_SORTED.format(share=percent(most))
    _draw_panel(sheet, chart, upper, [point.prob / most for point in chart.curve], top)
    sums = [min(point.cumulative, 1.0) for point in chart.curve]
    _draw_panel(sheet, chart, lower, sums, texts.CHART_CUMULATIVE)
    _draw_cuts(sheet, places, upper, letters)
    _draw_axis(sheet, last, axis)
    for row, cut in enumerate(ordered):
        _draw_legend(sheet, cut, _NAMES[row], axis + _AXIS + (row + 0.5) * _ROW)
    return sheet.png()


def _x(rank: int, last: int) -> float:
    """Place a rank on the axis, which is logarithmic."""
    share = math.log(rank) / math.log(last) if last > 1 else 0.0
    return _LEFT + share * (_RIGHT - _LEFT)


def _draw_panel(
    sheet: Sheet, chart: CurveChart, top: float, heights: Sequence[float], title: str
) -> None:
    """Draw a curve over its ground, its title above it."""
    sheet.text(_LEFT, top - _TITLE / 2, title, size=_SIZE, is_bold=True)
    sheet.rectangle(_LEFT, top, _RIGHT - _LEFT, _PANEL, theme.STRIPE)
    if not chart.curve:
        return
    base, last = top + _PANEL, chart.curve[-1].rank
    points = [
        (_x(point.rank, last), base - height * (_PANEL - 2))
        for point, height in zip(chart.curve, heights, strict=True)
    ]
    sheet.polygon([(points[0][0], base), *points, (points[-1][0], base)], theme.RAW)
    sheet.line(points, theme.TEXT, _LINE)


def _lowered(places: Sequence[float]) -> list[bool]:
    """Tell which letters go to a second line: those that would touch the one before them."""
    lows: list[bool] = []
    for i, x in enumerate(places):
        is_near = i > 0 and x - places[i - 1] < _BADGE
        lows.append(is_near and not lows[-1])
    return lows


def _draw_cuts(sheet: Sheet, places: Sequence[float], top: float, bottom: float) -> None:
    """Draw a line through both panels for each cut, its letter below them."""
    look: dict[str, Any] = {"colour": theme.CHOSEN, "size": _SIZE, "is_bold": True}
    for name, x, is_low in zip(_NAMES, places, _lowered(places), strict=False):
        for start in (top, bottom - _PANEL):
            sheet.line([(x, start), (x, start + _PANEL)], theme.CHOSEN, _LINE)
        middle = bottom + _BADGE / 2 + (_BADGE if is_low else 0.0)
        sheet.text(x, middle, name, align="center", **look)


def _draw_axis(sheet: Sheet, last: int, top: float) -> None:
    """Write the powers of ten, and the last rank; those that would touch it are left out."""
    look: dict[str, Any] = {"colour": theme.MUTED, "size": _SIZE}
    end = integer(last)
    room = _RIGHT - theme.text_width(end, _SIZE) - _GAP
    sheet.text(_RIGHT, top + _AXIS / 2, end, align="right", **look)
    right = -math.inf
    for rank in (10**power for power in range(int(math.log10(max(last, 1))) + 1)):
        label = texts.CHART_FIRST if rank == 1 else integer(rank)
        wide = theme.text_width(label, _SIZE)
        left = _LEFT if rank == 1 else _x(rank, last) - wide / 2
        if left > right + _GAP and left + wide < room:
            sheet.text(left, top + _AXIS / 2, label, **look)
            right = left + wide


def _draw_legend(sheet: Sheet, cut: Cut, name: str, middle: float) -> None:
    """Say what a letter stands for."""
    sheet.text(_LEFT, middle, name, colour=theme.CHOSEN, size=_SIZE, is_bold=True)
    said = texts.CHART_CUT.format(name=cut.name, count=integer(cut.rank), share=percent(cut.mass))
    sheet.text(_LEFT + _BADGE, middle, said, size=_SIZE, max_width=_RIGHT - _LEFT - _BADGE)

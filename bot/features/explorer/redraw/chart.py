"""A step with other settings: sorted probabilities, their sum with the cuts, and the die."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from bot.features.explorer.redraw import texts
from bot.render import sheet as theme
from bot.render.numbers import fixed, integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet, Style
from engine.explain import CurvePoint

BARS = 20
_TITLE = 28.0
_HEAD = 22.0
_LEGEND = 20.0
_LEFT = 46.0
_BARS_HEIGHT, _SUM_HEIGHT = 76.0, 92.0
_AXIS = 20.0
_LINE = 1.6
_LABEL_ROW = 16.0
_GAP = 4.0
_BAR_GAP = 3.0
_STRIP, _STRIP_ROW = 18.0, 42.0
_LEAST_GAPPED = 4.0
_LEAST_REST = 0.01
_DIE_DIGITS = 3
_TENFOLD = 10


@dataclass(frozen=True, kw_only=True)
class ChartCut:
    """Where a filter cuts.

    Attributes:
        label: Its name, and the rank where it does not say so itself.
        rank: The last that it leaves.
    """

    label: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class DieStrip:
    """The unit interval, shared among the tokens that can come out.

    Attributes:
        label: Which settings these are.
        token: What comes out.
        shares: Final probabilities, the greatest first; what they leave is not divided.
        u: The die.
        low: Where the stretch of what comes out begins.
        high: Where it ends.
    """

    label: str
    token: str
    shares: tuple[float, ...]
    u: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RedrawChart:
    """What the picture shows.

    Attributes:
        title: First line.
        points: The distribution before the cuts, by rank.
        before: The same with the text's own settings; () where it is what is shown.
        chosen: Rank of what comes out; None where it is unknown, or further down.
        cuts: The filters that removed tokens, in their order.
        strips: The die, on one or two distributions.
    """

    title: str
    points: tuple[CurvePoint, ...]
    before: tuple[CurvePoint, ...] = ()
    chosen: int | None = None
    cuts: tuple[ChartCut, ...] = ()
    strips: tuple[DieStrip, ...] = ()


def redraw_chart(chart: RedrawChart) -> bytes:
    """Draw the panels under one another, as a PNG 700 pixels wide."""
    bars_top = _TITLE + _HEAD + _LEGEND
    labels_top = bars_top + _BARS_HEIGHT + _AXIS + _HEAD
    sum_top = labels_top + len(chart.cuts) * _LABEL_ROW + _GAP
    die_top = sum_top + _SUM_HEIGHT + _AXIS
    die = _HEAD + len(chart.strips) * _STRIP_ROW if chart.strips else 0.0
    sheet = Sheet(die_top + die + MARGIN, PHONE_WIDTH)
    room = PHONE_WIDTH - 2 * MARGIN
    sheet.text(MARGIN, _TITLE / 2 + 2, chart.title, is_bold=True, max_width=room)
    _head(sheet, _TITLE, texts.CHART_BARS)
    _draw_legend(sheet, _TITLE + _HEAD + _LEGEND / 2 - 2, chart)
    _draw_bars(sheet, bars_top, chart)
    _head(sheet, labels_top - _HEAD, texts.CHART_SUM)
    _draw_sum(sheet, sum_top, chart)
    if chart.strips:
        _draw_die(sheet, die_top, chart.strips)
    return sheet.png()


def _draw_legend(sheet: Sheet, y: float, chart: RedrawChart) -> None:
    entries: list[tuple[str, str, Style]] = [(texts.CHART_KEPT, theme.FINAL, "filled")]
    if any(point.final == 0 for point in chart.points[:BARS]):
        entries.append((texts.CHART_CUT, theme.REMOVED, "hatched"))
    if chart.chosen is not None and chart.chosen <= BARS:
        label = texts.CHART_WOULD_COME_OUT if chart.before else texts.CHART_CAME_OUT
        entries.append((label, theme.CHOSEN, "filled"))
    x = MARGIN
    for label, colour, style in entries:
        sheet.rectangle(x, y - 5, 14, 10, colour, style=style)
        sheet.text(x + 19, y, label, colour=theme.MUTED, size=PHONE_SMALL)
        x += 19 + theme.text_width(label, PHONE_SMALL) + 7
    if chart.before:
        sheet.line([(x, y), (x + 14, y)], theme.TEXT, _LINE)
        sheet.text(x + 19, y, texts.CHART_BEFORE, colour=theme.MUTED, size=PHONE_SMALL)


def _head(sheet: Sheet, y: float, label: str) -> None:
    sheet.text(MARGIN, y + _HEAD / 2, label, size=PHONE_SMALL, colour=theme.MUTED, is_bold=True)


def _draw_bars(sheet: Sheet, top: float, chart: RedrawChart) -> None:
    """Draw final probabilities; what was cut is as high as it was before."""
    points = chart.points[:BARS]
    before = [point.final for point in chart.before[:BARS]]
    highest = max((max(p.prob, p.final) for p in points), default=0.0)
    highest = max([highest, *before]) or 1.0
    base = top + _BARS_HEIGHT
    _frame(sheet, top, _BARS_HEIGHT, (percent(highest, 0), ""))
    pitch = _plot_width(sheet) / max(len(points), 1)
    for place, point in enumerate(points):
        height = max(_BARS_HEIGHT * (point.final or point.prob) / highest, 1.0)
        colour = theme.CHOSEN if point.rank == chart.chosen else theme.FINAL
        style: Style = "filled"
        if not point.final:
            colour, style = theme.REMOVED, "hatched"
        x = _LEFT + place * pitch + _BAR_GAP / 2
        sheet.rectangle(x, base - height, pitch - _BAR_GAP, height, colour, style=style)
    steps = []
    for place, share in enumerate(before):
        y = base - _BARS_HEIGHT * share / highest
        steps += [(_LEFT + place * pitch, y), (_LEFT + (place + 1) * pitch, y)]
    sheet.line(steps, theme.TEXT, _LINE)
    for place in {0, len(points) - 1} if points else ():
        _axis_label(sheet, _LEFT + (place + 0.5) * pitch, base, points[place].rank)


def _draw_sum(sheet: Sheet, top: float, chart: RedrawChart) -> None:
    _frame(sheet, top, _SUM_HEIGHT, (percent(1.0), percent(0.5, 0)))
    last = max((point.rank for point in chart.points), default=1)
    base = top + _SUM_HEIGHT
    _draw_cuts(sheet, top, base, last, chart.cuts)
    for curve, colour, width in (
        (chart.before, theme.TEXT, _LINE),
        (chart.points, theme.FINAL, 2 * _LINE),
    ):
        line = [
            (_at_rank(sheet, p.rank, last), base - _SUM_HEIGHT * min(p.cumulative, 1.0))
            for p in curve
        ]
        sheet.line(line, colour, width)
    rank = 1
    while rank <= last:
        _axis_label(sheet, _at_rank(sheet, rank, last), base, rank)
        rank *= _TENFOLD


def _draw_cuts(sheet: Sheet, top: float, base: float, last: int, cuts: Sequence[ChartCut]) -> None:
    """Draw a line at the end of what each cut leaves, its label above, the nearest cut highest."""
    ordered = sorted(cuts, key=lambda cut: cut.rank)
    spots = [
        (cut, _at_rank(sheet, cut.rank, last), top - _GAP - _LABEL_ROW * (len(cuts) - row - 0.5))
        for row, cut in enumerate(ordered)
    ]
    for _, x, y in spots:
        sheet.line([(x, y - 5), (x, base)], theme.REMOVED, _LINE)
    for cut, x, y in spots:
        width = theme.text_width(cut.label, PHONE_SMALL)
        left = x + 5 if x + 5 + width < sheet.width - MARGIN else x - 5 - width
        sheet.rectangle(left - 2, y - 7, width + 4, 14, theme.BACKGROUND)
        sheet.text(left, y, cut.label, colour=theme.REMOVED, size=PHONE_SMALL)


def _draw_die(sheet: Sheet, top: float, strips: Sequence[DieStrip]) -> None:
    """Draw the shares under one another, and on each the one die."""
    width = sheet.width - 2 * MARGIN
    template = texts.CHART_DIE if len(strips) == 1 else texts.CHART_SAME_DIE
    _head(sheet, top, template.format(u=fixed(strips[0].u, _DIE_DIGITS)))
    x = MARGIN + strips[0].u * width
    for row, strip in enumerate(strips):
        y = top + _HEAD + row * _STRIP_ROW
        label = texts.CHART_STRIP.format(settings=strip.label, token=strip.token)
        sheet.text(MARGIN, y + 6, label, size=PHONE_SMALL, max_width=width)
        _draw_strip(sheet, strip, y + 19, width)
        sheet.line([(x, y + 19), (x, y + 19 + _STRIP)], theme.BACKGROUND, _LINE)
        sheet.polygon([(x, y + 20), (x - 5, y + 12), (x + 5, y + 12)], theme.TEXT)


def _draw_strip(sheet: Sheet, strip: DieStrip, y: float, width: float) -> None:
    sheet.rectangle(MARGIN, y, width, _STRIP, theme.STRIPE)
    ends = [0.0, *accumulate(strip.shares)]
    if ends[-1] < 1.0 - _LEAST_REST:
        left = MARGIN + ends[-1] * width
        sheet.rectangle(left, y, sheet.width - MARGIN - left, _STRIP, theme.RAW, style="hatched")
    stretches = [(stretch, theme.RAW) for stretch in pairwise(ends)]
    for (low, high), colour in (*stretches, ((strip.low, strip.high), theme.CHOSEN)):
        long = (high - low) * width
        gap = 1.0 if long > _LEAST_GAPPED else 0.0
        sheet.rectangle(MARGIN + low * width, y, max(long - gap, 1.0), _STRIP, colour)


def _frame(sheet: Sheet, top: float, height: float, labels: tuple[str, str]) -> None:
    """Draw a panel's ground, and the values of its top and its middle."""
    sheet.rectangle(_LEFT, top, _plot_width(sheet), height, theme.STRIPE)
    for label, y in zip(labels, (top, top + height / 2), strict=True):
        if label:
            sheet.line([(_LEFT, y), (sheet.width - MARGIN, y)], theme.RAW, 0.8)
            sheet.text(_LEFT - 5, y, label, colour=theme.MUTED, size=PHONE_SMALL, align="right")


def _axis_label(sheet: Sheet, x: float, base: float, rank: int) -> None:
    """Write a rank under an axis, inside the sheet."""
    label = texts.RANK.format(rank=integer(rank))
    half = theme.text_width(label, PHONE_SMALL) / 2
    x = min(max(x, _LEFT + half - 8), sheet.width - MARGIN - half)
    sheet.text(x, base + 10, label, colour=theme.MUTED, size=PHONE_SMALL, align="center")


def _at_rank(sheet: Sheet, rank: int, last: int) -> float:
    """Place a rank on the logarithmic axis of the sum."""
    share = math.log(rank) / math.log(last) if last > 1 else 0.5
    return _LEFT + share * _plot_width(sheet)


def _plot_width(sheet: Sheet) -> float:
    return sheet.width - MARGIN - _LEFT

"""A step with other settings: final probabilities before and now, and the die on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.redraw import texts
from bot.render import sheet as theme
from bot.render.die import draw_strip, draw_throw
from bot.render.numbers import fixed, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_HEAD = 22.0
_NOTE = 16.0
_ROW = 20.0
_SIZE = 13.0
_LEFT, _LENGTH, _THICK = 116.0, 92.0, 12.0
_MARK = 8.0
_LINE = 1.6
_STRIP_ROW = 42.0
_DIE_DIGITS = 3
_RIGHT = PHONE_WIDTH - MARGIN


@dataclass(frozen=True, kw_only=True)
class RedrawBar:
    """One candidate.

    Attributes:
        final: Its final probability, 0 where a filter removed it.
        before: The same with the text's own settings; None where they are what is shown.
        came_out: Whether the text has it.
        would_come_out: Whether the same die falls on it now.
    """

    label: str
    final: float
    before: float | None = None
    came_out: bool = False
    would_come_out: bool = False


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
        title: Of the alt text.
        bars: From top to bottom.
        cuts: The filters that removed tokens, in their order, with the last rank that each leaves.
        strips: The die, on one or two distributions.
    """

    title: str
    bars: tuple[RedrawBar, ...]
    cuts: tuple[str, ...] = ()
    strips: tuple[DieStrip, ...] = ()


def redraw_chart(chart: RedrawChart) -> bytes:
    """Draw bars over the die, as a PNG 700 pixels wide."""
    bars = _HEAD + _NOTE
    notes = bars + _ROW * len(chart.bars)
    top = notes + (_NOTE if chart.cuts else 0.0)
    die = _HEAD + len(chart.strips) * _STRIP_ROW if chart.strips else 0.0
    sheet = Sheet(top + die + MARGIN, PHONE_WIDTH)
    _head(sheet, 0.0, texts.CHART_BARS)
    _draw_legend(sheet, _HEAD + _NOTE / 2 - 2, chart.bars)
    longest = max((max(bar.final, bar.before or 0.0) for bar in chart.bars), default=0.0) or 1.0
    for place, bar in enumerate(chart.bars):
        _draw_bar(sheet, bar, bars + (place + 0.5) * _ROW, longest)
    if chart.cuts:
        said = texts.CHART_CUTS.format(cuts=" · ".join(chart.cuts))
        _small(sheet, MARGIN, notes + _NOTE / 2, said, PHONE_WIDTH - 2 * MARGIN)
    if chart.strips:
        _draw_die(sheet, top, chart.strips)
    return sheet.png()


def _draw_legend(sheet: Sheet, y: float, bars: Sequence[RedrawBar]) -> None:
    x = MARGIN
    if any(bar.came_out for bar in bars):
        sheet.arrow(x, y, _MARK)
        x = _say(sheet, x + 12, y, texts.CHART_CAME_OUT)
    if any(bar.would_come_out for bar in bars):
        _diamond(sheet, x, y)
        x = _say(sheet, x + 12, y, texts.CHART_WOULD_COME_OUT)
    if any(bar.before is not None for bar in bars):
        sheet.rectangle(x, y - 5, 14, 10, theme.FINAL)
        x = _say(sheet, x + 19, y, texts.CHART_STRIP_NOW)
        sheet.line([(x + 2, y - 6), (x + 2, y + 6)], theme.TEXT, 2 * _LINE)
        _say(sheet, x + 8, y, texts.CHART_BEFORE)


def _say(sheet: Sheet, x: float, y: float, label: str) -> float:
    """Write a small word; return where the next one begins."""
    _small(sheet, x, y, label, PHONE_WIDTH)
    return x + theme.text_width(label, PHONE_SMALL) + 9


def _small(sheet: Sheet, x: float, y: float, text: str, room: float) -> None:
    sheet.text(x, y, text, colour=theme.MUTED, size=PHONE_SMALL, max_width=room)


def _head(sheet: Sheet, y: float, label: str) -> None:
    sheet.text(MARGIN, y + _HEAD / 2, label, size=PHONE_SMALL, colour=theme.MUTED, is_bold=True)


def _draw_bar(sheet: Sheet, bar: RedrawBar, middle: float, longest: float) -> None:
    """Draw what it has now as a bar, and what it had before as a line across."""
    is_marked = bar.would_come_out or (bar.came_out and bar.before is None)
    colour = theme.CHOSEN if is_marked else theme.TEXT
    marks = (bar.came_out + bar.would_come_out) * (_MARK + 4)
    room = _LEFT - MARGIN - 6 - marks
    sheet.text(MARGIN, middle, bar.label, colour=colour, size=_SIZE, max_width=room)
    x = MARGIN + min(theme.text_width(bar.label, _SIZE), room) + 4
    if bar.came_out:
        sheet.arrow(x, middle, _MARK)
        x += _MARK + 4
    if bar.would_come_out:
        _diamond(sheet, x, middle)
    if bar.final:
        long = max(_LENGTH * bar.final / longest, 1.0)
        fill = theme.CHOSEN if is_marked else theme.FINAL
        sheet.rectangle(_LEFT, middle - _THICK / 2, long, _THICK, fill)
    if bar.before:
        edge = _LEFT + _LENGTH * bar.before / longest
        sheet.line([(edge, middle - 8), (edge, middle + 8)], theme.TEXT, _LINE)
    said = percent(bar.final) if bar.final else texts.CHART_REMOVED
    sheet.text(_RIGHT, middle, said, colour=colour, size=_SIZE, align="right")


def _diamond(sheet: Sheet, x: float, y: float) -> None:
    half = _MARK / 2
    corners = [(x, y), (x + half, y - half - 1), (x + _MARK, y), (x + half, y + half + 1)]
    sheet.polygon(corners, theme.CHOSEN)


def _draw_die(sheet: Sheet, top: float, strips: Sequence[DieStrip]) -> None:
    """Draw the shares under one another, and on each the one die."""
    width = sheet.width - 2 * MARGIN
    template = texts.CHART_DIE if len(strips) == 1 else texts.CHART_SAME_DIE
    _head(sheet, top, template.format(u=fixed(strips[0].u, _DIE_DIGITS)))
    for row, strip in enumerate(strips):
        y = top + _HEAD + row * _STRIP_ROW
        label = texts.CHART_STRIP.format(settings=strip.label, token=strip.token)
        sheet.text(MARGIN, y + 6, label, size=PHONE_SMALL, max_width=width)
        draw_strip(sheet, y + 19, strip.shares, (strip.low, strip.high))
        draw_throw(sheet, y + 19, strip.u)

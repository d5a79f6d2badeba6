"""A gap with both its sides, and with its right side covered: each a sentence over its bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.step.chart import quoted
from bot.features.fill import texts
from bot.render import sheet as theme
from bot.render.coloured import LINE, ColouredWord, PlacedWord, draw_words, height_of
from bot.render.numbers import percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_MOST_LINES = 3
_PAD = 6.0
_HEAD = 18.0
_BETWEEN = 10.0
_SIZE = 13.0
_ROW = 17.0
_BARS, _BAR_WIDTH = 118.0, 92.0
_THICK = 12.0
_RIGHT = PHONE_WIDTH - MARGIN
_COVER = 13.0


@dataclass(frozen=True, kw_only=True)
class GapBar:
    """A word with its raw probability.

    Attributes:
        rank: What is written behind the word, never cut.
        is_chosen: Whether the gap was filled with it: it has an arrow.
    """

    label: str
    prob: float
    is_chosen: bool = False
    rank: str = ""


@dataclass(frozen=True, kw_only=True)
class GapHalf:
    """A sentence over the bars of its gap.

    Attributes:
        title: Which half it is.
        words: The whole text; the gap is the current one.
        bars: From top to bottom.
        is_covered: Whether what stands behind the gap is covered.
    """

    title: str
    words: tuple[ColouredWord, ...]
    bars: tuple[GapBar, ...]
    is_covered: bool = False


@dataclass(frozen=True, kw_only=True)
class GapChart:
    """One half, or both where there is something to cover."""

    halves: tuple[GapHalf, ...]


def gap_chart(chart: GapChart) -> bytes:
    """Draw the picture as a PNG, 700 pixels wide (525 where it is tall)."""
    halves = [(half, quoted(half.words, _MOST_LINES)) for half in chart.halves]
    heights = [_HEAD + height_of(words) + 4 + _ROW * len(half.bars) for half, words in halves]
    sheet = Sheet(2 * _PAD + sum(heights) + _BETWEEN * (len(halves) - 1), PHONE_WIDTH)
    scale = max((bar.prob for half in chart.halves for bar in half.bars), default=0.0) or 1.0
    y = _PAD
    for (half, words), height in zip(halves, heights, strict=True):
        if half is not chart.halves[0]:
            sheet.dashes(y - _BETWEEN / 2)
        _draw_half(sheet, half, words, y, scale)
        y += height + _BETWEEN
    return sheet.png()


def _draw_half(
    sheet: Sheet, half: GapHalf, words: Sequence[PlacedWord], top: float, scale: float
) -> None:
    middle = top + _HEAD / 2
    sheet.text(MARGIN, middle, half.title, size=PHONE_SMALL, is_bold=True)
    sheet.text(_RIGHT, middle, texts.CHART_RAW, colour=theme.MUTED, size=PHONE_SMALL, align="right")
    y = top + _HEAD
    _draw_sentence(sheet, words, y, is_covered=half.is_covered)
    y += height_of(words) + 4
    for bar in half.bars:
        _draw_bar(sheet, bar, y + _ROW / 2, scale)
        y += _ROW


def _draw_sentence(
    sheet: Sheet, words: Sequence[PlacedWord], top: float, *, is_covered: bool
) -> None:
    gap = next((i for i, one in enumerate(words) if one.word.is_current), len(words))
    seen = words[: gap + 1] if is_covered else words
    draw_words(sheet, seen, top)
    for one in words[len(seen) :]:
        y = top + one.line * LINE + (LINE - _COVER) / 2
        sheet.rectangle(one.x, y, max(one.width, 4.0), _COVER, theme.RAW, style="hatched")


def _draw_bar(sheet: Sheet, bar: GapBar, middle: float, scale: float) -> None:
    colour = theme.CHOSEN if bar.is_chosen else theme.TEXT
    rank = theme.text_width(bar.rank, _SIZE, is_bold=bar.is_chosen)
    room = _BARS - MARGIN - (16 if bar.is_chosen else 6) - rank
    sheet.text(
        MARGIN,
        middle,
        bar.label,
        colour=colour,
        size=_SIZE,
        is_bold=bar.is_chosen,
        max_width=room,
    )
    wide = min(theme.text_width(bar.label, _SIZE, is_bold=bar.is_chosen), room)
    end = MARGIN + wide + rank
    sheet.text(end - rank, middle, bar.rank, colour=colour, size=_SIZE, is_bold=bar.is_chosen)
    if bar.is_chosen:
        sheet.arrow(end + 4, middle, size=8.0)
    wide = max(_BAR_WIDTH * min(bar.prob / scale, 1.0), 1.0)
    fill = theme.CHOSEN if bar.is_chosen else theme.FINAL
    sheet.rectangle(_BARS, middle - _THICK / 2, wide, _THICK, fill)
    sheet.text(
        _RIGHT,
        middle,
        percent(bar.prob),
        colour=colour,
        size=_SIZE,
        align="right",
        is_bold=bar.is_chosen,
    )

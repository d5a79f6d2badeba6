"""The raw probability of each token, one small line chart for each strategy of a duel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.duel import texts
from bot.render import sheet as theme
from bot.render.numbers import integer
from bot.render.sheet import MARGIN, Sheet

_HEAD = 52.0
_FOOT = 28.0
_ROW = 34.0
_GAP = 8.0
_LEFT = 112.0
_SIZE = 14.0
"""Of all texts: 11 pixels where a phone shows the picture 275 wide."""
_LINE = 1.4
_MOST_POINTS = 128


@dataclass(frozen=True, kw_only=True)
class DuelLine:
    """One strategy.

    Attributes:
        label: Its short name.
        probs: Raw probability of each of its tokens.
        repeats_from: 0-based token from which it only repeats itself, or None.
    """

    label: str
    probs: tuple[float, ...]
    repeats_from: int | None = None

    @property
    def mean(self) -> float | None:
        """Mean probability; None without tokens."""
        return sum(self.probs) / len(self.probs) if self.probs else None


@dataclass(frozen=True, kw_only=True)
class DuelChart:
    """The strategies, from top to bottom, over one axis of tokens."""

    lines: tuple[DuelLine, ...]


def duel_chart(chart: DuelChart) -> bytes:
    """Draw the lines under one another, as a PNG 700 pixels wide (525 where it is very tall)."""
    sheet = Sheet(_HEAD + len(chart.lines) * _ROW + _FOOT)
    tokens = max((len(line.probs) for line in chart.lines), default=0)
    is_looped = any(line.repeats_from is not None for line in chart.lines)
    _draw_head(sheet, _tokens_per_point(tokens))
    for row, line in enumerate(chart.lines):
        _draw_line(sheet, line, _HEAD + row * _ROW, tokens)
    _draw_axis(sheet, tokens)
    if is_looped:
        _draw_legend(sheet)
    return sheet.png()


def _draw_head(sheet: Sheet, size: int) -> None:
    scale = texts.CHART_SCALE if size == 1 else texts.CHART_SCALE_MEANS.format(count=size)
    sheet.text(MARGIN, 16, texts.CHART_TITLE, size=_SIZE, is_bold=True)
    sheet.text(MARGIN, 36, scale, colour=theme.MUTED, size=_SIZE)


def _draw_line(sheet: Sheet, line: DuelLine, top: float, tokens: int) -> None:
    height = _ROW - _GAP
    base = top + height
    width = sheet.width - MARGIN - _LEFT
    room = _LEFT - MARGIN - 8
    sheet.text(MARGIN, top + height / 2, line.label, size=_SIZE, max_width=room, is_bold=True)
    sheet.rectangle(_LEFT, top, width, height, theme.STRIPE)
    if not line.probs:
        return
    points = [
        (_x(i, tokens, width), base - height * min(p, 1.0))
        for i, p in _thinned(line.probs, _tokens_per_point(tokens))
    ]
    sheet.polygon([(points[0][0], base), *points, (points[-1][0], base)], theme.RAW)
    if line.repeats_from is not None:
        start = _x(line.repeats_from, tokens, width)
        # The stripes' outline takes a pixel on each side.
        sheet.rectangle(
            start, top + 1, points[-1][0] - start, height - 2, theme.REMOVED, style="hatched"
        )
    _draw_stroke(sheet, points)


def _tokens_per_point(tokens: int) -> int:
    return max(1, -(-tokens // _MOST_POINTS))


def _thinned(probs: Sequence[float], size: int) -> list[tuple[float, float]]:
    """Return token → probability, the means of neighbours where lines would run together."""
    parts = [(i, probs[i : i + size]) for i in range(0, len(probs), size)]
    return [(i + (len(part) - 1) / 2, sum(part) / len(part)) for i, part in parts]


def _draw_stroke(sheet: Sheet, points: Sequence[tuple[float, float]]) -> None:
    if len(points) == 1:
        ((x, y),) = points
        sheet.rectangle(x - 2, y - 2, 4, 4, theme.TEXT)
    sheet.line(points, theme.TEXT, _LINE)


def _draw_axis(sheet: Sheet, tokens: int) -> None:
    middle = sheet.height - _FOOT / 2
    width = sheet.width - MARGIN - _LEFT
    first, last = (texts.CHART_AXIS.format(number=integer(n)) for n in (1, tokens))
    if tokens:
        sheet.text(_LEFT, middle, first, colour=theme.MUTED, size=_SIZE)
    if tokens > 1:
        sheet.text(_LEFT + width, middle, last, colour=theme.MUTED, size=_SIZE, align="right")


def _draw_legend(sheet: Sheet) -> None:
    """Say below the names what the stripes mean."""
    middle = sheet.height - _FOOT / 2
    sheet.rectangle(MARGIN, middle - 6, 20, 12, theme.REMOVED, style="hatched")
    sheet.text(MARGIN + 24, middle, texts.CHART_LOOP, colour=theme.MUTED, size=_SIZE)


def _x(index: float, tokens: int, width: float) -> float:
    """Place a token on the axis; a lone one in its middle."""
    return _LEFT + width * (index / (tokens - 1) if tokens > 1 else 0.5)

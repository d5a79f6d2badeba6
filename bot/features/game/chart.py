"""The room against the model: two bars for each word, and the die."""

from __future__ import annotations

from dataclasses import dataclass

from bot.features.game import texts
from bot.render import sheet as theme
from bot.render.die import STRIP, draw_strip, draw_throw
from bot.render.numbers import fixed, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_LEGEND = 22.0
_ROW, _BAR = 34.0, 12.0
_SIZE = 13.0
_LEAST_LABEL, _MOST_LABEL, _NUMBERS = 70.0, 122.0, 52.0
_RIGHT = PHONE_WIDTH - MARGIN
_MARK = 8.0
_DIE_DIGITS = 3


@dataclass(frozen=True, kw_only=True)
class GameBar:
    """One word, or all that were not offered.

    Attributes:
        letter: "" for all others.
        votes: The room's.
        share: The model's probability.
        came_out: Whether the die gave it.
    """

    letter: str
    word: str
    votes: int
    share: float
    came_out: bool = False


@dataclass(frozen=True, kw_only=True)
class GameChart:
    """What the picture shows.

    Attributes:
        bars: From top to bottom.
        shares: Probabilities of the tokens, the greatest first.
        u: The die.
        stretch: Of what came out.
    """

    bars: tuple[GameBar, ...]
    shares: tuple[float, ...]
    u: float
    stretch: tuple[float, float]


def game_chart(chart: GameChart) -> bytes:
    """Draw the picture as a PNG 700 pixels wide; the bars differ in grey too."""
    bars = _LEGEND + _ROW * len(chart.bars)
    sheet = Sheet(bars + 20 + 8 + STRIP + MARGIN, PHONE_WIDTH)
    _draw_legend(sheet)
    votes = sum(bar.votes for bar in chart.bars) or 1
    left = _left(chart)
    longest = max(max(bar.votes / votes, bar.share) for bar in chart.bars) or 1.0
    per_share = (_RIGHT - _NUMBERS - left) / longest
    for place, bar in enumerate(chart.bars):
        _draw_bar(sheet, bar, _LEGEND + place * _ROW, left, (bar.votes / votes, per_share))
    label = texts.CHART_DIE.format(u=fixed(chart.u, _DIE_DIGITS))
    sheet.text(MARGIN, bars + 9, label, size=PHONE_SMALL, colour=theme.MUTED)
    draw_strip(sheet, bars + 28, chart.shares, chart.stretch)
    draw_throw(sheet, bars + 28, chart.u)
    return sheet.png()


def _draw_legend(sheet: Sheet) -> None:
    y = _LEGEND / 2
    x = MARGIN
    sheet.rectangle(x, y - 5, 14, 10, theme.TEXT)
    x = _say(sheet, x + 19, y, texts.CHART_ROOM)
    sheet.rectangle(x, y - 5, 14, 10, theme.FINAL, style="hatched")
    x = _say(sheet, x + 19, y, texts.CHART_MODEL)
    sheet.arrow(x, y, _MARK)
    _say(sheet, x + 12, y, texts.CHART_CAME_OUT)


def _say(sheet: Sheet, x: float, y: float, label: str) -> float:
    """Write a small word; return where the next one begins."""
    sheet.text(x, y, label, colour=theme.MUTED, size=PHONE_SMALL, max_width=PHONE_WIDTH)
    return x + theme.text_width(label, PHONE_SMALL) + 9


def _left(chart: GameChart) -> float:
    """Return where the bars begin: behind the longest word, as far as there is room."""
    labels = (theme.text_width(_label(bar), _SIZE, is_bold=True) for bar in chart.bars)
    return MARGIN + min(max(_LEAST_LABEL, *labels) + 18, _MOST_LABEL)


def _label(bar: GameBar) -> str:
    return f"{bar.letter} {bar.word}".strip()


def _draw_bar(
    sheet: Sheet, bar: GameBar, top: float, left: float, scale: tuple[float, float]
) -> None:
    """Draw a word's two bars.

    Args:
        sheet: What is drawn on.
        bar: The word.
        top: Of its row.
        left: Where bars begin.
        scale: The room's share of votes, and how long a bar of the whole would be.
    """
    middle, (room_share, per_share) = top + _ROW / 2, scale
    colour = theme.CHOSEN if bar.came_out else theme.TEXT
    label, is_bold = _label(bar), bar.came_out
    wide = left - MARGIN - (18 if is_bold else 6)
    sheet.text(MARGIN, middle, label, colour=colour, size=_SIZE, is_bold=is_bold, max_width=wide)
    if is_bold:
        end = MARGIN + min(theme.text_width(label, _SIZE, is_bold=True), wide)
        sheet.arrow(end + 4, middle, _MARK)
    if bar.votes:
        people = max(per_share * room_share, 1.0)
        sheet.rectangle(left, middle - _BAR - 1, people, _BAR, colour)
    model = max(per_share * bar.share, 1.0)
    sheet.rectangle(left, middle + 1, model, _BAR, theme.FINAL, style="hatched")
    offset = _BAR / 2 + 1
    for y, said in ((middle - offset, str(bar.votes)), (middle + offset, percent(bar.share))):
        sheet.text(_RIGHT, y, said, colour=colour, size=PHONE_SMALL + 1, align="right")

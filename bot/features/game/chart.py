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
_LEFT, _LENGTH = 104.0, 100.0
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
    longest = max(max(bar.votes / votes, bar.share) for bar in chart.bars) or 1.0
    for place, bar in enumerate(chart.bars):
        _draw_bar(sheet, bar, _LEGEND + place * _ROW, votes, longest)
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


def _draw_bar(sheet: Sheet, bar: GameBar, top: float, votes: int, longest: float) -> None:
    middle = top + _ROW / 2
    colour = theme.CHOSEN if bar.came_out else theme.TEXT
    label = f"{bar.letter} {bar.word}".strip()
    room = _LEFT - MARGIN - (18 if bar.came_out else 6)
    sheet.text(
        MARGIN, middle, label, colour=colour, size=_SIZE, is_bold=bar.came_out, max_width=room
    )
    if bar.came_out:
        wide = min(theme.text_width(label, _SIZE, is_bold=True), room)
        sheet.arrow(MARGIN + wide + 4, middle, _MARK)
    people = max(_LENGTH * bar.votes / votes / longest, 1.0)
    sheet.rectangle(_LEFT, middle - _BAR - 1, people, _BAR, colour)
    model = max(_LENGTH * bar.share / longest, 1.0)
    sheet.rectangle(_LEFT, middle + 1, model, _BAR, theme.FINAL, style="hatched")
    for y, said in (
        (middle - _BAR / 2 - 1, str(bar.votes)),
        (middle + _BAR / 2 + 1, percent(bar.share)),
    ):
        sheet.text(_RIGHT, y, said, colour=colour, size=PHONE_SMALL + 1, align="right")

"""Why a word came out: the whole text, coloured, over the bars of its likeliest rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bot.features.explorer.step import texts
from bot.render import sheet as theme
from bot.render.coloured import (
    LEGEND,
    ColouredWord,
    PlacedWord,
    draw_legend,
    draw_words,
    height_of,
    placed,
)
from bot.render.numbers import percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.typefaces import MOST_UNITS

MOST_LINES = 5
REACHES = (12, 9, 7, 5, 3, 2, 1, 0)
"""Words on either side of the current one, the most that fit."""
_SIZE = 13.0
_ROW = 20.0
_PAD = 6.0
_BARS, _BAR_WIDTH = 112.0, 98.0
_THICK = 12.0
_RIGHT = PHONE_WIDTH - MARGIN
_NOTE = 14.0
_MOST_NOTES = 2
_ELLIPSIS = ColouredWord(text=" …", bits=None)


class Mark(Enum):
    """What a bar is."""

    PLAIN = auto()
    CHOSEN = auto()
    ASKED = auto()
    REMOVED = auto()


@dataclass(frozen=True, kw_only=True)
class WhyBar:
    """A word with its final probability.

    Attributes:
        token_id: Of a word of one token that was asked for alone.
        share: Of a word that was asked for with others: its part of what they have together.
    """

    label: str
    final: float
    mark: Mark = Mark.PLAIN
    token_id: int | None = None
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class WhyChart:
    """What the picture shows.

    Attributes:
        words: The whole text; the current one may be far inside.
        bars: From top to bottom.
        rest: What is said about all the others, "" for nothing.
        header: What the bars' numbers are.
    """

    words: tuple[ColouredWord, ...]
    bars: tuple[WhyBar, ...]
    rest: str = ""
    header: str = texts.FINAL


def why_chart(chart: WhyChart) -> bytes:
    """Draw the picture as a PNG, 700 pixels wide."""
    words = quoted(chart.words)
    notes = _wrapped(chart.rest) if chart.rest else []
    text = height_of(words)
    bars = _ROW * len(chart.bars)
    header = _NOTE if chart.bars else 0.0
    compared = _NOTE if any(bar.share is not None for bar in chart.bars) else 0.0
    height = _PAD + text + LEGEND + header + bars + compared + _NOTE * len(notes) + _PAD
    sheet = Sheet(height, PHONE_WIDTH)
    draw_words(sheet, words, _PAD)
    y = _PAD + text
    draw_legend(sheet, y, has_current=any(one.word.is_current for one in words))
    y += LEGEND
    if chart.bars:
        middle = y + header / 2
        _small(sheet, _RIGHT, middle, chart.header, align="right")
        y += header
    scale = max((bar.final for bar in chart.bars), default=0.0) or 1.0
    for bar in chart.bars:
        if bar.share is not None and compared:
            _small(sheet, _RIGHT, y + compared / 2, texts.AMONG_THEM, align="right")
            y, compared = y + compared, 0.0
        _draw_bar(sheet, bar, y + _ROW / 2, scale)
        y += _ROW
    for line in notes:
        _small(sheet, MARGIN, y + _NOTE / 2, line)
        y += _NOTE
    return sheet.png()


def quoted(words: Sequence[ColouredWord], most_lines: int = MOST_LINES) -> tuple[PlacedWord, ...]:
    """Wrap the text, or as many words around the current one as fit in a few lines."""
    whole = placed(words, PHONE_WIDTH) if len(words) <= 2 * most_lines * REACHES[0] else ()
    if whole and whole[-1].line < most_lines:
        return whole
    here = next((i for i, word in enumerate(words) if word.is_current), 0)
    found: tuple[PlacedWord, ...] = ()
    for reach in REACHES:
        first, last = max(here - reach, 0), min(here + reach + 1, len(words))
        part = [*words[first:last]]
        part = [_ELLIPSIS, *part] if first else part
        part = [*part, _ELLIPSIS] if last < len(words) else part
        found = placed(part, PHONE_WIDTH)
        if not found or found[-1].line < most_lines:
            break
    return found


def _draw_bar(sheet: Sheet, bar: WhyBar, middle: float, scale: float) -> None:
    colours = {Mark.CHOSEN: theme.CHOSEN, Mark.ASKED: theme.REMOVED, Mark.REMOVED: theme.MUTED}
    colour = colours.get(bar.mark, theme.TEXT)
    is_bold = bar.mark in {Mark.CHOSEN, Mark.ASKED}
    label = texts.ASKED.format(word=bar.label) if bar.mark is Mark.ASKED else bar.label
    room = _BARS - MARGIN - (16 if bar.mark is Mark.CHOSEN else 6)
    sheet.text(MARGIN, middle, label, colour=colour, size=_SIZE, is_bold=is_bold, max_width=room)
    if bar.mark is Mark.CHOSEN:
        wide = min(theme.text_width(label, _SIZE, is_bold=True), room)
        sheet.arrow(MARGIN + wide + 4, middle, size=8.0)
    length = bar.final / scale if bar.share is None else bar.share
    if bar.share is None and (bar.mark is Mark.REMOVED or bar.final == 0):
        said = texts.REMOVED
    else:
        said = percent(bar.final) if bar.share is None else percent(bar.share, 0)
        fill = theme.FINAL if colour == theme.TEXT else colour
        wide = max(_BAR_WIDTH * min(length, 1.0), 1.0)
        sheet.rectangle(_BARS, middle - _THICK / 2, wide, _THICK, fill)
    sheet.text(_RIGHT, middle, said, colour=colour, size=_SIZE, align="right", is_bold=is_bold)


def _small(sheet: Sheet, x: float, middle: float, text: str, align: theme.Align = "left") -> None:
    sheet.text(
        x,
        middle,
        text,
        colour=theme.MUTED,
        size=PHONE_SMALL,
        align=align,
        max_width=PHONE_WIDTH - 2 * MARGIN,
    )


def _wrapped(text: str) -> list[str]:
    """Wrap a note; what is beyond the last line is cut there."""
    lines: list[str] = [""]
    for word in text[: _MOST_NOTES * MOST_UNITS].split(" "):
        longer = f"{lines[-1]} {word}".strip()
        is_wide = theme.text_width(longer, PHONE_SMALL) > PHONE_WIDTH - 2 * MARGIN
        if is_wide and lines[-1] and len(lines) < _MOST_NOTES:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines

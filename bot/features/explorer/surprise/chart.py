"""A text with every word coloured by how much it surprised the model."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.explorer.surprise import texts
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
from bot.render.numbers import integer
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

MOST_LINES = 24
MOST_WORDS = 600
_PAD = 6.0
_NOTE = 16.0


def shown_words(words: Sequence[ColouredWord]) -> tuple[PlacedWord, ...]:
    """Wrap the words that the picture has room for."""
    wrapped = placed(words[:MOST_WORDS], PHONE_WIDTH, keeps_lines=True)
    return tuple(word for word in wrapped if word.line < MOST_LINES)


def surprise_chart(words: Sequence[ColouredWord]) -> bytes:
    """Draw the words, wrapped, as a PNG; those beyond the last line are counted."""
    shown = shown_words(words)
    left_out = len(words) - len(shown)
    text = height_of(shown)
    sheet = Sheet(_PAD + LEGEND + text + (_NOTE if left_out else 0.0) + _PAD, PHONE_WIDTH)
    draw_legend(sheet, _PAD, has_current=any(one.word.is_current for one in shown))
    draw_words(sheet, shown, _PAD + LEGEND)
    if left_out:
        label = texts.SURPRISE_MORE.format(count=integer(left_out))
        middle = _PAD + LEGEND + text + _NOTE / 2
        sheet.text(MARGIN, middle, label, colour=theme.MUTED, size=PHONE_SMALL)
    return sheet.png()

"""A text in a picture, every word coloured from expected to surprising."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bot.render import sheet as theme
from bot.render import tokens
from bot.render.sheet import MARGIN, Sheet
from bot.render.typefaces import beginning
from bot.texts import step as texts

EDGES_BITS = (1.0, 2.0, 4.0, 7.0, 10.0)
"""Where one colour ends and the next begins: surprise begins at a chance of 1 in 16."""
COLOURS = ("#26344d", "#2d4d80", "#4a70ad", "#bd7230", "#ea9a3e", "#ffd391")
"""From expected to surprising, each lighter than the one before: the order is seen in grey too."""

TEXT_SIZE = 13.0
LINE = 20.0
LEGEND = 18.0

_DARK_TEXT = "#1e1f22"
_DARK_FROM = 3
_CHIP = 17.0
_PADDING = 2.0
_SPACE = 3.5
_GLUE = 0.5
_SWATCH = 10.0


@dataclass(frozen=True, kw_only=True)
class ColouredWord:
    """A word of the picture.

    Attributes:
        text: Exact, with the space before it.
        bits: Its surprise; None where it was not judged: it has no colour.
        is_current: Whether it is the one that is looked at: it has a frame.
    """

    text: str
    bits: float | None
    is_current: bool = False


@dataclass(frozen=True)
class PlacedWord:
    """A word with its place: `x` and `width` on the sheet, the line counted from 0."""

    word: ColouredWord
    label: str
    x: float
    line: int
    width: float


def level_of(bits: float) -> int:
    """Return the index of a surprise's colour."""
    return bisect_right(EDGES_BITS, bits)


def placed(
    words: Sequence[ColouredWord], width: float, *, keeps_lines: bool = False
) -> tuple[PlacedWord, ...]:
    """Wrap words on a sheet.

    Args:
        words: In order.
        width: Of the sheet.
        keeps_lines: Whether a line break begins a new line.
    """
    found: list[PlacedWord] = []
    x, line, room, is_apart = MARGIN, 0, width - 2 * MARGIN, False
    for word in words:
        label = _label(word.text)
        wide = _width(word, label, room)
        gap = _SPACE if is_apart or word.text[:1].isspace() else _GLUE
        x += gap if x > MARGIN else 0.0
        if x > MARGIN and x + wide > MARGIN + room:
            x, line = MARGIN, line + 1
        found.append(PlacedWord(word, label, x, line, wide))
        x += wide
        is_apart = word.text[-1:].isspace()
        if keeps_lines and "\n" in word.text:
            x, line = MARGIN, line + 1
    return tuple(found)


def height_of(words: Sequence[PlacedWord]) -> float:
    """Return the height of wrapped words."""
    return LINE * (words[-1].line + 1) if words else 0.0


def draw_words(sheet: Sheet, words: Sequence[PlacedWord], top: float) -> None:
    """Draw wrapped words below `top`."""
    for one in words:
        _draw(sheet, one, top + one.line * LINE + (LINE - _CHIP) / 2)


def draw_legend(sheet: Sheet, top: float, *, has_current: bool) -> None:
    """Say what colours and frame mean, on a line below `top`."""
    middle, x = top + LEGEND / 2, MARGIN
    marks = [(COLOURS[1], texts.EXPECTED), (COLOURS[-2], texts.SURPRISING)]
    for colour, label in marks:
        sheet.rectangle(x, middle - _SWATCH / 2, _SWATCH, _SWATCH, colour)
        x = _say(sheet, x + _SWATCH + 4, middle, label)
    if has_current:
        _frame(sheet, x, middle - _SWATCH / 2, _SWATCH, _SWATCH)
        _say(sheet, x + _SWATCH + 4, middle, texts.YOU_ARE_HERE)


def _say(sheet: Sheet, x: float, middle: float, label: str) -> float:
    sheet.text(x, middle, label, colour=theme.MUTED, size=theme.PHONE_SMALL)
    return x + theme.text_width(label, theme.PHONE_SMALL) + 10


def _label(text: str) -> str:
    """Show a word; the gap before it is its space, unless it is nothing else."""
    body = beginning(text.strip(" "))
    return tokens.plain(tokens.visible(body) if body else tokens.glyphs(beginning(text)))


def _width(word: ColouredWord, label: str, room: float) -> float:
    wide = theme.text_width(label, TEXT_SIZE, is_bold=word.is_current)
    return min(wide + 2 * _padding(word), room)


def _padding(word: ColouredWord) -> float:
    """Return the colour's edge beside the letters: none where there is no colour."""
    return 0.0 if word.bits is None else _PADDING


def _draw(sheet: Sheet, one: PlacedWord, y: float) -> None:
    bits, is_current = one.word.bits, one.word.is_current
    ink = theme.MUTED
    if bits is not None:
        level = level_of(bits)
        sheet.rectangle(one.x, y, one.width, _CHIP, COLOURS[level])
        ink = _DARK_TEXT if level >= _DARK_FROM else theme.TEXT
    sheet.text(
        one.x + _padding(one.word),
        y + _CHIP / 2,
        one.label,
        colour=ink,
        size=TEXT_SIZE,
        is_bold=is_current,
        max_width=one.width - 2 * _padding(one.word) + 0.5,
    )
    if is_current:
        _frame(sheet, one.x - 1, y - 1, one.width + 2, _CHIP + 2)


def _frame(sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    for inset in (0.0, 0.8):
        sheet.rectangle(
            x + inset,
            y + inset,
            width - 2 * inset,
            height - 2 * inset,
            theme.TEXT,
            style="outlined",
        )

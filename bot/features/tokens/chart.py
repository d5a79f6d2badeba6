"""A text as it reads, every piece in one of two colours, under one or two tokenizers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.features.tokens import texts
from bot.render import sheet as theme
from bot.render import tokens
from bot.render.numbers import integer
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.typefaces import beginning
from engine.explain import Tokenization, TokenPiece

COLOURS = ("#2d4d80", "#8a5a1f")
"""In turns; the second is lighter, so that they differ in grey too."""
MOST_LINES = 10
_SIZE = 13.0
_LINE = 21.0
_CHIP = 18.0
_TITLE = 22.0
_MORE = 16.0
_PAD = 6.0
_EDGE = 2.5
_SPACE = 4.0
_SEAM = 1.0

Look = Literal["piece", "added", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A piece of the picture.

    Attributes:
        label: What is written in it.
        before: Spaces before the letters, and after them; both are part of the piece.
        ends_line: Whether a new line begins behind it.
        gap: Whether a space that is in no piece stands before it.
    """

    label: str
    before: int = 0
    after: int = 0
    look: Look = "piece"
    ends_line: bool = False
    gap: bool = False


@dataclass(frozen=True, kw_only=True)
class TokensChart:
    """What the picture shows: a title and the pieces for each tokenizer."""

    parts: tuple[tuple[str, tuple[Chip, ...]], ...]


@dataclass(frozen=True)
class _Placed:
    chip: Chip
    index: int
    x: float
    line: int
    width: float


def chips(found: Tokenization) -> tuple[Chip, ...]:
    """Return the pieces of a text in order, as they read."""
    return tuple(_chips(found))


def tokens_chart(chart: TokensChart) -> bytes:
    """Draw the picture as a PNG, 700 pixels wide."""
    laid = [(title, *_lay(parts)) for title, parts in chart.parts]
    height = _PAD
    for _, placed, left in laid:
        height += _TITLE + _LINE * _lines(placed) + (_MORE if left else 0.0) + _PAD
    sheet = Sheet(height, PHONE_WIDTH)
    y = _PAD
    for title, placed, left in laid:
        room = PHONE_WIDTH - 2 * MARGIN
        sheet.text(MARGIN, y + _TITLE / 2, title, size=_SIZE, is_bold=True, max_width=room)
        y += _TITLE
        for one in placed:
            _draw(sheet, one, y + one.line * _LINE + (_LINE - _CHIP) / 2)
        y += _LINE * _lines(placed)
        if left:
            label = texts.CHART_MORE.format(count=integer(left))
            sheet.text(MARGIN, y + _MORE / 2, label, colour=theme.MUTED, size=PHONE_SMALL)
            y += _MORE
        y += _PAD
    return sheet.png()


def _chips(found: Tokenization) -> Iterator[Chip]:
    """Yield the pieces; those that carry no spaces get the gaps of the text between them."""
    place = 0
    for piece in found.tokens:
        if piece.is_special and not piece.data_hex:
            yield Chip(label=piece.text, look="added")
            continue
        gap = False
        if not found.is_exact and not piece.joins:
            start = found.text.find(piece.text, place)
            gap = start >= 0 and found.text[place:start].isspace()
            place = start + len(piece.text) if start >= 0 else place
        yield _chip(piece, gap=gap)


def _chip(piece: TokenPiece, *, gap: bool) -> Chip:
    text = piece.text
    body = text.strip(" ")
    look: Look = "unknown" if piece.is_unknown else "piece"
    if not body:
        spaces = tokens.SPACE * len(beginning(text))
        return Chip(label=spaces or tokens.EMPTY, look=look, gap=gap)
    return Chip(
        label=tokens.plain(tokens.visible(beginning(body))),
        before=len(text) - len(text.lstrip(" ")),
        after=len(text) - len(text.rstrip(" ")),
        look=look,
        ends_line="\n" in text,
        gap=gap,
    )


def _lay(parts: Sequence[Chip]) -> tuple[list[_Placed], int]:
    """Wrap the pieces on a few lines; return them, and how many have no room."""
    placed: list[_Placed] = []
    x, line, right = MARGIN, 0, PHONE_WIDTH - MARGIN
    for index, chip in enumerate(parts):
        wide = min(_width(chip), right - MARGIN)
        x += _SPACE if chip.gap and x > MARGIN else 0.0
        if x > MARGIN and x + wide > right:
            x, line = MARGIN, line + 1
        if line >= MOST_LINES:
            return placed, len(parts) - index
        placed.append(_Placed(chip, index, x, line, wide))
        x += wide + _SEAM
        if chip.ends_line:
            x, line = MARGIN, line + 1
    return placed, 0


def _lines(placed: Sequence[_Placed]) -> int:
    return placed[-1].line + 1 if placed else 1


def _width(chip: Chip) -> float:
    spaces = min(chip.before, 1) + min(chip.after, 1)
    return theme.text_width(chip.label, _SIZE) + 2 * _EDGE + _SPACE * spaces


def _draw(sheet: Sheet, one: _Placed, y: float) -> None:
    chip, colour = one.chip, COLOURS[one.index % 2]
    ink = theme.TEXT
    if chip.look == "piece":
        sheet.rectangle(one.x, y, one.width, _CHIP, colour)
    else:
        ink = theme.MUTED if chip.look == "added" else theme.REMOVED
        sheet.rectangle(one.x, y + 0.5, one.width, _CHIP - 1, ink, style="outlined")
    lead = _SPACE if chip.before else 0.0
    room = one.width - 2 * _EDGE - lead - (_SPACE if chip.after else 0.0)
    sheet.text(
        one.x + _EDGE + lead,
        y + _CHIP / 2,
        chip.label,
        colour=ink,
        size=_SIZE,
        max_width=room + 0.5,
    )

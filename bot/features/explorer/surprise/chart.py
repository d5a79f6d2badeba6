"""A text's tokens, coloured by how much each surprised the model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.surprise import texts
from bot.render import sheet as theme
from bot.render import tokens
from bot.render.numbers import decimal, fixed, integer
from bot.render.sheet import MARGIN, Sheet

MAX_TOKENS = 400

_EDGES = (1.0, 3.0, 6.0, 9.0, 12.0)
# From calm to startling, each lighter than the one before: the order is also seen in grey.
_COLOURS = ("#3d4048", "#4a3f82", "#85459b", "#d0597e", "#f39a4d", "#fbe36a")
_DARK_TEXT = "#1e1f22"
_DARK_FROM = 3
_UNKNOWN = theme.BACKGROUND

_LINE, _LINE_WITH_BITS = 22.0, 35.0
_CHIP = 18.0
_WITH_BITS = 60
_LEAST_WITH_BITS = 18.0
_GAP = 1.5
_PADDING = 2.5
_SIZE = 12.0
_TINY = 9.0
_LEGEND = 40.0


@dataclass(frozen=True, kw_only=True)
class SurpriseToken:
    """One token: its exact text, and −log2 of its raw probability (None: it was not scored)."""

    text: str
    bits: float | None


@dataclass(frozen=True)
class _Chip:
    label: str
    bits: float | None
    x: float
    line: int
    width: float


def surprise_chart(text: Sequence[SurpriseToken]) -> bytes:
    """Draw the tokens, wrapped, as a PNG, 700 pixels wide; those after `MAX_TOKENS` are counted."""
    has_bits = len(text) <= _WITH_BITS
    chips = _wrapped(text[:MAX_TOKENS], _LEAST_WITH_BITS if has_bits else 0.0)
    line_height = _LINE_WITH_BITS if has_bits else _LINE
    lines = chips[-1].line + 1 if chips else 0
    left_out = len(text) - MAX_TOKENS
    foot = 20.0 if left_out > 0 else 4.0
    sheet = Sheet(_LEGEND + lines * line_height + foot)
    _draw_legend(sheet)
    for chip in chips:
        _draw_chip(sheet, chip, _LEGEND + chip.line * line_height, has_bits=has_bits)
    if left_out > 0:
        label = texts.SURPRISE_MORE.format(count=integer(left_out))
        sheet.text(MARGIN, sheet.height - 10, f"… {label}", colour=theme.MUTED, size=theme.SMALL)
    return sheet.png()


def _wrapped(text: Sequence[SurpriseToken], least: float) -> list[_Chip]:
    chips: list[_Chip] = []
    room = theme.WIDTH - 2 * MARGIN
    x, line = MARGIN, 0
    for token in text:
        label = _label(token.text)
        width = min(max(theme.text_width(label, _SIZE) + 2 * _PADDING, least), room)
        if x > MARGIN and x + width > MARGIN + room:
            x, line = MARGIN, line + 1
        chips.append(_Chip(label, token.bits, x, line, width))
        x += width + _GAP
        if "\n" in token.text:
            x, line = MARGIN, line + 1
    return chips


def _label(text: str) -> str:
    """Show a token; its own colour shows where its spaces are, unless it is nothing else."""
    return tokens.plain(tokens.visible(text) if text.strip(" ") else tokens.glyphs(text))


def _draw_chip(sheet: Sheet, chip: _Chip, y: float, *, has_bits: bool) -> None:
    level = 0 if chip.bits is None else bisect_right(_EDGES, chip.bits)
    is_dark = chip.bits is not None and level >= _DARK_FROM
    colour = _UNKNOWN if chip.bits is None else _COLOURS[level]
    sheet.rectangle(chip.x, y, chip.width, _CHIP, colour)
    sheet.text(
        chip.x + _PADDING,
        y + _CHIP / 2,
        chip.label,
        colour=_DARK_TEXT if is_dark else theme.TEXT,
        size=_SIZE,
        max_width=chip.width - _PADDING,
    )
    if has_bits and chip.bits is not None:
        bits = fixed(chip.bits, 1) if chip.bits < 10 else decimal(chip.bits, 0)
        sheet.text(
            chip.x + chip.width / 2,
            y + _CHIP + 6,
            bits,
            colour=theme.MUTED,
            size=_TINY,
            align="center",
        )


def _draw_legend(sheet: Sheet) -> None:
    middle = 16.0
    x = MARGIN
    for level, colour in enumerate(_COLOURS):
        low = decimal(_EDGES[level - 1], 0) if level else "0"
        label = f"{low}+" if level == len(_COLOURS) - 1 else low
        sheet.rectangle(x, middle - 8, 34, 16, colour)
        ink = _DARK_TEXT if level >= _DARK_FROM else theme.TEXT
        sheet.text(x + 17, middle, label, colour=ink, size=theme.SMALL, align="center")
        x += 36
    sheet.text(x + 6, middle, texts.SURPRISE_SCALE, colour=theme.MUTED, size=theme.SMALL)

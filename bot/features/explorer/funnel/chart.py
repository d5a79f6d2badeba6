"""One step's funnel: the tokens that each stage leaves, and what it did to the probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bot.features.explorer.funnel import texts
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.texts import common

_TOP = 4.0
_NOTE = 20.0
_ROW, _ROW_MANY = 50.0, 44.0
_MANY = 8
_GAP = 2.0
_NARROWEST, _WIDEST = 5.0, 60.0
_MIDDLE = MARGIN + _WIDEST / 2
_LEFT, _RIGHT = 78.0, PHONE_WIDTH - MARGIN
_BAR = 112.0
_THICK = 13.0
_LABEL = 13.0
_INSIDE = 44.0
_COLUMN, _COLUMN_THIN = 12.0, 5.0

RowKind = Literal["whole", "reshape", "cut", "choice"]


@dataclass(frozen=True, kw_only=True)
class FunnelRow:
    """One stage.

    Attributes:
        label: Its name and value.
        kind: `whole` is the vocabulary; `choice` is what picks the token.
        tokens: How many it leaves.
        mass: Share that it leaves of the probability that entered.
        profile: Of a reshaping stage: shares of some tokens before and after, best first.
        die: Of a choice: the number drawn, and where the chosen stretch begins and ends.
    """

    label: str
    kind: RowKind
    tokens: int
    mass: float = 1.0
    profile: tuple[tuple[float, float], ...] = ()
    die: tuple[float, float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class FunnelChart:
    """What the picture shows: the stages, the vocabulary first, and the token that came out."""

    title: str
    token: str
    rows: tuple[FunnelRow, ...]


def funnel_chart(chart: FunnelChart) -> bytes:
    """Draw the funnel as a PNG; its title is that of the page."""
    height = _ROW if len(chart.rows) <= _MANY else _ROW_MANY
    sheet = Sheet(_TOP + height * len(chart.rows) + _NOTE + MARGIN / 2, PHONE_WIDTH)
    total = max((row.tokens for row in chart.rows), default=1)
    entering, y = total, _TOP
    for row in chart.rows:
        widths = _wide(entering, total), _wide(row.tokens, total)
        _draw_funnel(sheet, row, y, height, widths)
        _draw_label(sheet, row, y, chart.token)
        _draw_share(sheet, row, y + (_LABEL * 1.7 + height) / 2, height)
        entering, y = row.tokens, y + height
    note = y + _NOTE / 2
    room = PHONE_WIDTH - 2 * MARGIN
    sheet.text(MARGIN, note, texts.CHART_NOTE, colour=theme.MUTED, size=PHONE_SMALL, max_width=room)
    return sheet.png()


def _wide(tokens: int, total: int) -> float:
    """Return the width of the funnel, which grows with the logarithm of the tokens in it."""
    if tokens < 1:
        return _GAP
    share = math.log(tokens) / math.log(total) if total > 1 else 0.0
    return _NARROWEST + (_WIDEST - _NARROWEST) * share


def _draw_funnel(
    sheet: Sheet, row: FunnelRow, y: float, height: float, widths: tuple[float, float]
) -> None:
    """Draw a piece of the funnel; what a stage cuts off is hatched beside it."""
    top, bottom = widths
    colours = {"reshape": theme.RAW, "choice": theme.CHOSEN}
    end = y + height - _GAP
    for side in (-1, 1):
        corner, inner = _MIDDLE + side * top / 2, _MIDDLE + side * bottom / 2
        if row.kind == "cut" and top - bottom > 2 * _GAP:
            points = [(corner, y), (inner, y), (inner, end)]
            sheet.polygon(points, theme.REMOVED, style="hatched")
    head = top if row.kind == "choice" else bottom
    points = [
        (_MIDDLE - head / 2, y),
        (_MIDDLE + head / 2, y),
        (_MIDDLE + bottom / 2, end),
        (_MIDDLE - bottom / 2, end),
    ]
    sheet.polygon(points, colours.get(row.kind, theme.FINAL))


def _draw_label(sheet: Sheet, row: FunnelRow, y: float, token: str) -> None:
    """Write the stage's name, and the tokens that it leaves or the one that came out."""
    middle = y + _LABEL
    if row.kind == "choice":
        sheet.text(_LEFT, middle, row.label, is_bold=True)
        x = _LEFT + theme.text_width(row.label, is_bold=True) + 10
        sheet.text(x, middle, token, colour=theme.CHOSEN, is_bold=True, max_width=_RIGHT - x - 14)
        room = _RIGHT - x - 14
        width = min(theme.text_width(token, is_bold=True), room)
        sheet.arrow(x + width + 5, middle)
        return
    if row.kind == "reshape":  # it leaves as many
        sheet.text(_LEFT, middle, row.label, is_bold=True, max_width=_RIGHT - _LEFT)
        return
    count = common.tokens(integer(row.tokens))
    sheet.text(_RIGHT, middle, count, colour=theme.MUTED, align="right")
    room = _RIGHT - _LEFT - theme.text_width(count) - 8
    sheet.text(_LEFT, middle, row.label, is_bold=True, max_width=room)


def _draw_share(sheet: Sheet, row: FunnelRow, middle: float, height: float) -> None:
    """Draw what the stage did to the probability, and say it."""
    top = middle - _THICK / 2
    if row.kind == "reshape":
        _draw_profile(sheet, row, middle + _THICK / 2 + 3, height * 0.44)
        _say(sheet, middle, texts.RESHAPES_MARK, theme.MUTED)
    elif row.kind == "choice":
        _draw_die(sheet, row, top)
        _say(sheet, middle, texts.FINAL.format(share=percent(row.mass)), theme.CHOSEN)
    else:
        kept = _BAR * row.mass
        sheet.rectangle(_LEFT, top, max(kept, 1.0), _THICK, theme.FINAL)
        if kept > _INSIDE:
            inside = percent(row.mass)
            colour, x = theme.BACKGROUND, _LEFT + kept / 2
            sheet.text(x, middle, inside, colour=colour, size=PHONE_SMALL, align="center")
        if row.kind == "cut":
            _draw_removed(sheet, row, kept, middle)


def _draw_removed(sheet: Sheet, row: FunnelRow, kept: float, middle: float) -> None:
    if row.mass >= 1:
        _say(sheet, middle, texts.UNTOUCHED, theme.MUTED)
        return
    left, wide = _LEFT + kept, max(_BAR - kept, 1.0)
    sheet.rectangle(left, middle - _THICK / 2, wide, _THICK, theme.REMOVED, style="hatched")
    share = percent(1.0 - row.mass)
    _say(sheet, middle, texts.REMOVED_MARK.format(share=share), theme.REMOVED)


def _say(sheet: Sheet, middle: float, text: str, colour: str) -> None:
    sheet.text(_RIGHT, middle, text, colour=colour, size=PHONE_SMALL, align="right")


def _draw_profile(sheet: Sheet, row: FunnelRow, bottom: float, height: float) -> None:
    """Draw each token's share before, wide and grey, behind its share after."""
    highest = max((max(pair) for pair in row.profile), default=0.0) or 1.0
    pitch = _BAR / max(len(row.profile), 8)
    wide = min(_COLUMN, pitch - 2)
    for i, shares in enumerate(row.profile):
        x = _LEFT + pitch * i
        before, after = (max(height * share / highest, 0.8) for share in shares)
        thin = min(_COLUMN_THIN, wide)
        sheet.rectangle(x, bottom - before, wide, before, theme.RAW)
        sheet.rectangle(x + (wide - thin) / 2, bottom - after, thin, after, theme.FINAL)


def _draw_die(sheet: Sheet, row: FunnelRow, top: float) -> None:
    """Draw the chosen stretch among all the others, and where the die fell."""
    u, low, high = row.die or (None, 0.0, row.mass)
    sheet.rectangle(_LEFT, top, _BAR, _THICK, theme.RAW)
    left = _LEFT + _BAR * low
    sheet.rectangle(left, top, max(_BAR * (high - low), 1.5), _THICK, theme.CHOSEN)
    if u is not None:
        x = _LEFT + _BAR * u
        sheet.rectangle(x - 0.5, top - 3, 1.0, _THICK + 6, theme.TEXT)
        sheet.polygon([(x - 3.5, top - 6), (x + 3.5, top - 6), (x, top)], theme.TEXT)

"""What each layer would say if it were the last, and what it gives to the token that came out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.inside import texts
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

LENS_ROW = 17.0
_PAD = 4.0
_HEAD = 18.0
_TOP, _SHARE, _BAR = 56.0, 160.0, 165.0
_RANK = 44.0
_THOUSANDS_FROM = 10_000

_EDGES = (0.05, 0.2, 0.5, 0.8)
# From unsure to sure, each lighter than the one before: the order is also seen in grey.
_HEAT = ("#3d4048", "#2f4f66", "#33719a", "#56b4e9", "#b5e0f8")
_DARK_TEXT = "#1e1f22"
_DARK_FROM = 3


@dataclass(frozen=True, kw_only=True)
class LensLine:
    """One layer.

    Attributes:
        label: Its name.
        token: Its first choice, as it may be shown.
        prob: Of its first choice.
        followed: Probability that it gives to the token that came out.
        rank: That token's rank, 1-based.
    """

    label: str
    token: str
    prob: float
    followed: float
    rank: int


@dataclass(frozen=True, kw_only=True)
class LensChart:
    """The layers, from the first to the last.

    Attributes:
        title: Of the page, for who cannot see the picture.
        token: The token that came out, as it may be shown.
    """

    title: str
    token: str
    lines: tuple[LensLine, ...]


def lens_chart(chart: LensChart) -> bytes:
    """Draw a line for each layer, as a PNG 700 pixels wide (525 where it is very tall)."""
    sheet = Sheet(lens_height(len(chart.lines)) + 2 * _PAD, PHONE_WIDTH)
    draw_lens(sheet, chart.lines, chart.token, _PAD)
    return sheet.png()


def lens_height(lines: int) -> float:
    """Return how much room the lines take, their headings included."""
    return _HEAD + lines * LENS_ROW


def draw_lens(sheet: Sheet, lines: Sequence[LensLine], token: str, top: float) -> None:
    """Draw the lines under their headings, from `top` down."""
    middle = top + _HEAD / 2
    head = texts.CHART_FOLLOWED.format(token=token)
    for x, text in ((_TOP, texts.CHART_SAYS), (_BAR, head)):
        room = sheet.width - MARGIN - x
        sheet.text(x, middle, text, colour=theme.MUTED, size=PHONE_SMALL, max_width=room)
    for i, line in enumerate(lines):
        _draw_line(sheet, line, top + _HEAD + i * LENS_ROW)


def _draw_line(sheet: Sheet, line: LensLine, top: float) -> None:
    middle, high = top + LENS_ROW / 2, LENS_ROW - 2
    sheet.text(
        MARGIN,
        middle,
        line.label,
        colour=theme.MUTED,
        size=PHONE_SMALL,
        max_width=_TOP - MARGIN,
    )
    level = bisect_right(_EDGES, line.prob)
    ink = _DARK_TEXT if level >= _DARK_FROM else theme.TEXT
    sheet.rectangle(_TOP, top + 1, _SHARE - _TOP, high, _HEAT[level])
    share = percent(line.prob, 0)
    room = _SHARE - _TOP - theme.text_width(share, PHONE_SMALL) - 14
    is_followed = line.rank == 1
    if is_followed:
        sheet.rectangle(_TOP, top + 1, _SHARE - _TOP, high, theme.CHOSEN, style="outlined")
    sheet.text(_TOP + 4, middle, line.token, colour=ink, max_width=room, is_bold=is_followed)
    sheet.text(_SHARE - 4, middle, share, colour=ink, size=PHONE_SMALL, align="right")
    _draw_followed(sheet, line, middle)


def _draw_followed(sheet: Sheet, line: LensLine, middle: float) -> None:
    right = sheet.width - MARGIN
    width = right - _BAR - _RANK
    sheet.rectangle(_BAR, middle - 7, width, 14, theme.STRIPE)
    sheet.rectangle(_BAR, middle - 7, width * min(line.followed, 1.0), 14, theme.RAW)
    sheet.text(_BAR + 4, middle, percent(line.followed), size=PHONE_SMALL)
    if line.rank == 1:
        sheet.arrow(right - 8, middle)
        right -= 12
    sheet.text(
        right,
        middle,
        _rank(line.rank),
        colour=theme.CHOSEN if line.rank == 1 else theme.MUTED,
        size=PHONE_SMALL,
        align="right",
        is_bold=line.rank == 1,
        max_width=_RANK - 2,
    )


def _rank(rank: int) -> str:
    """Write a rank; of a large one the thousands, which are told from it at a glance."""
    if rank < _THOUSANDS_FROM:
        return texts.CHART_RANK.format(rank=integer(rank))
    return texts.CHART_RANK_THOUSANDS.format(thousands=integer(round(rank / 1000)))

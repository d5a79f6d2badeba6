"""The die of a draw: the unit interval shared among the tokens, and where the die fell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from bot.render import sheet as theme
from bot.render.sheet import MARGIN, Sheet

STRIP = 18.0
"""Height of the strip."""
_LINE = 1.6
_LEAST_GAPPED = 4.0
_LEAST_REST = 0.01


def draw_strip(sheet: Sheet, y: float, shares: Sequence[float], drawn: tuple[float, float]) -> None:
    """Share a strip across the sheet among tokens.

    Args:
        sheet: What is drawn on.
        y: Top of the strip.
        shares: Probabilities, the greatest first; what they leave is not divided.
        drawn: The stretch of what comes out.
    """
    width = sheet.width - 2 * MARGIN
    sheet.rectangle(MARGIN, y, width, STRIP, theme.STRIPE)
    ends = [0.0, *accumulate(shares)]
    if ends[-1] < 1.0 - _LEAST_REST:
        left = MARGIN + ends[-1] * width
        sheet.rectangle(left, y, sheet.width - MARGIN - left, STRIP, theme.RAW, style="hatched")
    stretches = [(stretch, theme.RAW) for stretch in pairwise(ends)]
    for (low, high), colour in (*stretches, (drawn, theme.CHOSEN)):
        long = (high - low) * width
        gap = 1.0 if long > _LEAST_GAPPED else 0.0
        sheet.rectangle(MARGIN + low * width, y, max(long - gap, 1.0), STRIP, colour)


def draw_throw(sheet: Sheet, y: float, u: float) -> None:
    """Mark on a strip where the die fell.

    Args:
        sheet: What is drawn on.
        y: Top of the strip.
        u: The die, 0 ≤ u < 1.
    """
    x = MARGIN + u * (sheet.width - 2 * MARGIN)
    sheet.line([(x, y), (x, y + STRIP)], theme.BACKGROUND, _LINE)
    sheet.polygon([(x, y + 1), (x - 5, y - 7), (x + 5, y - 7)], theme.TEXT)

"""Chances as people count them: «5 de cada 100», «3 de cada 1000»."""

from __future__ import annotations

from bot.render.numbers import integer
from bot.texts import step as texts

_HUNDRED, _THOUSAND = 100, 1000
_FEW = 0.02
"""Below, hundredths are too coarse to be true."""
CERTAIN = 0.995
"""From here on it comes out «casi siempre»."""


def times_of(chance: float) -> str:
    """Say how often something comes out: «15 de cada 100», «3 de cada 1000», «casi siempre»."""
    if chance >= 1.0:
        return texts.ALWAYS
    if chance >= CERTAIN:
        return texts.NEARLY_ALWAYS
    if chance >= _FEW:
        return texts.TIMES.format(count=round(chance * _HUNDRED), times=_HUNDRED)
    if chance <= 0.0:
        return texts.NEVER
    if round(chance * _THOUSAND) >= 1:
        return texts.TIMES.format(count=round(chance * _THOUSAND), times=integer(_THOUSAND))
    return texts.RARELY


def rounded(count: int) -> str:
    """Write a count, thousands rounded from ten thousand on: «139», «262 000»."""
    return integer(count if count < 10 * _THOUSAND else round(count, -3))

"""Decoding settings as Spanish words: one value, a range, the line under every reply."""

from __future__ import annotations

import math

from bot.render.markdown import clip, escape
from bot.render.numbers import decimal, integer
from bot.render.tokens import glyphs
from bot.styles import ALL_STYLES
from bot.texts import options as texts
from bot.texts.filters import FILTERS as WORDS
from engine import FILTERS, RANGES, DecodingParams

_TYPED_LIMIT = 40
_DECIMAL_DIGITS = 6
_STOP_ROOM = 200
_SAMPLING = tuple(field for field in WORDS if field in FILTERS and FILTERS[field].is_warper)
_NOT_SAMPLING = tuple(field for field in WORDS if field not in _SAMPLING)


def number_text(value: float) -> str:
    """Write a setting's number: «0,8», «1», «50»."""
    return integer(value) if isinstance(value, int) else decimal(value, digits=_DECIMAL_DIGITS)


def value_text(field: str, value: object) -> str:
    """Write the value of any setting, as plain text."""
    if field == "strategy":
        return texts.STRATEGY_NAMES[str(value)]
    if field == "style":
        return ALL_STYLES[str(value)].label
    if field == "early_stopping" and isinstance(value, bool | str):
        return texts.EARLY_STOPPING_NAMES[value]
    if isinstance(value, bool):
        return texts.SWITCH_NAMES[value]
    if isinstance(value, tuple):
        listed = ", ".join(f"«{glyphs(string)}»" for string in value)
        return clip(listed, _STOP_ROOM) or texts.NO_STOP
    return number_text(value) if isinstance(value, int | float) else str(value)


def range_text(field: str, high: int | None = None) -> str:
    """Say which numbers a setting takes: «un número entre 0 y 5».

    Args:
        field: A key of `engine.RANGES`.
        high: A lower ceiling than the engine's, if this installation has one.
    """
    allowed = RANGES[field]
    top = allowed.high if high is None else high
    if math.isinf(top):
        template = texts.INTEGER_FROM
    elif allowed.integer:
        template = texts.BETWEEN_INTEGERS
    elif allowed.low_open:
        template = texts.ABOVE_UP_TO
    elif allowed.high_open:
        template = texts.FROM_BELOW
    else:
        template = texts.BETWEEN
    shown_top = "∞" if math.isinf(top) else number_text(float(top))
    return template.format(low=number_text(float(allowed.low)), high=shown_top)


def out_of_range(field: str, typed: str, high: int | None = None) -> str:
    """Say what a setting takes and what was typed instead."""
    problem = texts.OUT_OF_RANGE.format(
        name=texts.FIELD_NAMES[field],
        allowed=range_text(field, high),
        typed=escape(clip(typed.strip(), _TYPED_LIMIT)),
    )
    return problem + texts.TRY_AGAIN


def settings_line(params: DecodingParams) -> str:
    """Name the settings that shaped a text: «muestreo, T 0,8, top-p 0,9»."""
    effective = params.resolved()
    parts = [texts.STRATEGY_NAMES[effective.strategy]]
    if effective.strategy == "sample_and_rank" and effective.attempts > 1:
        parts = [texts.RANKED_LINE.format(count=integer(effective.attempts))]
    if effective.is_beam:
        parts = [beams_text(effective)]
    if effective.is_sampled:
        parts += _changed(effective, _SAMPLING, always=("temperature",))
    if effective.is_beam:
        parts += _changed(effective, ("length_penalty",))
        if effective.early_stopping is not False:
            parts.append(texts.EARLY_STOPPING_LINES[effective.early_stopping])
    if effective.strategy == "contrastive":
        parts += _changed(effective, ("penalty_alpha", "top_k"))
    acting = tuple(field for field in _NOT_SAMPLING if field not in effective.ignored)
    parts += _changed(effective, acting)
    if effective.stop:
        template = texts.STOP_LINE_ONE if len(effective.stop) == 1 else texts.STOP_LINE
        parts.append(template.format(count=integer(len(effective.stop))))
    return ", ".join(parts)


def beams_text(params: DecodingParams) -> str:
    """Name a strategy with beams and how many it has: «beam search de 5»."""
    line = texts.BEAMS_LINES[params.strategy]
    return line.format(beams=params.num_beams, groups=params.num_beam_groups)


def _changed(
    params: DecodingParams, fields: tuple[str, ...], always: tuple[str, ...] = ()
) -> list[str]:
    neutral = DecodingParams()
    return [
        _named(field, getattr(params, field))
        for field in fields
        if field in always or getattr(params, field) != getattr(neutral, field)
    ]


def _named(field: str, value: float) -> str:
    """Name a setting and its value; of a switch that is on, the name is enough."""
    name = texts.LINE_NAMES[field]
    return name if isinstance(value, bool) else f"{name} {number_text(value)}"

"""Who takes part in a duel, in order: a text's place among them is the last digit of its id.

The first four are the cards that everybody sees; the others are written with «La lección
completa». Two of the cards are styles, which the lesson does not have.
"""

from __future__ import annotations

from dataclasses import replace

from bot.styles import AUTHORS, settings_of
from engine import DecodingParams, GenerationRequest
from engine.control_codes import split_code, with_code
from engine.explain import contenders

CARD_STYLES = ("balanced", "mad")
CARD_PLACES = range(4)
CARD_CODES = ("Wikipedia", "Books", "Reviews", "Questions")
_CARD_CONTENDERS = ("greedy", "beam")
MOST = len(contenders(1)) + len(CARD_STYLES)
"""Texts of a whole duel."""


def cards(base: GenerationRequest) -> tuple[GenerationRequest, ...]:
    """Return what the four cards are written with: greedy, beam search and two styles."""
    if base.style == AUTHORS:
        return _under_codes(base)
    lesson = _lesson(base.params)
    plain = DecodingParams(
        max_new_tokens=base.params.max_new_tokens, bad_words=base.params.bad_words
    )
    styled = (
        replace(base, params=replace(plain, **settings_of(style)), style=style)
        for style in CARD_STYLES
    )
    return (*(_of(base, lesson[name]) for name in _CARD_CONTENDERS), *styled)


def _under_codes(base: GenerationRequest) -> tuple[GenerationRequest, ...]:
    """Return the same text under four codes of a CTRL model, its own first if it has one."""
    own, _ = split_code(base.prompt)
    codes = dict.fromkeys([*([own] if own else []), *CARD_CODES])
    return tuple(
        replace(base, prompt=with_code(code, base.prompt))
        for code in list(codes)[: CARD_PLACES.stop]
    )


def others(base: GenerationRequest) -> tuple[GenerationRequest, ...]:
    """Return what the rest of the lesson is written with."""
    found = _lesson(base.params)
    return tuple(
        _of(base, params) for name, params in found.items() if name not in _CARD_CONTENDERS
    )


def _lesson(params: DecodingParams) -> dict[str, DecodingParams]:
    found = contenders(params.max_new_tokens, params.bad_words)
    return {contender.name: contender.params for contender in found}


def _of(base: GenerationRequest, params: DecodingParams) -> GenerationRequest:
    return replace(base, params=params, style=None)

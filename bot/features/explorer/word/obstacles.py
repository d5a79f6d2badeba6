"""What kept an asked word out: the first thing that did, and why."""

from __future__ import annotations

from dataclasses import fields

from bot.render.numbers import NO_BREAK_SPACE, decimal
from bot.render.settings import value_text
from bot.texts.filters import STAGES
from engine import DecodingParams
from engine.explain import Spelling, TokenFate

COULD = ("chosen", "lost_draw")
"""Verdicts of tokens that nothing but the die keeps out."""
_SETTINGS = frozenset(field.name for field in fields(DecodingParams))


def obstacle_of(spelling: Spelling) -> tuple[int, TokenFate] | None:
    """Return where a word did not go on: what closed the way, else the first that missed.

    What no setting opens comes before what greedy or a filter left out.

    Returns:
        The 0-based token of the word and its fate; None where nothing stood in the way.
    """
    missed = [(i, fate) for i, fate in enumerate(spelling.tokens) if fate.verdict != "chosen"]
    closed = [(i, fate) for i, fate in missed if fate.verdict not in COULD]
    for_ever = [(i, fate) for i, fate in closed if _is_closed_for_ever(fate)]
    return next(iter(for_ever or closed or missed), None)


def why_of(stage: str, params: DecodingParams) -> str:
    """Say why a stage takes tokens away: «, que solo deja pasar…»; "" where that is not known."""
    value = getattr(params, stage, None)
    why = STAGES[stage].why if stage in STAGES else ""
    if isinstance(value, int | float):
        share = f"{decimal(100 * value)}{NO_BREAK_SPACE}%"
        return why.format(value=value_text(stage, value), share=share)
    return why if stage not in _SETTINGS else ""


def _is_closed_for_ever(fate: TokenFate) -> bool:
    """Tell whether a token is against what the server or the model demands."""
    removed_by = fate.token.removed_by
    return fate.verdict in {"banned", "forced"} or (
        removed_by is not None and removed_by not in _SETTINGS
    )

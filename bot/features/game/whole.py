"""Which tokens are whole words: the model itself says whether a letter would come behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from bot.features.game.choosing import TOP
from bot.render.step import token_bytes
from engine import Candidate, DecodingParams, Engine, EngineError, GenerationRequest, Step
from engine.words import is_word_character

_LISTED = 20
"""Tokens of the next step that are looked at: nearly all of its probability."""
_MOST_WAVES = 4
_AT_ONCE = (TOP, 2, 3)
"""Of each list, how many are looked at in one wave, so long as it has none."""
_WANTED = (TOP, 1, 1)


async def whole_words(
    engine: Engine, request: GenerationRequest, lists: Sequence[Sequence[Candidate]]
) -> frozenset[int]:
    """Return the tokens of those looked at that are whole words, enough of each list if they are.

    A token that the engine cannot look behind, as where the queue is full, counts as one.

    Args:
        engine: Reads one step behind each token.
        request: Of the round; its prefix is what stands before the token.
        lists: From `choosing.waves`.
    """
    known: dict[int, bool] = {}
    for _ in range(_MOST_WAVES):
        due = _due(lists, known)
        if not due:
            break
        answers = await asyncio.gather(*(_is_whole(engine, request, one) for one in due))
        known |= dict(zip(due, answers, strict=True))
    return frozenset(token_id for token_id, is_whole in known.items() if is_whole)


def _due(lists: Sequence[Sequence[Candidate]], known: dict[int, bool]) -> list[int]:
    due: dict[int, None] = {}
    for tokens, wanted, most in zip(lists, _WANTED, _AT_ONCE, strict=True):
        missing = wanted - sum(known.get(one.token_id, False) for one in tokens)
        if missing > 0:
            unknown = [one.token_id for one in tokens if one.token_id not in known]
            due |= dict.fromkeys(unknown[: max(missing, most if missing == wanted else 1)])
    return list(due)


async def _is_whole(engine: Engine, request: GenerationRequest, token_id: int) -> bool:
    behind = replace(
        request,
        request_id=uuid4().hex,
        prefix_ids=(*request.prefix_ids, token_id),
        params=DecodingParams(max_new_tokens=1),
        trace_top_n=_LISTED,
    )
    try:
        completion = await engine.generate(behind)
    except EngineError as error:
        if error.code in ("queue_full", "deadline"):
            return True
        raise
    steps = completion.attempts[0].steps if completion.attempts else ()
    return not steps or joined_share(steps[0]) < 0.5


def joined_share(step: Step) -> float:
    """Return the share of a step's listed tokens that would go on with the word before them."""
    total = sum(one.raw_prob for one in step.candidates)
    joined = sum(one.raw_prob for one in step.candidates if _joins(one.text))
    return joined / total if total else 0.0


def _joins(text: str) -> bool:
    shown = token_bytes(text).decode("utf-8", errors="ignore")
    return is_word_character(shown[0]) if shown else bool(token_bytes(text))

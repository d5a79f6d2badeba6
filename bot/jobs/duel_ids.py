"""A duel: one prompt's requests under the strategies of the lesson, which share an id.

Their ids differ in the last digit only, which is their place: whoever knows one finds the others.
"""

from __future__ import annotations

from dataclasses import replace

from bot.features.duel import texts
from bot.jobs.admission import vocab_size
from bot.messages.errors import UserError
from engine import DecodingParams, Engine, GenerationRequest
from engine.explain import contenders

_DIGITS = "0123456789abcdef"


def duel_requests(base: GenerationRequest, engine: Engine) -> tuple[GenerationRequest, ...]:
    """Return a request for each strategy that the model knows; the first one names the duel.

    Args:
        base: Everything but the strategy: of its settings, the length and the word list count.
        engine: Knows the model.

    Raises:
        EngineError: unknown_model.
        UserError: The queue of this installation is too small for all of them.
    """
    strategies = engine.capabilities(base.model).strategies
    vocabulary = vocab_size(engine, base.model)
    found = [
        _within(contender.params, vocabulary)
        for contender in contenders(base.params.max_new_tokens, base.params.bad_words)
        if contender.params.strategy in strategies
    ]
    stats, places = engine.stats(), sum(params.queue_places for params in found)
    if places > stats.queue_limit + stats.workers:
        raise UserError(texts.QUEUE_TOO_SMALL.format(count=places, limit=stats.queue_limit))
    ids = duel_ids(base.request_id)
    return tuple(
        replace(base, params=params, request_id=request_id)
        for params, request_id in zip(found, ids, strict=False)
    )


def duel_ids(reply_id: str) -> tuple[str, ...]:
    """Return the ids that a duel's replies may have, from the id of any of them."""
    return tuple(reply_id[:-1] + digit for digit in _DIGITS)


def place_of(reply_id: str) -> int:
    """Return a reply's 0-based place in its duel."""
    return _DIGITS.index(reply_id[-1])


def _within(params: DecodingParams, vocabulary: int | None) -> DecodingParams:
    """Keep top-k within what a small model has."""
    return params if vocabulary is None else replace(params, top_k=min(params.top_k, vocabulary))

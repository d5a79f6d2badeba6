"""What a duel asks of the engine."""

from __future__ import annotations

from dataclasses import replace

from bot.features.duel import texts
from bot.jobs.admission import vocab_size
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from engine import DecodingParams, Engine, GenerationRequest
from engine.explain import contenders


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


def _within(params: DecodingParams, vocabulary: int | None) -> DecodingParams:
    """Keep top-k within what a small model has."""
    return params if vocabulary is None else replace(params, top_k=min(params.top_k, vocabulary))

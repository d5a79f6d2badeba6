"""What a duel asks of the engine."""

from __future__ import annotations

from dataclasses import replace

from bot.features.duel import texts
from bot.features.duel.contestants import CARD_PLACES, cards, others
from bot.jobs.admission import vocab_size
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from engine import DecodingParams, Engine, GenerationRequest


def card_requests(base: GenerationRequest, engine: Engine) -> tuple[GenerationRequest, ...]:
    """Return a request for each card that the model can write; the first one names the duel.

    Args:
        base: Everything but the strategy: of its settings, the length and the word list count.
        engine: Knows the model.

    Raises:
        EngineError: unknown_model.
        UserError: The queue of this installation is too small for all of them, or the model is on
            a server.
    """
    return _numbered(cards(base), base, engine, CARD_PLACES.start)


def lesson_requests(
    base: GenerationRequest, duel_id: str, engine: Engine
) -> tuple[GenerationRequest, ...]:
    """Return a request for each strategy of the lesson that has no card.

    Args:
        base: As for `card_requests`, with the seed of the cards.
        duel_id: Id of any text of the duel.
        engine: Knows the model.

    Raises:
        EngineError: unknown_model.
        UserError: The queue of this installation is too small for all of them.
    """
    base = replace(base, request_id=duel_id)
    return _numbered(others(base), base, engine, CARD_PLACES.stop)


def _numbered(
    wanted: tuple[GenerationRequest, ...], base: GenerationRequest, engine: Engine, first: int
) -> tuple[GenerationRequest, ...]:
    """Keep what the model knows, and give each its place in the duel, from `first` on."""
    can = engine.capabilities(base.model)
    if can.kind == "remote":
        raise UserError(texts.ELSEWHERE)
    strategies = can.strategies
    vocabulary = vocab_size(engine, base.model)
    found = [
        replace(request, params=_within(request.params, vocabulary))
        for request in wanted
        if request.params.strategy in strategies
    ]
    stats, places = engine.stats(), sum(request.params.queue_places for request in found)
    if places > stats.queue_limit + stats.workers:
        raise UserError(texts.QUEUE_TOO_SMALL.format(count=places, limit=stats.queue_limit))
    ids = duel_ids(base.request_id)[first:]
    return tuple(
        replace(request, request_id=request_id)
        for request, request_id in zip(found, ids, strict=False)
    )


def _within(params: DecodingParams, vocabulary: int | None) -> DecodingParams:
    """Keep top-k within what a small model has."""
    return params if vocabulary is None else replace(params, top_k=min(params.top_k, vocabulary))

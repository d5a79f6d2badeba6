"""What a request must be before it is taken: refused at once, in the person's own answer."""

from __future__ import annotations

from bot.render.model_names import model_info
from engine import RANGES, Engine, EngineError, GenerationRequest


def require_servable(engine: Engine, request: GenerationRequest) -> None:
    """Refuse what the model cannot do, as far as that is known before it is asked.

    Raises:
        EngineError: unknown_model, unsupported, or invalid_params for more than its vocabulary has.
    """
    params = request.params.resolved()
    if params.strategy not in engine.capabilities(request.model).strategies:
        raise EngineError("unsupported", model=request.model)
    known = vocab_size(engine, request.model)
    if params.is_sampled and known is not None and params.top_k > known:
        low = int(RANGES["top_k"].low)
        raise EngineError(
            "invalid_params",
            field="top_k",
            value=params.top_k,
            range=f"{low} ≤ x ≤ {known}",
            high=known,
        )


def require_place(engine: Engine, places: int, entering: int) -> None:
    """Refuse what the queue has no room for.

    Args:
        engine: Says how full it is.
        places: Places in the queue that are asked for.
        entering: Places of requests that are on their way to it.

    Raises:
        EngineError: queue_full.
    """
    stats = engine.stats()
    idle_workers = max(0, stats.workers - stats.running)
    waiting = stats.queued + entering
    if waiting + places > stats.queue_limit + idle_workers:
        raise EngineError("queue_full", position=waiting + 1, limit=stats.queue_limit)


def vocab_size(engine: Engine, model: str | None) -> int | None:
    """Return a model's number of tokens, or None before it is known."""
    info = model_info(engine, model)
    return None if info is None else info.vocab_size

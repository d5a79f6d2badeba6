"""From a request and a model to the strategy that serves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from engine.decoding.banned_words import BannedWords
from engine.decoding.beams.diverse import DiverseBeamSearch
from engine.decoding.beams.sampling import BeamSampling
from engine.decoding.beams.search import BeamSearch
from engine.decoding.contrastive import ContrastiveSearch
from engine.decoding.filter import Filter
from engine.decoding.greedy import GreedySearch
from engine.decoding.ranking import SampleAndRank
from engine.decoding.recording import Recorder
from engine.decoding.sampling import Sampling
from engine.decoding.stages import build_filters
from engine.decoding.stop_strings import StopStrings
from engine.decoding.strategy import DecodingTask, Strategy
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.requests import MAX_CONTRASTIVE_CANDIDATES, DecodingParams, GenerationRequest

_MOST_WORD_LISTS = 4


def new_token_limit(loaded: LoadedModel, params: DecodingParams) -> int:
    """Return how many new tokens fit beside at least one token of context."""
    return max(1, min(params.max_new_tokens, loaded.n_positions - 1))


def build_task(
    loaded: LoadedModel,
    request: GenerationRequest,
    context_ids: Sequence[int],
    prefix_text: str = "",
) -> DecodingTask:
    """Describe a request to its strategy.

    Args:
        loaded: Model that serves it.
        request: The request.
        context_ids: Tokens before the first new one.
        prefix_text: What the request's prefix adds to its prompt.

    Raises:
        EngineError: invalid_params for settings that do not fit the model or each other.
    """
    params = request.params.resolved()
    check_params(loaded, params)
    max_tokens = new_token_limit(loaded, params)
    is_traced = request.trace_top_n > 0
    return DecodingTask(
        params=params,
        context_ids=tuple(context_ids),
        max_tokens=max_tokens,
        limit_reason="length" if max_tokens == params.max_new_tokens else "context",
        eos_ids=loaded.eos_ids,
        filters=model_filters(loaded, params, len(context_ids)),
        recorder=Recorder(loaded.vocabulary, request.trace_top_n) if is_traced else None,
        device=torch.device(loaded.device),
        seed=request.seed,
        first_draw=len(request.prefix_ids),
        stops=StopStrings(loaded.vocabulary, context_ids, params.stop, prefix_text)
        if params.stop
        else None,
    )


def build_strategy(task: DecodingTask) -> Strategy:
    """Return the strategy that the task's settings name."""
    strategies: dict[str, Callable[[DecodingTask], Strategy]] = {
        "greedy": GreedySearch,
        "sample": Sampling,
        "beam": BeamSearch,
        "sample_and_rank": SampleAndRank,
        "beam_sample": BeamSampling,
        "contrastive": ContrastiveSearch,
        "diverse_beam": DiverseBeamSearch,
    }
    return strategies[task.params.strategy](task)


def model_filters(
    loaded: LoadedModel, params: DecodingParams, context_tokens: int
) -> tuple[Filter, ...]:
    """Return the active filters; the index of a word list is built once per model.

    Args:
        loaded: Model.
        params: Resolved settings.
        context_tokens: Tokens before the first new one.
    """
    banned = _banned_words(loaded, params.bad_words) if params.bad_words else None
    device = torch.device(loaded.device)
    return build_filters(params, banned, device, loaded.eos_ids, context_tokens)


def check_params(loaded: LoadedModel, params: DecodingParams) -> None:
    """Refuse what only the model, or two settings together, can show to be wrong.

    Raises:
        EngineError: invalid_params with `field`, `value` and `range`.
    """
    if params.is_sampled and params.top_k > loaded.vocab_size:
        _refuse("top_k", params.top_k, f"0 ≤ x ≤ {loaded.vocab_size}")
    if params.strategy == "contrastive" and params.top_k > MAX_CONTRASTIVE_CANDIDATES:
        _refuse("top_k", params.top_k, f"2 ≤ x ≤ {MAX_CONTRASTIVE_CANDIDATES}")
    if params.is_beam and params.attempts > params.num_beams:
        _refuse("attempts", params.attempts, f"1 ≤ x ≤ {params.num_beams}")
    if params.strategy == "diverse_beam" and params.num_beams % params.num_beam_groups:
        divisors = [n for n in range(1, params.num_beams + 1) if params.num_beams % n == 0]
        _refuse("num_beam_groups", params.num_beam_groups, ", ".join(map(str, divisors)))


def _refuse(field: str, value: int, allowed: str) -> None:
    raise EngineError("invalid_params", field=field, value=value, range=allowed)


def _banned_words(loaded: LoadedModel, words: tuple[str, ...]) -> BannedWords:
    indexes: dict[tuple[str, ...], BannedWords] = loaded.banned_words
    index = indexes.get(words)
    if index is None:
        index = BannedWords(loaded.vocabulary, loaded.vocab_size, words)
        if len(indexes) >= _MOST_WORD_LISTS:
            indexes.clear()
        indexes[words] = index
    return index

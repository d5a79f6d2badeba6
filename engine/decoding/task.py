"""From a request and a model to the strategy that serves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch

from engine.decoding.banned_words import BannedWords
from engine.decoding.beams.diverse import DiverseBeamSearch
from engine.decoding.beams.sampling import BeamSampling
from engine.decoding.beams.search import BeamSearch
from engine.decoding.contrastive import ContrastiveSearch
from engine.decoding.filter import Filter, Process
from engine.decoding.forced import ForcedTokens, NeverTokens
from engine.decoding.function_end import FunctionEnd
from engine.decoding.greedy import GreedySearch
from engine.decoding.plain_text import PlainText, PlainTextIndex
from engine.decoding.ranking import SampleAndRank
from engine.decoding.recording import Recorder
from engine.decoding.same_letters import LettersIndex, SameLetters
from engine.decoding.sampling import Sampling
from engine.decoding.sentence_end import SentenceEnd, SentenceIndex
from engine.decoding.source import Source
from engine.decoding.stages import build_filters
from engine.decoding.stop_strings import StopStrings
from engine.decoding.strategy import DecodingTask, Strategy
from engine.decoding.text_end import FirstEnd, TextEnd
from engine.decoding.word_start import WholeWordStart, WordStartIndex
from engine.decoding_params import MAX_CONTRASTIVE_CANDIDATES, DecodingParams
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.text import Vocabulary

IndexT = TypeVar("IndexT")

_MOST_WORD_LISTS = 4


def new_token_limit(loaded: LoadedModel, params: DecodingParams, context_tokens: int = 1) -> int:
    """Return how many new tokens fit beside at least one token of context.

    Args:
        loaded: Model.
        params: Settings.
        context_tokens: Tokens before the first new one. In a target all of them stay; a prompt is
            cut to make room.
    """
    kept = context_tokens if loaded.transformation is not None else 1
    return max(1, min(_most_tokens(params), loaded.n_positions - kept))


def _most_tokens(params: DecodingParams) -> int:
    return params.max_new_tokens + params.sentence_end_tokens


def build_task(
    loaded: LoadedModel,
    request: GenerationRequest,
    context_ids: Sequence[int],
    prefix_text: str = "",
    source: Source | None = None,
) -> DecodingTask:
    """Describe a request to its strategy.

    Args:
        loaded: Model that serves it.
        request: The request.
        context_ids: Tokens before the first new one.
        prefix_text: What the request's prefix adds to its prompt.
        source: What an encoder-decoder turns into the target.

    Raises:
        EngineError: invalid_params for settings that do not fit the model or each other.
    """
    params = request.params.resolved()
    check_params(loaded, params)
    max_tokens = new_token_limit(loaded, params, len(context_ids))
    is_traced = request.trace_top_n > 0
    first_draw = len(request.prefix_ids)
    filters = model_filters(
        loaded,
        params,
        len(context_ids),
        first_draw,
        source=source,
        target_language=request.target_language,
    )
    return DecodingTask(
        params=params,
        context_ids=tuple(context_ids),
        max_tokens=max_tokens,
        limit_reason="length" if max_tokens == _most_tokens(params) else "context",
        eos_ids=loaded.eos_ids,
        filters=filters,
        recorder=Recorder(loaded.vocabulary, request.trace_top_n) if is_traced else None,
        device=torch.device(loaded.device),
        seed=request.seed,
        first_draw=first_draw,
        stops=_text_end(loaded, request, context_ids, prefix_text),
        sentence_end=next((f.process for f in filters if isinstance(f.process, SentenceEnd)), None),
        source=source,
    )


def _text_end(
    loaded: LoadedModel, request: GenerationRequest, context_ids: Sequence[int], prefix_text: str
) -> TextEnd | None:
    ends: list[TextEnd] = []
    if request.params.stop:
        ends.append(StopStrings(loaded.vocabulary, context_ids, request.params.stop, prefix_text))
    if request.ends_with == "function":
        ends.append(FunctionEnd(loaded.vocabulary, context_ids, len(request.prefix_ids)))
    return FirstEnd(ends) if len(ends) > 1 else next(iter(ends), None)


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
    loaded: LoadedModel,
    params: DecodingParams,
    context_tokens: int,
    prefix_tokens: int = 0,
    *,
    source: Source | None = None,
    target_language: str | None = None,
) -> tuple[Filter, ...]:
    """Return the active filters; what they look up in a vocabulary is built once per model.

    Args:
        loaded: Model.
        params: Resolved settings.
        context_tokens: Tokens before the first new one.
        prefix_tokens: How many of them are not the prompt's, at their end.
        source: What an encoder-decoder turns into the target.
        target_language: Which the target is to be written in.
    """
    prompt_tokens = max(0, context_tokens - prefix_tokens)
    own = _forced(loaded, params, context_tokens, target_language)
    sides = loaded.transformation
    if source is not None and sides is not None and sides.keeps_letters:
        index = _index(loaded, LettersIndex)
        eos_ids = sorted(loaded.eos_ids)
        own["same_letters"] = SameLetters(index, source.text, eos_ids, sides.spellings)
    if params.bad_words:
        own["bad_words"] = _banned_words(loaded, params.bad_words)
    if params.whole_word_start:
        own["whole_word_start"] = WholeWordStart(_index(loaded, WordStartIndex), prompt_tokens)
    if params.plain_text:
        allowed = None if source is None else PlainTextIndex.spoilers_of(source.text)
        own["plain_text"] = PlainText(_index(loaded, PlainTextIndex), prompt_tokens, allowed)
    if params.sentence_end_tokens:
        own["sentence_end_tokens"] = SentenceEnd(
            _index(loaded, SentenceIndex),
            first=context_tokens + params.max_new_tokens,
            tokens=params.sentence_end_tokens,
        )
    device = torch.device(loaded.device)
    return build_filters(params, own, device, loaded.eos_ids, context_tokens)


def _forced(
    loaded: LoadedModel, params: DecodingParams, context_tokens: int, target_language: str | None
) -> dict[str, Process]:
    """Return what an encoder-decoder's checkpoint decides by itself."""
    sides = loaded.transformation
    own: dict[str, Process] = {}
    if sides is None:
        return own
    if never := [i for i in sides.never_ids if i not in loaded.eos_ids]:
        own["bad_words_ids"] = NeverTokens(never)
    first_id = sides.first_for(target_language)
    if first_id is not None or sides.last_ids:
        limit = new_token_limit(loaded, params, context_tokens)
        own["forced"] = ForcedTokens(first_id, sides.last_ids, context_tokens + limit - 1)
    return own


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


def _index(loaded: LoadedModel, kind: Callable[[Vocabulary, int], IndexT]) -> IndexT:
    """Return what a filter looks up in the vocabulary, built when it is first wanted."""
    indexes: dict[Any, Any] = loaded.indexes
    if kind not in indexes:
        indexes[kind] = kind(loaded.vocabulary, loaded.vocab_size)
    index: IndexT = indexes[kind]
    return index


def _banned_words(loaded: LoadedModel, words: tuple[str, ...]) -> BannedWords:
    indexes: dict[tuple[str, ...], BannedWords] = loaded.banned_words
    index = indexes.get(words)
    if index is None:
        index = BannedWords(loaded.vocabulary, loaded.vocab_size, words)
        if len(indexes) >= _MOST_WORD_LISTS:
            indexes.clear()
        indexes[words] = index
    return index

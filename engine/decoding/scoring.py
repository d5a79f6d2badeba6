"""Teacher forcing: the steps of a text that is already written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import torch

from engine.decoding.choices import require_finite
from engine.decoding.prompt import (
    cut_left,
    encode,
    require_known,
    require_readable,
    tokenize,
)
from engine.decoding.recording import Recorder
from engine.decoding.source import Order, Source, encode_source, source_of
from engine.decoding.stages import StageRecord, apply_filters
from engine.decoding.task import check_params, model_filters, new_token_limit
from engine.errors import EngineError
from engine.models.forward import ModelForward
from engine.models.loaded import LoadedModel
from engine.requests import ScoreRequest
from engine.trace import Step


def score(loaded: LoadedModel, request: ScoreRequest) -> tuple[Step, ...]:
    """Return one step per token, with the values that the trace of a run would have.

    A continuation given as text is tokenized together with its prompt; where a token reaches over
    the boundary, the steps begin with that token. With an empty prompt the whole text is scored;
    its first token has a step only if the tokenizer puts a BOS before it, since a model gives no
    probability to what nothing precedes. For an encoder-decoder the prompt is the source, and the
    target stands by itself; one given as text gets the token before it that is forced. Nothing is
    drawn: `Step.draw` is None. There are no other groups of beams, so nothing is taken off for what
    they choose.

    Args:
        loaded: Model and tokenizer.
        request: Text, settings and number of candidates.

    Raises:
        EngineError: invalid_params for a text longer than the model can look at, or settings that
            do not fit the model; invalid_logits; out_of_memory.
    """
    params = request.params.resolved()
    check_params(loaded, params)
    source: Source | None = None
    if loaded.transformation is None:
        ids, first = _encode(loaded, request)
    else:
        source, ids, first = _encode_target(loaded, request)
    device = torch.device(loaded.device)
    filters = model_filters(
        loaded, params, first, source=source, target_language=request.target_language
    )
    forward = ModelForward(loaded, source_ids=() if source is None else source.ids)
    recorder = Recorder(loaded.vocabulary, request.trace_top_n)
    text = torch.tensor([ids], dtype=torch.long, device=device)
    steps = []
    with torch.inference_mode():
        # What follows the last token is not asked for.
        for position, row in enumerate(forward.read(ids[:-1], first - 1), first):
            logits = require_finite(row)
            entering = torch.log_softmax(logits, -1) if params.is_beam else logits
            records: list[StageRecord] = []
            apply_filters(filters, text[:, :position], entering, records)
            snapshot = recorder.snapshot(records, logits if params.is_beam else None)
            steps.append(snapshot.step(0, ids[position], None))
    return tuple(steps)


def _encode(loaded: LoadedModel, request: ScoreRequest) -> tuple[list[int], int]:
    """Return the ids of prompt and continuation, and the index of the first to be scored."""
    prompt = encode(loaded, request.prompt, "prompt")
    prompt_ids = prompt.ids
    if isinstance(request.continuation, str):
        ids = encode(loaded, request.prompt + request.continuation, "continuation").ids
        pairs = zip(prompt_ids, ids, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        prompt_ids, continuation = ids[:shared], ids[shared:]
    else:
        continuation = list(request.continuation)
        require_known(loaded, "continuation", continuation)
    _require_short(
        continuation, loaded.n_positions - max(int(bool(request.prompt)), prompt.leading)
    )
    if prompt_ids:
        # The same tokens that a run with these settings would have seen.
        limit = max(len(continuation), new_token_limit(loaded, request.params))
        prompt_ids = cut_left(prompt_ids, prompt.leading, loaded.n_positions - limit)
    return [*prompt_ids, *continuation], max(1, len(prompt_ids))


def _encode_target(
    loaded: LoadedModel, request: ScoreRequest
) -> tuple[Source | None, list[int], int]:
    """Return the source, the ids of a target, and the index of the first to be scored."""
    assert loaded.transformation is not None
    order = Order(
        task=request.task,
        source_language=request.source_language,
        target_language=request.target_language,
    )
    prompt = encode_source(loaded, order, request.prompt)
    if isinstance(request.continuation, str):
        first_id = loaded.transformation.first_for(request.target_language)
        ids = tokenize(loaded.tokenizer, request.continuation, adds_special=False)[0]
        require_readable(loaded, "continuation", ids)
        continuation = ids if first_id is None else [first_id, *ids]
    else:
        continuation = list(request.continuation)
        require_known(loaded, "continuation", continuation)
    _require_short(continuation, loaded.n_positions - len(prompt.ids))
    return source_of(loaded, prompt.source_ids), [*prompt.ids, *continuation], len(prompt.ids)


def _require_short(continuation: Sequence[int], longest: int) -> None:
    if len(continuation) > longest:
        raise EngineError(
            "invalid_params",
            field="continuation",
            value=len(continuation),
            range=f"1 ≤ x ≤ {longest}",
        )

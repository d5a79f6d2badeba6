"""One decision made again: the model's logits, and what any settings make of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from engine.decoding.choices import require_finite, require_left
from engine.decoding.die import draw_token
from engine.decoding.filter import Filter
from engine.decoding.prompt import require_known
from engine.decoding.recording import Recorder, Snapshot
from engine.decoding.source import Source, source_of
from engine.decoding.stages import StageRecord, apply_filters
from engine.decoding.task import check_params, model_filters
from engine.decoding_params import DecodingParams
from engine.errors import EngineError
from engine.explain.inside_values import CONTEXT_TOO_LONG
from engine.models.forward import ModelForward
from engine.models.loaded import LoadedModel
from engine.trace import Draw


class Decision:
    """The logits of one step, stored so that settings can be tried without the model.

    Args:
        loaded: Model.
        ids: Everything before the step.
        logits: float32, shape (1, vocab).
        written: How many of the ids are new tokens, at their end.
        prefix_tokens: How many before those are the request's prefix.
        source: What an encoder-decoder turns into the target.
        target_language: Which that is to be written in.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        ids: Sequence[int],
        logits: Tensor,
        written: int,
        *,
        prefix_tokens: int = 0,
        source: Source | None = None,
        target_language: str | None = None,
    ) -> None:
        self.logits = logits
        self.ids = tuple(ids)
        self._loaded = loaded
        self._context_tokens = len(self.ids) - written
        self._prefix_tokens = prefix_tokens
        self._source = source
        self._target_language = target_language
        self._ids = torch.tensor([self.ids], dtype=torch.long, device=logits.device)

    def scores(self, params: DecodingParams, records: list[StageRecord] | None = None) -> Tensor:
        """Return the processed scores, float32, shape (1, vocab).

        Args:
            params: Resolved settings.
            records: Where each stage is noted.

        Raises:
            EngineError: invalid_logits when the filters leave nothing.
        """
        filters = self._filters(params)
        entering = self._entering(params)
        scores = apply_filters(filters, self._ids, entering, records)
        return require_left(scores, filters, self._ids, entering)

    def reshaped(self, params: DecodingParams) -> Tensor:
        """Return the scores after the stages that remove nothing, without the cuts."""
        filters = self._filters(params)
        reshaping = [f for f in filters if f.kind == "reshape"]
        return apply_filters(reshaping, self._ids, self._entering(params))

    def snapshot(
        self, params: DecodingParams, top_n: int, records: list[StageRecord] | None = None
    ) -> tuple[Snapshot, Tensor]:
        """Return the record of the step with these settings, and its processed scores.

        Args:
            params: Resolved settings.
            top_n: Candidates of the record.
            records: Where each stage is noted, if the caller wants to see it too; empty.
        """
        stages = [] if records is None else records
        scores = self.scores(params, stages)
        recorder = Recorder(self._loaded.vocabulary, top_n)
        return recorder.snapshot(stages, self.logits if params.is_beam else None), scores

    def _filters(self, params: DecodingParams) -> tuple[Filter, ...]:
        return model_filters(
            self._loaded,
            params,
            self._context_tokens,
            self._prefix_tokens,
            source=self._source,
            target_language=self._target_language,
        )

    def _entering(self, params: DecodingParams) -> Tensor:
        return torch.log_softmax(self.logits, -1) if params.is_beam else self.logits


def choose(params: DecodingParams, scores: Tensor, u: float) -> tuple[int, Draw | None]:
    """Return the token that comes out of processed scores.

    Beam search weighs whole texts, contrastive search vectors; here the best single token stands
    for what they choose.

    Args:
        params: Resolved settings.
        scores: Shape (1, vocab).
        u: The die, 0 ≤ u < 1.
    """
    if params.draws_tokens:
        return draw_token(scores[0], u)
    return int(scores[0].argmax()), None


def read_decisions(
    loaded: LoadedModel,
    params: DecodingParams,
    context_ids: Sequence[int],
    continuations: Sequence[Sequence[int]] = ((0,),),
    *,
    written: int = 0,
    prefix_tokens: int = 0,
    source_ids: Sequence[int] = (),
    target_language: str | None = None,
) -> list[list[Decision]]:
    """Read a context once, and the continuations beside each other.

    Args:
        loaded: Model.
        params: Settings, checked against the model.
        context_ids: Tokens before the first decision.
        continuations: Token ids, each at least one; its last token is not read.
        written: How many of the context's tokens the request has written, at its end.
        prefix_tokens: How many before those are the request's prefix.
        source_ids: What an encoder-decoder turns into the target.
        target_language: Which that is to be written in.

    Returns:
        For each continuation, the decision before each of its tokens.

    Raises:
        EngineError: invalid_params for what does not fit the model; invalid_logits;
            out_of_memory; unsupported for an encoder-decoder without a source.
    """
    check_params(loaded, params)
    source = source_of(loaded, source_ids)
    require_known(loaded, "context_ids", context_ids)
    longest = max(map(len, continuations))
    require_room(loaded.n_positions, len(context_ids) + longest - 1)
    forward = ModelForward(loaded, source_ids=() if source is None else source.ids)
    logits = require_finite(forward.prefill(context_ids))
    decide = partial(
        Decision, prefix_tokens=prefix_tokens, source=source, target_language=target_language
    )
    first = decide(loaded, context_ids, logits, written)
    decisions = [[first] for _ in continuations]
    row_of = dict.fromkeys(range(len(continuations)), 0)
    for depth in range(1, longest):
        growing = [i for i, tokens in enumerate(continuations) if len(tokens) > depth]
        tokens = [continuations[i][depth - 1] for i in growing]
        logits = require_finite(forward.feed(tokens, [row_of[i] for i in growing]))
        row_of = {i: row for row, i in enumerate(growing)}
        for i, row in row_of.items():
            ids = [*context_ids, *continuations[i][:depth]]
            own = logits[row : row + 1]
            decisions[i].append(decide(loaded, ids, own, written + depth))
    return decisions


def require_room(limit: int, length: int) -> None:
    """Refuse a text that is empty or too long.

    Raises:
        EngineError: invalid_params; of one that is too long, `reason` context_too_long and `limit`.
    """
    if not 1 <= length <= limit:
        raise EngineError(
            "invalid_params",
            field="context_ids",
            value=length,
            range=f"1 ≤ x ≤ {limit}",
            reason=CONTEXT_TOO_LONG if length > limit else None,
            limit=limit,
        )

"""One request at a time on the model's own cache: right for every architecture."""

from __future__ import annotations

import time
from collections import deque
from typing import Literal

import torch

from engine.decoding.prompt import encode_prompt
from engine.decoding.strategy import Feed, Hypothesis
from engine.decoding.task import build_strategy, build_task, new_token_limit
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.runtime.forward import ModelForward
from engine.text import TextStream, text_after
from engine.trace import Attempt, Completion, FinishReason, Progress


class PlainRun:
    """The run of one `GenerationRequest`; belongs to one thread.

    Args:
        loaded: Model that serves it.
        request: The request.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    def __init__(self, loaded: LoadedModel, request: GenerationRequest) -> None:
        self._loaded = loaded
        self._request = request
        room = loaded.n_positions - new_token_limit(loaded, request.params)
        self._prompt = encode_prompt(loaded, request.prompt, request.prefix_ids, room)
        self._task = build_task(loaded, request, self._prompt.ids)
        self._strategy = build_strategy(self._task)
        forward = ModelForward(loaded)
        self._forward: ModelForward | None = forward
        self._unread = deque(forward.pieces(self._prompt.ids))
        self._feed: Feed | None = None
        self._stop_reason: FinishReason | None = None
        self._texts: dict[int, str] = {}
        self._streams: dict[int, tuple[list[int], TextStream]] = {}
        self._prefill_s = 0.0
        self._decode_s = 0.0

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        return self._forward is None

    @property
    def has_tokens(self) -> bool:
        """A token exists, so there is a partial text."""
        return self._feed is not None

    @property
    def new_tokens(self) -> int:
        """Tokens made so far, over all attempts."""
        return sum(len(hypothesis.token_ids) for hypothesis in self._strategy.hypotheses())

    def step(self) -> None:
        """Do one forward pass: read a piece of the context, or choose the next tokens.

        The pass that reads the last piece chooses the first tokens.

        Raises:
            EngineError: invalid_logits with what exists so far as `partial`, out_of_memory.
        """
        if self._forward is None:
            return
        started_s = time.perf_counter()
        try:
            with torch.inference_mode():
                feed = self._advance(self._forward)
        except EngineError as error:
            self._forward = None
            raise self._with_partial(error) from error
        elapsed_s = time.perf_counter() - started_s
        if self._feed is None:
            self._prefill_s += elapsed_s
        else:
            self._decode_s += elapsed_s
        self._feed = feed
        if feed is not None and not feed.tokens:
            self._forward = None

    def progress(self) -> tuple[Progress, ...]:
        """Return the attempts whose text changed since the last call."""
        changed = []
        for attempt, hypothesis in enumerate(self._strategy.hypotheses()):
            text = self._text_so_far(attempt, hypothesis.token_ids)
            if self._texts.get(attempt, "") != text:
                self._texts[attempt] = text
                tokens = len(hypothesis.token_ids)
                changed.append(Progress(attempt=attempt, text=text, tokens=tokens))
        return tuple(changed)

    def stop(self, reason: Literal["cancelled", "deadline"]) -> None:
        """End every attempt that still grows."""
        if self._forward is not None:
            self._stop_reason = reason
            self._forward = None

    def completion(self, queue_s: float) -> Completion:
        """Return the answer of a run that is done, or was stopped with tokens.

        Raises:
            EngineError: cancelled or deadline, for a run stopped before its first token.
        """
        if not self.has_tokens:
            raise EngineError("deadline" if self._stop_reason == "deadline" else "cancelled")
        loaded, request = self._loaded, self._request
        return Completion(
            request_id=request.request_id,
            model=loaded.name,
            revision=loaded.revision,
            precision=loaded.precision,
            device=loaded.device,
            seed=request.seed,
            params=self._task.params,
            inactive=request.params.inactive(),
            prompt_tokens=self._prompt.prompt_tokens,
            truncated_tokens=self._prompt.truncated_tokens,
            queue_s=queue_s,
            prefill_s=self._prefill_s,
            decode_s=self._decode_s,
            attempts=tuple(self._attempt(h) for h in self._strategy.hypotheses()),
            beams=self._strategy.beam_tree(),
            prompt_ids=self._prompt.ids,
        )

    def _advance(self, forward: ModelForward) -> Feed | None:
        if self._feed is not None:
            logits = forward.feed(self._feed.tokens, self._feed.parents)
        else:
            logits = forward.prefill(self._unread.popleft())
        return None if self._unread else self._strategy.advance(logits)

    def _with_partial(self, error: EngineError) -> EngineError:
        partial = self.completion(queue_s=0.0) if self.has_tokens else None
        return EngineError(error.code, partial, **error.details)

    def _attempt(self, hypothesis: Hypothesis) -> Attempt:
        # "stop" is what is left: the run broke off by itself, as with logits that are no numbers.
        reason = hypothesis.finish_reason or self._stop_reason or "stop"
        return Attempt(
            token_ids=tuple(hypothesis.token_ids),
            text=text_after(self._loaded.vocabulary, self._prompt.ids, hypothesis.token_ids),
            logprob=hypothesis.logprob,
            score=hypothesis.score,
            finish_reason=reason,
            steps=tuple(hypothesis.steps),
        )

    def _text_so_far(self, attempt: int, token_ids: list[int]) -> str:
        """Decode what is new of an attempt, or all of it where a beam rewrote it."""
        known, stream = self._streams.get(attempt, ([], None))
        if stream is None or token_ids[: len(known)] != known:
            known, stream = [], TextStream(self._loaded.vocabulary, self._prompt.ids)
            self._streams[attempt] = known, stream
        for token_id in token_ids[len(known) :]:
            stream.append(token_id)
            known.append(token_id)
        return stream.text

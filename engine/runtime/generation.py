"""One request from its prompt to its completion, whichever runner makes the logits."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

from torch import Tensor

from engine.decoding.prompt import EncodedPrompt, encode_prompt
from engine.decoding.source import Order, encode_transformation, source_of
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.decoding.task import build_strategy, build_task, new_token_limit
from engine.errors import NO_TOKEN_LEFT, EngineError
from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.text import TextStream, text_after
from engine.trace import Attempt, Completion, FinishReason, Progress


class Generation:
    """The strategy of one `GenerationRequest` and what it has written; belongs to one thread.

    Attributes:
        prompt_ids: What the model reads first; of an encoder-decoder, of its target.
        source_ids: What the encoder reads; () where there is none.
        feed: Rows that the model must run next; None before the first token.
        max_rows: Most rows that it runs at once.
        max_length: Most tokens that the model sees in one row.
        needs_hidden: Whether `observe` must get the last hidden states.

    Args:
        loaded: Model that serves it.
        request: The request.
        attempts: Which of its attempts are made here, where others are made apart; None for all.
        sibling: One that makes others, and has read the same prompt; what it knows is shared.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        request: GenerationRequest,
        attempts: range | None = None,
        sibling: Generation | None = None,
    ) -> None:
        self._loaded = loaded
        self._request = request
        self._prompt: EncodedPrompt = sibling._prompt if sibling else _read_prompt(loaded, request)
        task: DecodingTask = sibling._task if sibling else self._describe()
        self._task: DecodingTask = replace(task, attempts=attempts)
        self._strategy = build_strategy(self._task)
        self._is_done = False
        self._has_tokens = False
        self._stop_reason: FinishReason | None = None
        self._texts: dict[int, str] = {}
        self._streams: dict[int, tuple[list[int], TextStream]] = {}
        self._clock_s = time.perf_counter()
        self._prefill_s = 0.0
        self._decode_s = 0.0
        self.prompt_ids = self._prompt.ids
        self.source_ids = self._prompt.source_ids
        self.feed: Feed | None = None
        self.max_rows = self._strategy.max_rows
        self.needs_hidden = self._strategy.needs_hidden
        # The last token is never read.
        self.max_length = len(self.prompt_ids) + self._task.max_tokens - 1

    @property
    def strategy(self) -> Strategy:
        """What chooses its tokens."""
        return self._strategy

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        return self._is_done

    @property
    def has_tokens(self) -> bool:
        """A token exists, so there is a partial text."""
        return self._has_tokens

    @property
    def new_tokens(self) -> int:
        """Tokens made so far, over all attempts."""
        return sum(len(hypothesis.token_ids) for hypothesis in self._strategy.hypotheses())

    def row_ids(self) -> Tensor:
        """Return all tokens of the rows that run, int64, shape (rows, tokens)."""
        return self._strategy.row_ids

    def start_clock(self) -> None:
        """Count the time from here on as spent on this request."""
        self._clock_s = time.perf_counter()

    def count_time(self) -> None:
        """Count the time since the last look at the clock, as prefill until the first token."""
        now_s = time.perf_counter()
        if self.feed is None:
            self._prefill_s += now_s - self._clock_s
        else:
            self._decode_s += now_s - self._clock_s
        self._clock_s = now_s

    def observe(self, hidden: Tensor) -> None:
        """Show the strategy the last hidden states of what was read."""
        self._strategy.observe(hidden)

    def accept(self, logits: Tensor) -> None:
        """Choose the next tokens.

        Args:
            logits: Of the context at first, then of the rows of `feed`, shape (rows, vocab).

        Raises:
            EngineError: invalid_logits, with what exists so far as `partial`.
        """
        try:
            feed = self._strategy.advance(logits)
        except EngineError as error:
            raise self.fail(error) from error
        self.count_time()
        self.feed = feed
        self._is_done = not feed.tokens
        # A strategy that tries its candidates first has written nothing after its first step.
        self._has_tokens = self._has_tokens or any(
            hypothesis.token_ids for hypothesis in self._strategy.hypotheses()
        )

    def fail(self, error: EngineError) -> EngineError:
        """End with an error; return it with what exists so far as `partial`."""
        self._is_done = True
        if error.reason == NO_TOKEN_LEFT:
            self._stop_reason = NO_TOKEN_LEFT
        partial = self.completion(queue_s=0.0) if self.has_tokens else None
        return EngineError(error.code, partial, **error.details)

    def progress(self) -> tuple[Progress, ...]:
        """Return the attempts whose text changed since the last call."""
        changed = []
        first = 0 if self._task.attempts is None else self._task.attempts.start
        for attempt, hypothesis in enumerate(self._strategy.hypotheses(), start=first):
            text = self._text_so_far(attempt, hypothesis)
            if self._texts.get(attempt, "") != text:
                self._texts[attempt] = text
                changed.append(self._progress_of(attempt, text, hypothesis))
        return tuple(changed)

    def stop(self, reason: Literal["cancelled", "deadline"]) -> None:
        """End every attempt that still grows."""
        if not self._is_done:
            self._stop_reason = reason
            self._is_done = True

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
            attempts=tuple(self._attempt(h) for h in self._strategy.results()),
            beams=self._strategy.beam_tree(),
            prompt_ids=self._prompt.ids,
            prefix_text=self._prompt.prefix_text,
            control_tokens=self._prompt.control_tokens,
            ends_with=request.ends_with,
            source_ids=self._prompt.source_ids,
            source_characters=self._prompt.source_characters,
        )

    def _describe(self) -> DecodingTask:
        prompt = self._prompt
        source = source_of(self._loaded, prompt.source_ids)
        return build_task(self._loaded, self._request, prompt.ids, prompt.prefix_text, source)

    def _attempt(self, hypothesis: Hypothesis) -> Attempt:
        # "stop" without a stop string: it broke off by itself, as with logits that are no numbers.
        reason = hypothesis.finish_reason or self._stop_reason or "stop"
        text = text_after(self._loaded.vocabulary, self._prompt.ids, hypothesis.token_ids)
        stops = self._task.stops
        return Attempt(
            token_ids=tuple(hypothesis.token_ids),
            text=text if stops is None else stops.cut(text),
            logprob=hypothesis.logprob,
            score=hypothesis.score,
            finish_reason=reason,
            steps=tuple(hypothesis.steps),
            die=hypothesis.die,
        )

    def _progress_of(self, attempt: int, text: str, hypothesis: Hypothesis) -> Progress:
        tokens = len(hypothesis.token_ids)
        if not self._strategy.only_grows:
            return Progress(attempt=attempt, text=text, tokens=tokens)
        return Progress(
            attempt=attempt,
            text=text,
            tokens=tokens,
            token_ids=tuple(hypothesis.token_ids),
            logprob=hypothesis.logprob,
        )

    def _text_so_far(self, attempt: int, hypothesis: Hypothesis) -> str:
        """Decode what is new of an attempt, or all of it where a beam rewrote it."""
        token_ids = hypothesis.token_ids
        known, stream = self._streams.get(attempt, ([], None))
        if stream is None or token_ids[: len(known)] != known:
            known, stream = [], TextStream(self._loaded.vocabulary, self._prompt.ids)
            self._streams[attempt] = known, stream
        for token_id in token_ids[len(known) :]:
            stream.append(token_id)
            known.append(token_id)
        stops = self._task.stops
        if stops is None:
            return stream.text
        is_growing = hypothesis.finish_reason is None
        return stops.settled(stream.text) if is_growing else stops.cut(stream.text)


def _read_prompt(loaded: LoadedModel, request: GenerationRequest) -> EncodedPrompt:
    if loaded.transformation is not None:
        return encode_transformation(
            loaded,
            Order(
                task=request.task,
                source_language=request.source_language,
                target_language=request.target_language,
            ),
            request.prompt,
            request.prefix_ids,
        )
    room = loaded.n_positions - new_token_limit(loaded, request.params)
    return encode_prompt(loaded, request.prompt, request.prefix_ids, room)

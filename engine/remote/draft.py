"""A text whose replica is gone: what is known of it, the rest to ask another for, and the whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from engine.remote.wire import Record, WireError
from engine.requests import GenerationRequest
from engine.status import ModelInfo
from engine.trace import Completion, Progress

_GROWING = ("greedy", "sample")


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """A text as a record had it.

    Attributes:
        logprob: Sum over its tokens.
    """

    tokens: int = 0
    text: str = ""
    logprob: float = 0.0


class Draft:
    """What has come of one request's answer.

    A text that only grows goes on from its tokens, as if nothing had happened. Any other is written
    again from its start, which gives the same: the request is a pure value. What has been shown
    is not shown again.

    Args:
        request: What is asked for.
        info: The model that answers it.
    """

    def __init__(self, request: GenerationRequest, info: ModelInfo) -> None:
        self.request = request
        self._most_kept = request.params.max_new_tokens - 1 if _can_go_on(request, info) else 0
        self._started_s = time.monotonic()
        self._first_s: float | None = None
        self._head_s = 0.0
        self._runs = 0
        self._shown: dict[int, int] = {}
        self._ids: list[int] = []
        self._marks: list[_Mark] = []
        self._head = _Mark()

    @property
    def is_begun(self) -> bool:
        """Tell whether anything has been written."""
        return bool(self._shown)

    def rest(self) -> GenerationRequest:
        """Return what to ask for now: at first all of it.

        Its id is its own, since a replica may still have the one before.
        """
        request, run = self.request, self._runs
        self._runs += 1
        if run == 0:
            return request
        self._keep_head()
        now_s = time.monotonic()
        if self._first_s is not None:
            self._head_s = now_s - self._first_s
        if request.deadline_s is not None:
            left_s = max(0.0, request.deadline_s - (now_s - self._started_s))
            request = replace(request, deadline_s=left_s)
        if self._head.tokens:
            params = request.params.after(self._head.tokens)
            request = replace(request, prefix_ids=tuple(self._ids), params=params)
        return replace(request, request_id=f"{request.request_id}.{run}")

    def accept(self, record: Record) -> Progress | None:
        """Take a progress; return it as one of the whole, or None for what has been shown.

        Raises:
            WireError: It is of another shape, or does not follow from what came before.
        """
        try:
            attempt, tokens = int(record["attempt"]), int(record["tokens"]) + self._head.tokens
            text = self._head.text + str(record["text"])
            if self._most_kept:
                self._note(record, tokens, text)
        except (KeyError, TypeError, ValueError) as error:
            raise WireError("a progress of another shape") from error
        if self._first_s is None:
            self._first_s = time.monotonic()
        if tokens <= self._shown.get(attempt, 0):
            return None
        self._shown[attempt] = tokens
        return Progress(attempt=attempt, text=text, tokens=tokens)

    def whole(self, completion: Completion) -> Completion:
        """Return the answer to the request from that to its rest."""
        request, head = self.request, self._head.tokens
        completion = replace(completion, request_id=request.request_id)
        if not head:
            return completion
        (rest,) = completion.attempts
        logprob = None if rest.logprob is None else self._head.logprob + rest.logprob
        attempt = replace(
            rest,
            token_ids=(*self._ids[:head], *rest.token_ids),
            text=(completion.prefix_text or "") + rest.text,
            logprob=logprob,
            score=logprob,
        )
        return replace(
            completion,
            params=request.params.resolved(),
            inactive=request.params.inactive(),
            decode_s=self._head_s + completion.decode_s,
            attempts=(attempt,),
            prompt_ids=completion.prompt_ids[:-head],
            prefix_text="",
        )

    def _note(self, record: Record, tokens: int, text: str) -> None:
        """Keep the tokens that a record brings, and what they amount to."""
        if "ids" not in record:
            return
        self._ids += record["ids"]
        if len(self._ids) != tokens:
            raise WireError("tokens are missing")
        logprob = self._head.logprob + float(record["logprob"])
        self._marks.append(_Mark(tokens=tokens, text=text, logprob=logprob))

    def _keep_head(self) -> None:
        """Drop what cannot be gone on from: the newest token may have ended the text."""
        known = len(self._ids)
        kept = [mark for mark in self._marks if mark.tokens < min(known, self._most_kept + 1)]
        self._head = kept[-1] if kept else _Mark()
        self._marks = kept
        del self._ids[self._head.tokens :]


def _can_go_on(request: GenerationRequest, info: ModelInfo) -> bool:
    """Tell whether the rest of a text can be asked for so that nothing shows it.

    Not of several texts, of one whose end may begin before the rest, or of one whose prompt would
    be cut elsewhere; nor of a traced one, whose steps are made at its end, from all of it.
    """
    params = request.params.resolved()
    limit = params.max_new_tokens + params.sentence_end_tokens
    return (
        info.kind == "decoder"
        and params.strategy in _GROWING
        and params.queue_places == 1
        and not (request.prefix_ids or params.stop or request.ends_with)
        and info.n_positions is not None
        and limit < info.n_positions
        and not request.trace_top_n
    )

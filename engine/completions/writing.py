"""What a server has written of a request so far, and the completion that it ends in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.completions.answer import Chunk, Piece
from engine.completions.body import Manners, effective, sent, top_n_of, unsent
from engine.completions.pieces import ids_of, text_of
from engine.completions.word_guard import WordGuard
from engine.errors import EngineError
from engine.listed import ListedStep, RemoteFacts
from engine.models.remote import RemoteSource
from engine.requests import GenerationRequest
from engine.runtime.backend import StopReason
from engine.trace import Attempt, Completion, FinishReason, Progress

PRECISION = "remote"
"""Stands where the precision does: a server does not say it."""
DEVICE = "remote"
_ENDS: dict[str, FinishReason] = {"stop": "eos", "length": "length"}


@dataclass
class _Text:
    """One attempt.

    Attributes:
        guard: Keeps the word list.
        said: All that the server wrote; what is shown may end before.
        pieces: As they came, where the server gives no chances.
        end: In the server's words.
        cut: Where the text ends, if not where the server ends it.
        is_listed_word: Whether it ends before a word that may not be written.
    """

    guard: WordGuard
    said: str = ""
    pieces: list[str] = field(default_factory=list)
    steps: list[ListedStep] = field(default_factory=list)
    end: str | None = None
    cut: int | None = None
    is_listed_word: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing more is taken from it."""
        return self.end is not None or self.cut is not None

    @property
    def text(self) -> str:
        """What may be shown once it has ended."""
        return self.said if self.cut is None else self.said[: self.cut]


class RemoteWriting:
    """The texts of one request; belongs to one task.

    Args:
        source: The model and its server.
        name: What the model is called here.
        request: The request.
        manners: What the server takes.
    """

    def __init__(
        self, source: RemoteSource, name: str, request: GenerationRequest, manners: Manners
    ) -> None:
        self._source = source
        self._name = name
        self._request = request
        self._manners = manners
        params = request.params.resolved()
        self._params = params
        self._prefix_text = text_of(request.prefix_ids)
        before = request.prompt + self._prefix_text
        self._texts = [
            _Text(guard=WordGuard(params.bad_words, before)) for _ in range(params.queue_places)
        ]
        self._shown: dict[int, str] = {}
        self._started_s = time.perf_counter()
        self._first_s: float | None = None
        self._last_s = self._started_s
        self._model: str | None = None
        self._fingerprint: str | None = None
        self._prompt_tokens: int | None = None
        self._stop_reason: StopReason | None = None
        self._fault: str | None = None

    @property
    def has_tokens(self) -> bool:
        """A text exists, so there is a partial answer."""
        return any(text.said for text in self._texts)

    @property
    def new_tokens(self) -> int:
        """Tokens so far over all attempts: pieces, where the server does not tell tokens."""
        return sum(len(text.steps) or len(text.pieces) for text in self._texts)

    @property
    def is_over(self) -> bool:
        """Nothing more is wanted, whatever the server still sends."""
        return all(text.is_over for text in self._texts)

    @property
    def is_whole(self) -> bool:
        """Nothing more is worth waiting for: the server's count of the tokens comes at the end."""
        is_counted = self._prompt_tokens is not None or "stream_options" not in self._manners.takes
        is_cut = any(text.cut is not None for text in self._texts)
        return self.is_over and (is_counted or is_cut)

    @property
    def is_only_one(self) -> bool:
        """Whether the first text is whole, and nothing of the others has come."""
        first, *others = self._texts
        return first.is_over and bool(others) and not any(o.said or o.is_over for o in others)

    def is_attempt_over(self, attempt: int) -> bool:
        """Tell whether one text has ended."""
        return self._texts[attempt].is_over

    def accept(self, chunk: Chunk, *, attempt: int | None = None) -> None:
        """Take what a message adds.

        Args:
            chunk: The message.
            attempt: The only one that was asked for; None where the server numbers them.
        """
        self._last_s = time.perf_counter()
        self._model = chunk.model or self._model
        self._fingerprint = chunk.fingerprint or self._fingerprint
        if chunk.prompt_tokens is not None:
            self._prompt_tokens = chunk.prompt_tokens
        for piece in chunk.pieces:
            number = piece.index if attempt is None else attempt
            if 0 <= number < len(self._texts) and not self._texts[number].is_over:
                self._take(self._texts[number], piece)

    def stop(self, reason: StopReason) -> None:
        """End every text that still grows."""
        self._stop_reason = reason

    def fail(self, reason: str) -> None:
        """End because the server failed."""
        self._fault = reason

    def progress(self) -> tuple[Progress, ...]:
        """Return the attempts whose text changed since the last call."""
        changed = []
        for number, text in enumerate(self._texts):
            shown = text.text if text.is_over else self._settled(text)
            if self._shown.get(number, "") != shown:
                self._shown[number] = shown
                tokens = len(text.steps) or len(text.pieces)
                changed.append(Progress(attempt=number, text=shown, tokens=tokens))
        return tuple(changed)

    def completion(self, queue_s: float) -> Completion:
        """Return the answer so far.

        Raises:
            EngineError: cancelled or deadline, for one that was stopped before its first word.
        """
        if self._stop_reason is not None and not self.has_tokens:
            raise EngineError(self._stop_reason)
        for text in self._texts:
            if not text.is_over:
                self._guard(text, is_over=True)
        first_s = self._last_s if self._first_s is None else self._first_s
        request, params = self._request, self._params
        attempts = tuple(map(self._attempt, self._texts))
        return Completion(
            request_id=request.request_id,
            model=self._name,
            revision=None,
            precision=PRECISION,
            device=DEVICE,
            seed=request.seed,
            params=effective(params),
            inactive=(*request.params.inactive(), *unsent(params)),
            prompt_tokens=self._prompt_tokens,
            truncated_tokens=0,
            queue_s=queue_s,
            prefill_s=first_s - self._started_s,
            decode_s=self._last_s - first_s,
            attempts=attempts,
            prefix_text=self._prefix_text,
            remote=self._facts,
        )

    @property
    def _facts(self) -> RemoteFacts:
        params, manners = self._params, self._manners
        gives_chances = any(text.steps for text in self._texts)
        return RemoteFacts(
            host=self._source.host,
            base_url=self._source.base_url,
            model=self._source.model,
            answered_as=self._model,
            fingerprint=self._fingerprint,
            top_n=top_n_of(self._request, manners) if gives_chances else 0,
            sent=sent(params),
            unsent=unsent(params),
            is_seed_sent="seed" in manners.takes and params.is_sampled,
            cut_by_list=tuple(n for n, text in enumerate(self._texts) if text.is_listed_word),
            fault=self._fault,
        )

    def _take(self, text: _Text, piece: Piece) -> None:
        if piece.text and self._first_s is None:
            self._first_s = time.perf_counter()
        text.said += piece.text
        text.steps += piece.steps
        if piece.text:
            text.pieces.append(piece.text)
        text.end = piece.finish_reason or text.end
        starts = [text.said.find(stop) for stop in self._params.stop]
        found = [start for start in starts if start >= 0]
        if found:
            text.cut = min(found)
        self._guard(text, is_over=text.is_over)

    def _guard(self, text: _Text, *, is_over: bool) -> None:
        found = text.guard.cut(text.text, is_over=is_over)
        if found is not None:
            text.cut, text.is_listed_word = found, True

    def _settled(self, text: _Text) -> str:
        """Return what no further piece can take back."""
        held = max(
            (
                length
                for stop in self._params.stop
                for length in range(1, len(stop))
                if text.said.endswith(stop[:length])
            ),
            default=0,
        )
        return text.guard.settled(text.said[: len(text.said) - held])

    def _attempt(self, text: _Text) -> Attempt:
        steps = _within(text.steps, text)
        chances = [step.logprob for step in steps]
        known = [chance for chance in chances if chance is not None]
        logprob = sum(known) if known and len(known) == len(chances) else None
        tokens = [step.data for step in steps] or [piece.encode() for piece in _pieces(text)]
        return Attempt(
            token_ids=tuple(token_id for data in tokens for token_id in ids_of(data)),
            text=text.text,
            logprob=logprob,
            score=logprob,
            finish_reason=self._ending(text),
            listed=tuple(steps) if self._request.trace_top_n else (),
        )

    def _ending(self, text: _Text) -> FinishReason:
        if text.is_listed_word:
            return "no_token_left"
        if text.cut is not None:
            return "stop"
        if text.end is None:
            return self._stop_reason or "stop"
        if text.end == "stop" and self._params.stop:
            # The server says the same of its own end and of a text to stop at.
            return "stop"
        return _ENDS.get(text.end, "stop")


def _within(steps: Sequence[ListedStep], text: _Text) -> list[ListedStep]:
    """Leave out the tokens behind the end of a text that is cut."""
    if text.cut is None:
        return list(steps)
    room, kept = len(text.text.encode()), []
    for step in steps:
        if room <= 0:
            break
        kept.append(step)
        room -= len(step.data)
    return kept


def _pieces(text: _Text) -> list[str]:
    left, kept = text.text, []
    for piece in text.pieces:
        if not left:
            break
        kept.append(piece[: len(left)])
        left = left[len(piece) :]
    return kept

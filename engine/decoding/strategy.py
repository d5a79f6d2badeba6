"""What every decoding strategy is: an owner of rows that turns logits into the next tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from engine.decoding.filter import Filter
from engine.decoding.glance import Glance
from engine.decoding.recording import Recorder, Snapshot
from engine.decoding.sentence_end import SentenceEnd
from engine.decoding.shortlist import Throw
from engine.decoding.source import Source
from engine.decoding.stages import StageRecord, apply_filters
from engine.decoding.text_end import Search, TextEnd
from engine.decoding_params import DecodingParams
from engine.trace import BeamTree, FinishReason, Step


@dataclass(frozen=True, kw_only=True)
class DecodingTask:
    """What a strategy knows of a request and its model.

    Attributes:
        params: Resolved settings.
        context_ids: Tokens before the first new one; of an encoder-decoder the target's.
        max_tokens: New tokens at most.
        limit_reason: Why it ends there: "length", or "context" when the model sees no further.
        eos_ids: Tokens that end a text.
        filters: Active filters, in order.
        recorder: Makes the steps of a traced run, or None.
        device: Where logits live.
        seed: Seed of the die.
        first_draw: Index t of the first new token, counted from the original prompt.
        stops: Finds what ends a text by what it says, as a stop string, or None without any.
        sentence_end: Says whether a text that has reached its limit stops, or None where it always
            does.
        source: What an encoder-decoder turns into the target, or None.
        attempts: Which of the attempts that the settings ask for, or None for all of them.
    """

    params: DecodingParams
    context_ids: tuple[int, ...]
    max_tokens: int
    limit_reason: FinishReason
    eos_ids: frozenset[int]
    filters: tuple[Filter, ...]
    recorder: Recorder | None
    device: torch.device
    seed: int = 0
    first_draw: int = 0
    stops: TextEnd | None = None
    sentence_end: SentenceEnd | None = None
    source: Source | None = None
    attempts: range | None = None

    @property
    def dice(self) -> range:
        """Indices of the attempts that are made here: each throws the die of its own."""
        return range(self.params.attempts) if self.attempts is None else self.attempts


@dataclass(frozen=True)
class Feed:
    """The rows to run next: row i continues the present row `parents[i]` with `tokens[i]`.

    Rows that are not a parent end; no rows at all means that the strategy is done.
    """

    tokens: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()


@dataclass
class Hypothesis:
    """One continuation; it still grows while `finish_reason` is None.

    Attributes:
        logprob: Sum of the raw log-probabilities, nats.
        score: What the strategy ranks by.
        die: Which attempt's die it threw, where a ranking has moved it.
        search: For what ends it, as a stop string, or None without any.
    """

    token_ids: list[int] = field(default_factory=list)
    logprob: float = 0.0
    score: float = 0.0
    finish_reason: FinishReason | None = None
    steps: list[Step] = field(default_factory=list)
    die: int | None = None
    search: Search | None = None


class Strategy(ABC):
    """Chooses tokens from logits; knows neither a scheduler nor a cache.

    A runner calls `advance` with the logits of the rows that the last `Feed` named, the first
    time with one row: the context's.

    Attributes:
        needs_hidden: Whether it must see the last hidden states.
        extra_prompts: Further texts that must run beside the prompt.
        max_rows: Most rows that it feeds at once.
        only_grows: Whether what an attempt has written stays: another run may go on with it.
    """

    needs_hidden: ClassVar[bool] = False
    only_grows: ClassVar[bool] = False
    extra_prompts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, task: DecodingTask, max_rows: int) -> None:
        self.task = task
        self.max_rows = max_rows
        self._ids = torch.tensor([task.context_ids], dtype=torch.long, device=task.device)
        # What the rows were fed since; most steps nobody looks.
        self._fed: list[Sequence[int]] = []

    @property
    def row_ids(self) -> Tensor:
        """All tokens of the rows that were named last, int64, shape (rows, tokens)."""
        if self._fed:
            columns = torch.tensor(self._fed, dtype=torch.long, device=self.task.device)
            self._ids, self._fed = torch.cat([self._ids, columns.T], dim=1), []
        return self._ids

    @abstractmethod
    def advance(self, logits: Tensor) -> Feed:
        """Decide the next token of every row.

        Args:
            logits: The model's, shape (rows, vocab).

        Raises:
            EngineError: invalid_logits.
        """

    def observe(self, hidden: Tensor) -> None:  # noqa: B027 (most need no hidden states)
        """Take what the model made of the tokens that it has just read.

        A strategy that `needs_hidden` gets it before the logits, for every piece of the context.

        Args:
            hidden: Last hidden states, shape (rows, tokens, width).
        """

    def throws(self) -> Sequence[Throw]:
        """Return the throws that decide the rows of the next logits; () where more does."""
        return ()

    def foresee(self, rows: Sequence[Glance]) -> None:  # noqa: B027 (most look for themselves)
        """Take what a look at the next logits has told of each row, the throws among it."""

    @abstractmethod
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the continuations to publish, one per attempt, as they stand now."""

    def results(self) -> Sequence[Hypothesis]:
        """Return the continuations in the order of the answer."""
        return self.hypotheses()

    def beam_tree(self) -> BeamTree | None:
        """Return what a traced beam search looked at; None for other strategies."""
        return None

    def begin_search(self) -> Search | None:
        """Return the search for an end in a continuation that is still empty, if any."""
        return None if self.task.stops is None else self.task.stops.begin()

    def finish_reason(
        self,
        token_id: int,
        length: int,
        search: Search | None,
        written: Callable[[], Sequence[int]],
    ) -> FinishReason | None:
        """Tell why a continuation is finished.

        Args:
            token_id: Its newest token.
            length: Its new tokens.
            search: The search for its end after its newest token.
            written: Gives all its new tokens.
        """
        task = self.task
        if token_id in task.eos_ids:
            return "eos"
        if search is not None and (reason := search.reason) is not None:
            return reason
        ending = task.sentence_end
        is_asked = ending is not None and length >= task.params.max_new_tokens
        if ending is not None and is_asked and ending.is_end([*task.context_ids, *written()]):
            return "sentence"
        return task.limit_reason if length >= task.max_tokens else None

    def append(self, hypothesis: Hypothesis, token_id: int) -> None:
        """Add a token to a continuation, and say so where it is finished with it."""
        hypothesis.token_ids.append(token_id)
        if hypothesis.search is not None:
            hypothesis.search = hypothesis.search.after(token_id)
        length = len(hypothesis.token_ids)
        hypothesis.finish_reason = self.finish_reason(
            token_id, length, hypothesis.search, lambda: hypothesis.token_ids
        )

    def _process(self, logits: Tensor, entering: Tensor) -> tuple[Tensor, Snapshot | None]:
        """Filter the scores, and keep the step's distributions in a traced run."""
        recorder = self.task.recorder
        if recorder is None:
            return apply_filters(self.task.filters, self.row_ids, entering), None
        records: list[StageRecord] = []
        scores = apply_filters(self.task.filters, self.row_ids, entering, records)
        return scores, recorder.snapshot(records, None if entering is logits else logits)

    def _feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Feed:
        """Extend the rows' ids and name the rows to run."""
        if list(parents) != list(range(len(self._ids))):
            self._ids = self.row_ids[
                torch.tensor(parents, dtype=torch.long, device=self._ids.device)
            ]
        self._fed.append(tokens)
        return Feed(tuple(tokens), tuple(parents))

"""Strategies whose continuations do not look at each other: greedy search and sampling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from torch import Tensor

from engine.decoding.choices import require_left
from engine.decoding.filter import Floats
from engine.decoding.glance import Glance, glance
from engine.decoding.stages import StageRecord, apply_filters
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.decoding.tape import Tape
from engine.errors import EngineError
from engine.trace import Draw


class IndependentRows(Strategy):
    """Grows every attempt on its own row; a row is given up when its attempt finishes.

    Attributes:
        active: The attempts that still grow, each with its row.
        processors: The filters before the warpers.
        warpers: The others.
        is_recorded_later: Whether nobody records the steps, or what is recorded can be worked out
            from what the tapes keep.
    """

    only_grows: ClassVar[bool] = True

    def __init__(self, task: DecodingTask, attempts: int) -> None:
        super().__init__(task, max_rows=attempts)
        self._attempts = [Hypothesis(search=self.begin_search()) for _ in range(attempts)]
        # All attempts read the first logits from the one row of the context.
        self.active = [(attempt, 0) for attempt in range(attempts)]
        self.processors = tuple(stage for stage in task.filters if not stage.is_warper)
        self.warpers = tuple(stage for stage in task.filters if stage.is_warper)
        self._foreseen: Sequence[Glance] = ()
        # All tokens of each attempt, the context's first.
        self._ids_of = np.zeros((attempts, len(task.context_ids) + task.max_tokens), dtype=np.int64)
        self._ids_of[:, : len(task.context_ids)] = task.context_ids
        self._tapes: list[Tape] = []
        if task.recorder is not None:
            self._tapes = [Tape(task.recorder, task.filters, ids) for ids in self._ids_of]
        self.is_recorded_later = task.recorder is None or Tape.takes(task.filters)

    @abstractmethod
    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:
        """Take a token, and say how it was drawn.

        Args:
            scores: Behind all filters, float32, shape (vocab,).
            attempt: Index of the attempt.
            t: Index of the token, counted from the original prompt.
        """

    @abstractmethod
    def pick(self, scores: Tensor, row: int, attempt: int, t: int) -> int:
        """Take the token that `choose` would take, when nobody asks how.

        Args:
            scores: Before the warpers, float32, shape (1, vocab).
            row: Of the model's, for this attempt.
            attempt: As for `choose`.
            t: As for `choose`.
        """

    def score(self, hypothesis: Hypothesis) -> float:
        """Return what an attempt with at least one token ranks by: its raw log-probability."""
        return hypothesis.logprob

    def next_t(self, attempt: int) -> int:
        """Return the index of an attempt's next token, counted from the original prompt."""
        return self.task.first_draw + len(self._attempts[attempt].token_ids)

    def edit(self, attempt: int, scores: Floats) -> None:
        """Do to the scores of an attempt's next token what comes before the warpers.

        Args:
            attempt: Index of the attempt.
            scores: The model's; changed where they are, float32, shape (vocab,).
        """
        length = len(self.task.context_ids) + len(self._attempts[attempt].token_ids)
        for stage in self.processors:
            stage.edit(self._ids_of[attempt, :length], scores)

    def foresee(self, rows: Sequence[Glance]) -> None:
        """Take what is known of the next logits."""
        self._foreseen = rows

    def advance(self, logits: Tensor) -> Feed:
        """Choose one token for each attempt that still grows."""
        logits = logits.float()
        seen, self._foreseen = self._foreseen or self._look(logits), ()
        if not all(row.is_finite for row in seen):
            raise EngineError("invalid_logits")
        # One number of an array is there in a tenth of the time.
        raw = logits.numpy() if logits.device.type == "cpu" else logits
        still_active: list[tuple[int, int]] = []
        tokens: list[int] = []
        parents: list[int] = []
        for (attempt, row), glanced in zip(self.active, seen, strict=True):
            hypothesis = self._attempts[attempt]
            t = self.next_t(attempt)
            length = len(self.task.context_ids) + len(hypothesis.token_ids)
            token = glanced.token
            if self._tapes and glanced.head is not None and token is not None:
                self._tapes[attempt].keep(logits[row].numpy(), length, token, glanced.head)
            elif self._tapes:
                token = self._record(logits, row, attempt, t)
            elif token is None:
                token = self.pick(self._before_warpers(logits, row), row, attempt, t)
            self._ids_of[attempt, length] = token
            self.append(hypothesis, token)
            hypothesis.logprob += float(raw[row, token]) - glanced.log_normaliser
            hypothesis.score = self.score(hypothesis)
            if hypothesis.finish_reason is None:
                still_active.append((attempt, len(tokens)))
                tokens.append(token)
                parents.append(row)
        self.active = still_active
        return self._feed(tokens, parents) if tokens else Feed()

    def _look(self, logits: Tensor) -> list[Glance]:
        """Look at the row of each attempt that still grows."""
        rows = [row for _, row in self.active]
        is_everyone = rows == list(range(len(logits)))
        return glance(logits if is_everyone else logits[rows], self.throws())

    def _record(self, logits: Tensor, row: int, attempt: int, t: int) -> int:
        """Choose an attempt's next token by all filters, and record what each of them did."""
        entering = logits[row : row + 1]
        ids = self.row_ids[row : row + 1]
        records: list[StageRecord] = []
        scores = apply_filters(self.task.filters, ids, entering, records)
        require_left(scores, self.task.filters, ids, entering)
        token, draw = self.choose(scores[0], attempt, t)
        tape = self._tapes[attempt]
        tape.add(tape.recorder.snapshot(records).step(0, token, draw))
        return token

    def _before_warpers(self, logits: Tensor, row: int) -> Tensor:
        """Return what enters the warpers, shape (1, vocab)."""
        entering = logits[row : row + 1]
        if not self.processors:
            return entering
        ids = self.row_ids[row : row + 1]
        scores = apply_filters(self.processors, ids, entering)
        return require_left(scores, self.processors, ids, entering)

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the attempts in their order."""
        return self._attempts

    def results(self) -> Sequence[Hypothesis]:
        """Return the attempts with their steps."""
        for hypothesis, tape in zip(self._attempts, self._tapes, strict=False):
            hypothesis.steps = tape.steps()
        return self._attempts

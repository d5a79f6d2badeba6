"""Strategies whose continuations do not look at each other: greedy search and sampling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from engine.decoding.choices import require_left
from engine.decoding.glance import Glance, glance
from engine.decoding.stages import apply_filters
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.errors import EngineError
from engine.trace import Draw


class IndependentRows(Strategy):
    """Grows every attempt on its own row; a row is given up when its attempt finishes.

    Attributes:
        active: The attempts that still grow, each with its row.
        processors: The filters before the warpers.
        warpers: The others.
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

    @abstractmethod
    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:
        """Take a token, and say how it was drawn.

        Args:
            scores: Behind all filters, float32, shape (vocab,).
            attempt: Index of the attempt.
            t: Index of the token, counted from the original prompt.
        """

    @abstractmethod
    def pick(self, scores: Tensor, attempt: int, t: int) -> int:
        """Take the token that `choose` would take, when nobody asks how.

        Args:
            scores: Before the warpers.
            attempt: As for `choose`.
            t: As for `choose`.
        """

    def score(self, hypothesis: Hypothesis) -> float:
        """Return what an attempt with at least one token ranks by: its raw log-probability."""
        return hypothesis.logprob

    def next_t(self, attempt: int) -> int:
        """Return the index of an attempt's next token, counted from the original prompt."""
        return self.task.first_draw + len(self._attempts[attempt].token_ids)

    def foresee(self, rows: Sequence[Glance]) -> None:
        """Take what is known of the next logits."""
        self._foreseen = rows

    def advance(self, logits: Tensor) -> Feed:
        """Choose one token for each attempt that still grows."""
        logits = logits.float()
        seen, self._foreseen = self._foreseen or glance(logits, self.throws()), ()
        if not all(row.is_finite for row in seen):
            raise EngineError("invalid_logits")
        scores, snapshot = logits, None
        if self.task.recorder is not None:
            scores, snapshot = self._process(logits, logits)
        elif self.processors:
            scores = apply_filters(self.processors, self.row_ids, logits)
        if scores is not logits:
            filters = self.processors if snapshot is None else self.task.filters
            require_left(scores, filters, self.row_ids, logits)
        still_active: list[tuple[int, int]] = []
        tokens: list[int] = []
        parents: list[int] = []
        for attempt, row in self.active:
            hypothesis = self._attempts[attempt]
            t = self.next_t(attempt)
            if snapshot is None:
                token = seen[row].token
                if token is None:
                    token = self.pick(scores[row], attempt, t)
            else:
                token, draw = self.choose(scores[row], attempt, t)
                hypothesis.steps.append(snapshot.step(row, token, draw))
            self.append(hypothesis, token)
            hypothesis.logprob += float(logits[row, token]) - seen[row].log_normaliser
            hypothesis.score = self.score(hypothesis)
            if hypothesis.finish_reason is None:
                still_active.append((attempt, len(tokens)))
                tokens.append(token)
                parents.append(row)
        self.active = still_active
        return self._feed(tokens, parents) if tokens else Feed()

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the attempts in their order."""
        return self._attempts

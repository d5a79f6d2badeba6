"""Strategies whose continuations do not look at each other: greedy search and sampling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.decoding.choices import require_finite, require_left
from engine.decoding.stages import apply_filters
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.trace import Draw


class IndependentRows(Strategy):
    """Grows every attempt on its own row; a row is given up when its attempt finishes."""

    def __init__(self, task: DecodingTask, attempts: int) -> None:
        super().__init__(task, max_rows=attempts)
        self._attempts = [Hypothesis(search=self.begin_search()) for _ in range(attempts)]
        # All attempts read the first logits from the one row of the context.
        self._active = [(attempt, 0) for attempt in range(attempts)]
        self._processors = tuple(stage for stage in task.filters if not stage.is_warper)
        self._warpers = tuple(stage for stage in task.filters if stage.is_warper)

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

    def advance(self, logits: Tensor) -> Feed:
        """Choose one token for each attempt that still grows."""
        logits = require_finite(logits)
        if self.task.recorder is None:
            snapshot = None
            scores = apply_filters(self._processors, self._ids, logits)
        else:
            scores, snapshot = self._process(logits, logits)
        if scores is not logits:
            filters = self._processors if snapshot is None else self.task.filters
            require_left(scores, filters, self._ids, logits)
        normalisers = _log_normalisers(logits)
        still_active: list[tuple[int, int]] = []
        tokens: list[int] = []
        parents: list[int] = []
        for attempt, row in self._active:
            hypothesis = self._attempts[attempt]
            t = self.task.first_draw + len(hypothesis.token_ids)
            if snapshot is None:
                token = self.pick(scores[row], attempt, t)
            else:
                token, draw = self.choose(scores[row], attempt, t)
                hypothesis.steps.append(snapshot.step(row, token, draw))
            self.append(hypothesis, token)
            hypothesis.logprob += float(logits[row, token]) - normalisers[row]
            hypothesis.score = self.score(hypothesis)
            if hypothesis.finish_reason is None:
                still_active.append((attempt, len(tokens)))
                tokens.append(token)
                parents.append(row)
        self._active = still_active
        return self._feed(tokens, parents) if tokens else Feed()

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the attempts in their order."""
        return self._attempts


def _log_normalisers(logits: Tensor) -> list[float]:
    """Return log Σ exp of each row.

    On a processor by NumPy: one thread is done before torch has woken a second one.
    """
    if logits.device.type != "cpu":
        return torch.logsumexp(logits, -1).tolist()
    rows = logits.numpy()
    best = rows.max(-1, keepdims=True)
    normalisers: list[float] = (best[:, 0] + np.log(np.exp(rows - best).sum(-1))).tolist()
    return normalisers

"""Strategies whose continuations do not look at each other: greedy search and sampling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.decoding.stages import require_finite
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.trace import Draw


class IndependentRows(Strategy):
    """Grows every attempt on its own row; a row is given up when its attempt finishes."""

    def __init__(self, task: DecodingTask, attempts: int) -> None:
        super().__init__(task, max_rows=attempts)
        self._attempts = [Hypothesis(search=self.begin_search()) for _ in range(attempts)]
        # All attempts read the first logits from the one row of the context.
        self._active = [(attempt, 0) for attempt in range(attempts)]

    @abstractmethod
    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:
        """Pick a token.

        Args:
            scores: Processed logits of one row, float32, shape (vocab,).
            attempt: Index of the attempt.
            t: Index of the token, counted from the original prompt.
        """

    def score(self, hypothesis: Hypothesis) -> float:
        """Return what an attempt with at least one token ranks by: its raw log-probability."""
        return hypothesis.logprob

    def advance(self, logits: Tensor) -> Feed:
        """Choose one token for each attempt that still grows."""
        logits = require_finite(logits)
        scores, snapshot = self._process(logits, logits)
        if scores is not logits:
            require_finite(scores)
        normalisers = torch.logsumexp(logits, -1).tolist()
        still_active: list[tuple[int, int]] = []
        tokens: list[int] = []
        parents: list[int] = []
        for attempt, row in self._active:
            hypothesis = self._attempts[attempt]
            t = self.task.first_draw + len(hypothesis.token_ids)
            token, draw = self.choose(scores[row], attempt, t)
            self.append(hypothesis, token)
            hypothesis.logprob += float(logits[row, token]) - normalisers[row]
            hypothesis.score = self.score(hypothesis)
            if snapshot is not None:
                hypothesis.steps.append(snapshot.step(row, token, draw))
            if hypothesis.finish_reason is None:
                still_active.append((attempt, len(tokens)))
                tokens.append(token)
                parents.append(row)
        self._active = still_active
        return self._feed(tokens, parents) if tokens else Feed()

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the attempts in their order."""
        return self._attempts

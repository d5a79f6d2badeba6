"""Greedy search: always the most probable token."""

from __future__ import annotations

from torch import Tensor

from engine.decoding.independent import IndependentRows
from engine.decoding.strategy import DecodingTask
from engine.trace import Draw


class GreedySearch(IndependentRows):
    """Takes the token with the greatest processed score, the first of equals."""

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, attempts=1)

    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:
        """Take the best token; nothing is drawn."""
        return self.pick(scores[None], 0, attempt, t), None

    def pick(self, scores: Tensor, row: int, attempt: int, t: int) -> int:  # noqa: ARG002
        """Take the best token."""
        return int(scores.cpu().numpy().argmax())

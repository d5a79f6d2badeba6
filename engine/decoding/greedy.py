"""Greedy search: always the most probable token."""

from __future__ import annotations

from torch import Tensor

from engine.decoding.independent import IndependentRows
from engine.decoding.strategy import DecodingTask
from engine.ordering import not_below
from engine.trace import Draw


class GreedySearch(IndependentRows):
    """Takes the token with the greatest processed score, the first of equals."""

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, attempts=1)

    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw | None]:  # noqa: ARG002
        """Pick the best token; nothing is drawn."""
        return int(not_below(scores, scores.amax())[0]), None

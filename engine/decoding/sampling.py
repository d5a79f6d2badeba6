"""Sampling with a die that can be shown, replayed and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor

from engine.decoding.choices import require_left
from engine.decoding.die import draw_token, throw_die
from engine.decoding.independent import IndependentRows
from engine.decoding.shortlist import Shortlist, Throw
from engine.decoding.stages import apply_filters
from engine.decoding.strategy import DecodingTask
from engine.trace import Draw


class Sampling(IndependentRows):
    """Draws each token from the processed distribution, each attempt with its own die."""

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, attempts=len(task.dice))
        is_usual = task.device.type == "cpu" and Shortlist.stands_for(self.warpers)
        self._shortlist = Shortlist(task.params) if is_usual else None

    def throws(self) -> Sequence[Throw]:
        """Return the throws of the attempts that still grow, where a shortlist can do."""
        shortlist = self._shortlist
        if shortlist is None or not self.is_recorded_later:
            return ()
        return [
            Throw(
                shortlist,
                self._throw(attempt, self.next_t(attempt)),
                partial(self.edit, attempt) if self.processors else None,
                is_recorded=self.task.recorder is not None,
            )
            for attempt, _ in self.active
        ]

    def choose(self, scores: Tensor, attempt: int, t: int) -> tuple[int, Draw]:
        """Throw the die of this attempt and token."""
        return draw_token(scores, self._throw(attempt, t))

    def pick(self, scores: Tensor, row: int, attempt: int, t: int) -> int:
        """Throw the same die for the same token: what the shortlist has left to the filters."""
        ids = self.row_ids[row : row + 1]
        processed = apply_filters(self.warpers, ids, scores)
        require_left(processed, self.warpers, ids, scores)
        return self.choose(processed[0], attempt, t)[0]

    def _throw(self, attempt: int, t: int) -> float:
        return throw_die(self.task.seed, self.task.dice[attempt], t)

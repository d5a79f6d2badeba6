"""Beam search, step by step as transformers does it, with everything it looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from engine.decoding.beams.path import BeamPath
from engine.decoding.beams.strategy import BeamStrategy
from engine.decoding.beams.tree import TreeBuilder
from engine.decoding.choices import no_token_left, require_finite
from engine.decoding.recording import Snapshot
from engine.decoding.strategy import DecodingTask, Feed
from engine.ordering import greatest
from engine.trace import BeamStatus, Draw


class Selection(NamedTuple):
    """Continuations that a step looks at, the first `num_beams` of which may finish.

    Attributes:
        scores: Their totals, all above −inf, float32, shape (count,).
        places: Row × vocabulary + token, int64, shape (count,).
        draws: The throws that chose them, or None where nothing was drawn.
    """

    scores: Tensor
    places: Tensor
    draws: tuple[Draw | None, ...]


class BeamSearch(BeamStrategy):
    """Keeps the `num_beams` best unfinished and the `num_beams` best finished hypotheses.

    Attributes:
        length: New tokens of every running hypothesis.

    Source: transformers 5, `GenerationMixin._beam_search`, whose float32 arithmetic it repeats.
    There a place that nothing has taken counts as a hypothesis of score −1e9, and what has stopped
    goes on with that penalty where too little else does. With a length penalty of −5, scores of
    real hypotheses are smaller than that, and it comes back with empty places; here these are
    none, and there is an answer whatever the scores.
    """

    def __init__(self, task: DecodingTask, tree: TreeBuilder | None = None) -> None:
        super().__init__(task, tree)
        self._num_beams = task.params.num_beams
        self.length = 0
        self._is_done = False
        self._first_search = self.begin_search()
        # At first one row stands for all: the others would repeat it.
        self._running: list[BeamPath | None] = [None]
        self._running_scores = torch.zeros(1, device=task.device)
        self._finished: list[tuple[float, BeamPath]] = []

    def advance(self, logits: Tensor) -> Feed:
        """Extend every running hypothesis and keep the best."""
        logits = require_finite(logits)
        logprobs = torch.log_softmax(logits, -1)
        processed, snapshot = self._process(logits, logprobs)
        selection = self._continuations(processed)
        if not len(selection.scores):
            return self._give_up(logprobs)
        rows, tokens = selection.places // logits.shape[-1], selection.places % logits.shape[-1]
        self.length += 1
        paths = self.extend(selection, rows, tokens, processed, logprobs)
        going_on = [i for i, path in enumerate(paths) if path.finish_reason is None]
        self._update_finished(paths[: self._num_beams])
        kept = self._best(selection.scores, going_on)
        self._record(paths, rows.tolist(), set(kept), snapshot)
        self._running = [paths[i] for i in kept]
        self._running_scores = selection.scores[kept]
        if self._must_stop():
            self._is_done = True
            return Feed()
        return self._feed([paths[i].token_id for i in kept], rows[kept].tolist())

    def ranking(self) -> list[tuple[float, BeamPath]]:
        """Return the best finished hypotheses, or before the end the best of all, best first."""
        ranking = list(self._finished)
        if not self._is_done:
            ranking += [
                (self._normalise(path.score, path.length), path)
                for path in self._running
                if path is not None
            ]
            ranking.sort(key=lambda item: item[0], reverse=True)
        return ranking[: self.task.params.attempts]

    def select(self, totals: Tensor, count: int) -> Selection:
        """Choose the continuations that a step looks at: the best, best first.

        Args:
            totals: Scores of all continuations of all rows, float32, shape (rows × vocab,).
            count: How many.
        """
        scores, places = greatest(totals, count)
        possible = int((scores > -torch.inf).sum())
        return Selection(scores[:possible], places[:possible], (None,) * possible)

    def _continuations(self, processed: Tensor) -> Selection:
        totals = (processed + self._running_scores[:, None]).flatten()
        count = max(2, 1 + len(self.task.eos_ids)) * self._num_beams
        return self.select(totals, min(count, len(totals)))

    def _best(self, scores: Tensor, going_on: list[int]) -> list[int]:
        """Return which of the continuations that go on are kept, best first."""
        count = min(self._num_beams, len(going_on))
        best = torch.topk(scores[going_on], count).indices.tolist()
        return [going_on[i] for i in best]

    def _give_up(self, logprobs: Tensor) -> Feed:
        """End where the filters leave no running hypothesis a way to go on."""
        if not self._finished:
            raise no_token_left(self.task.filters, self.row_ids, logprobs)
        self._is_done = True
        return Feed()

    def _record(
        self,
        paths: Sequence[BeamPath],
        rows: Sequence[int],
        kept: set[int],
        snapshot: Snapshot | None,
    ) -> None:
        """Note what a traced step considered; steps are kept for what goes on or ends."""
        if snapshot is None or self._tree is None:
            return
        for place, (path, row) in enumerate(zip(paths, rows, strict=True)):
            status = self._status(path, place, is_kept=place in kept)
            if status != "pruned":
                path.step = snapshot.step(row, path.token_id, None)
            self._tree.add(path, self._normalise(path.score, path.length), status)

    def extend(
        self,
        selection: Selection,
        rows: Tensor,
        tokens: Tensor,
        processed: Tensor,
        logprobs: Tensor,
    ) -> list[BeamPath]:
        """Return the hypotheses of the continuations that a step looks at, in their order."""
        token_scores = processed[rows, tokens].tolist()
        token_logprobs = logprobs[rows, tokens].tolist()
        paths = []
        for i, (row, token) in enumerate(zip(rows.tolist(), tokens.tolist(), strict=True)):
            parent = self._running[row]
            path = BeamPath(
                parent=parent,
                token_id=token,
                length=self.length,
                token_score=token_scores[i],
                score=float(selection.scores[i]),
                logprob=(parent.logprob if parent else 0.0) + token_logprobs[i],
                draw=selection.draws[i],
            )
            search = parent.search if parent else self._first_search
            path.search = None if search is None else search.after(token)
            path.finish_reason = self.finish_reason(
                token, self.length, path.search, partial(getattr, path, "token_ids")
            )
            paths.append(path)
        return paths

    def _status(self, path: BeamPath, place: int, *, is_kept: bool) -> BeamStatus:
        if path.finish_reason is not None and place < self._num_beams:
            return "finished"
        return "kept" if is_kept else "pruned"

    def _update_finished(self, best: Sequence[BeamPath]) -> None:
        """Merge what just finished into the best finished hypotheses.

        Args:
            best: The first `num_beams` continuations, which alone may finish; the others are there
                so that enough go on.
        """
        ended = [path for path in best if path.finish_reason is not None]
        self._finished += [(self._normalise(path.score, path.length), path) for path in ended]
        self._finished.sort(key=lambda item: item[0], reverse=True)
        del self._finished[self._num_beams :]

    def _must_stop(self) -> bool:
        """Tell whether nothing goes on, or nothing that goes on can become better."""
        params = self.task.params
        if not self._running:
            return True
        if len(self._finished) < self._num_beams:
            return False
        is_longest_best = params.early_stopping == "never" and params.length_penalty > 0.0
        length = self.task.max_tokens if is_longest_best else self.length
        best_possible = self._normalise(float(self._running_scores[0]), length)
        return params.early_stopping is True or not best_possible > self._finished[-1][0]

    def _normalise(self, score: float, length: int) -> float:
        """Divide by the length in float32 as transformers does, or where that has no room, more."""
        divisor = length**self.task.params.length_penalty
        normalised = float(torch.tensor(score) / divisor)
        return normalised if math.isfinite(normalised) else score / divisor

"""Beam search, step by step as transformers does it, with everything it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from engine.decoding.beam_hypothesis import BeamPath
from engine.decoding.beam_path import BeamStrategy
from engine.decoding.beam_tree import TreeBuilder
from engine.decoding.recording import Snapshot
from engine.decoding.stages import no_token_left, require_finite
from engine.decoding.strategy import DecodingTask, Feed
from engine.ordering import greatest
from engine.trace import BeamStatus, Draw

EMPTY = -1e9
"""Score of a place that no hypothesis has taken, and what is taken from one that may not be chosen.
"""


class Selection(NamedTuple):
    """Continuations that a step looks at, the first `num_beams` of which may finish.

    Attributes:
        scores: Their totals, float32, shape (count,).
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
    """

    def __init__(self, task: DecodingTask, tree: TreeBuilder | None = None) -> None:
        super().__init__(task, tree)
        self._num_beams = task.params.num_beams
        self.length = 0
        self._is_done = False
        self._first_search = self.begin_search()
        # Only the first row counts at first: the others would repeat it.
        self._running: list[BeamPath | None] = [None] * self._num_beams
        self._running_scores = torch.full((self._num_beams,), EMPTY, device=task.device)
        self._running_scores[0] = 0.0
        self._finished: list[BeamPath | None] = [None] * self._num_beams
        self._finished_scores = torch.full((self._num_beams,), EMPTY, device=task.device)
        self._is_improvable = True
        self._eos = torch.tensor(sorted(task.eos_ids), dtype=torch.long, device=task.device)

    def advance(self, logits: Tensor) -> Feed:
        """Extend every running hypothesis and keep the best."""
        is_first = self.length == 0
        logits = require_finite(logits)
        if is_first:
            logits = logits.expand(self._num_beams, -1)
            self._ids = self._ids.expand(self._num_beams, -1)
        logprobs = torch.log_softmax(logits, -1)
        processed, snapshot = self._process(logits, logprobs)
        selection = self._continuations(processed)
        scores = selection.scores
        if not scores[0] > -torch.inf:
            return self._give_up(logprobs)
        rows, tokens = selection.places // logits.shape[-1], selection.places % logits.shape[-1]
        self.length += 1
        paths = self.extend(selection, rows, tokens, processed, logprobs)
        hits = torch.tensor([path.finish_reason is not None for path in paths], device=rows.device)
        # Only the first num_beams may finish; the others are there so that enough go on.
        ends = hits & (torch.arange(len(hits), device=hits.device) < self._num_beams)
        running = torch.topk(scores + hits.float() * EMPTY, self._num_beams)
        kept = running.indices.tolist()
        self._update_finished(paths, scores, ends)
        statuses = _statuses(hits.tolist(), ends.tolist(), set(kept))
        self._record(paths, rows.tolist(), statuses, snapshot)
        self._running = [paths[i] for i in kept]
        self._running_scores = running.values
        if self._must_stop(bool(hits.all())):
            self._is_done = True
            return Feed()
        # The runner still has only the context's row after the first step.
        parents = [0] * len(kept) if is_first else rows[running.indices].tolist()
        return self._feed([paths[i].token_id for i in kept], parents)

    def ranking(self) -> list[tuple[float, BeamPath]]:
        """Return the best finished hypotheses, or before the end the best of all, best first."""
        finished = zip(self._finished_scores.tolist(), self._finished, strict=True)
        ranking = [(score, path) for score, path in finished if path is not None]
        if not self._is_done:
            ranking += [
                (self._normalise(path.score, path.length), path)
                for path in self._running
                if path is not None and path.finish_reason is None and path.score > EMPTY / 2
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
        return Selection(scores, places, (None,) * count)

    def _continuations(self, processed: Tensor) -> Selection:
        totals = (processed + self._running_scores[:, None]).flatten()
        count = max(2, 1 + len(self._eos)) * self._num_beams
        return self.select(totals, min(count, len(totals)))

    def _give_up(self, logprobs: Tensor) -> Feed:
        """End where the filters leave no running hypothesis a way to go on."""
        if all(path is None for path in self._finished):
            raise no_token_left(self.task.filters, self._ids, logprobs)
        self._is_done = True
        return Feed()

    def _record(
        self,
        paths: Sequence[BeamPath],
        rows: Sequence[int],
        statuses: Sequence[BeamStatus],
        snapshot: Snapshot | None,
    ) -> None:
        """Note what a traced step considered; steps are kept for what goes on or ends."""
        if snapshot is None or self._tree is None:
            return
        for path, row, status in zip(paths, rows, statuses, strict=True):
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
            path.finish_reason = self.finish_reason(token, self.length, path.search)
            paths.append(path)
        return paths

    def _update_finished(self, paths: list[BeamPath], scores: Tensor, ends: Tensor) -> None:
        """Merge the hypotheses that just finished into the best finished ones."""
        normalised = scores / self.length**self.task.params.length_penalty
        normalised += (self._is_full() and self._is_eager()) * EMPTY
        normalised += (not self._is_improvable) * EMPTY
        normalised += (~ends) * EMPTY
        best = torch.topk(torch.cat([self._finished_scores, normalised]), self._num_beams)
        just_ended = [path if end else None for path, end in zip(paths, ends.tolist(), strict=True)]
        merged = [*self._finished, *just_ended]
        self._finished = [merged[i] for i in best.indices.tolist()]
        self._finished_scores = best.values

    def _must_stop(self, is_nothing_left: bool) -> bool:
        params = self.task.params
        is_longest_best = params.early_stopping == "never" and params.length_penalty > 0.0
        length = self.task.max_tokens if is_longest_best else self.length
        best_possible = self._running_scores[0] / length**params.length_penalty
        # An empty place can still be filled by anything.
        worst = float(self._finished_scores.amin()) if self._is_full() else EMPTY
        self._is_improvable = self._is_improvable and bool(best_possible > worst)
        is_enough = self._is_full() and self._is_eager()
        return not self._is_improvable or is_enough or is_nothing_left

    def _is_full(self) -> bool:
        return all(path is not None for path in self._finished)

    def _is_eager(self) -> bool:
        return self.task.params.early_stopping is True

    def _normalise(self, score: float, length: int) -> float:
        return float(score / length**self.task.params.length_penalty)


def _statuses(hits: list[bool], ends: list[bool], kept: set[int]) -> list[BeamStatus]:
    statuses: list[BeamStatus] = []
    for i, (hit, end) in enumerate(zip(hits, ends, strict=True)):
        if end:
            statuses.append("finished")
        else:
            statuses.append("kept" if i in kept and not hit else "pruned")
    return statuses

"""Diverse beam search: groups of beams, each of which keeps off what the earlier ones choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter

import torch
from torch import Tensor

from engine.decoding.beams.path import BeamPath
from engine.decoding.beams.search import BeamSearch, Selection
from engine.decoding.beams.strategy import BeamStrategy
from engine.decoding.filter import Filter
from engine.decoding.strategy import DecodingTask, Feed


class HammingDiversity:
    """Takes from a token's score a penalty for every beam that has just chosen it.

    Source: transformers 4, `HammingDiversityLogitsProcessor`, the first of the processors.
    """

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty
        self._chosen: list[int] = []

    def begin_step(self) -> None:
        """Forget what was chosen at the step before."""
        self._chosen = []

    def count(self, token_ids: Iterable[int]) -> None:
        """Note what a group has chosen at this step."""
        self._chosen += token_ids

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002
        """Penalise what the earlier groups have chosen at this step."""
        chosen = torch.tensor(self._chosen, dtype=torch.long, device=scores.device)
        return scores - self._penalty * torch.bincount(chosen, minlength=scores.shape[-1])


class BeamGroup(BeamSearch):
    """The beam search of one group.

    Attributes:
        chosen: Tokens with which its hypotheses went on at the newest step, also where they have
            reached their longest.
    """

    chosen: tuple[int, ...] = ()

    def advance(self, logits: Tensor) -> Feed:
        """Extend every running hypothesis and keep the best."""
        self.chosen = ()
        return super().advance(logits)

    def extend(
        self,
        selection: Selection,
        rows: Tensor,
        tokens: Tensor,
        processed: Tensor,
        logprobs: Tensor,
    ) -> list[BeamPath]:
        """Note what is chosen."""
        paths = super().extend(selection, rows, tokens, processed, logprobs)
        ended = ("eos", "stop", "function", "sentence")
        going_on = [path.token_id for path in paths if path.finish_reason not in ended]
        self.chosen = tuple(going_on[: self.max_rows])
        return paths


class DiverseBeamSearch(BeamStrategy):
    """Runs one beam search per group, in turn at every step.

    The groups share `num_beams` evenly. A group that is finished no longer keeps the others off
    anything. The scores of a hypothesis hold its penalties.

    Source: Vijayakumar et al. (2016), «Diverse beam search», algorithm 1 with the Hamming
    diversity of §4.1; transformers 4, `GenerationMixin._group_beam_search`.
    """

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task)
        params = task.params
        size = params.num_beams // params.num_beam_groups
        self._diversity = HammingDiversity(params.diversity_penalty)
        own = replace(params, num_beams=size, attempts=size)
        self._groups = [
            BeamGroup(
                replace(task, params=own, filters=(*self._apart(group), *task.filters)),
                None if self._tree is None else self._tree.of_group(group),
            )
            for group in range(params.num_beam_groups)
        ]
        # The groups that go on, and how many rows each has; the context's one row is everybody's.
        self._active = [(group, 0) for group in self._groups]

    def advance(self, logits: Tensor) -> Feed:
        """Let every group that is not finished extend its hypotheses, the first group first."""
        self._diversity.begin_step()
        active: list[tuple[BeamGroup, int]] = []
        tokens: list[int] = []
        parents: list[int] = []
        start = 0
        for group, rows in self._active:
            feed = group.advance(logits[start : start + max(1, rows)])
            self._diversity.count(group.chosen)
            if feed.tokens:
                active.append((group, len(feed.tokens)))
                tokens += feed.tokens
                parents += (start + parent for parent in feed.parents)
            start += rows
        self._active = active
        if active:
            self._ids = torch.cat([group.row_ids for group, _ in active])
        return Feed(tuple(tokens), tuple(parents))

    def ranking(self) -> list[tuple[float, BeamPath]]:
        """Return the best hypotheses of all groups."""
        ranking = [item for group in self._groups for item in group.ranking()]
        return sorted(ranking, key=itemgetter(0), reverse=True)[: self.task.params.attempts]

    def _apart(self, group: int) -> tuple[Filter, ...]:
        """Return what keeps a group off the earlier ones; the first has none before it."""
        if not (group and self.task.params.diversity_penalty):
            return ()
        return (Filter("diversity_penalty", "reshape", is_warper=False, process=self._diversity),)

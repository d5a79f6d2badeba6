"""What a search with beams remembers, and how its best hypotheses become an answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from engine.decoding.beams.path import BeamPath
from engine.decoding.beams.tree import TreeBuilder
from engine.decoding.strategy import DecodingTask, Hypothesis, Strategy
from engine.trace import BeamTree


class BeamStrategy(Strategy):
    """A strategy that weighs whole hypotheses.

    Args:
        task: What to do.
        tree: Where a traced search records what it considers; None makes a tree of its own.
    """

    def __init__(self, task: DecodingTask, tree: TreeBuilder | None = None) -> None:
        super().__init__(task, max_rows=task.params.num_beams)
        self._tree = tree
        if tree is None and task.recorder is not None:
            self._tree = TreeBuilder(task.recorder.vocabulary)

    @abstractmethod
    def ranking(self) -> list[tuple[float, BeamPath]]:
        """Return the best finished hypotheses, or before the end the best of all, best first."""

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the hypotheses of the ranking."""
        return [_hypothesis(score, path) for score, path in self.ranking()]

    def beam_tree(self) -> BeamTree | None:
        """Return everything that was considered."""
        if self._tree is None:
            return None
        return self._tree.build(winner.node for _, winner in self.ranking())


def _hypothesis(score: float, path: BeamPath) -> Hypothesis:
    links = path.links()
    return Hypothesis(
        token_ids=path.token_ids,
        logprob=path.logprob,
        score=score,
        finish_reason=path.finish_reason,
        steps=[link.step for link in links if link.step is not None],
    )

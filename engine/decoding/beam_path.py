"""What a search with beams remembers, and how its best hypotheses become an answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from engine.decoding.beam_tree import TreeBuilder
from engine.decoding.stop_strings import StopSearch
from engine.decoding.strategy import DecodingTask, Hypothesis, Strategy
from engine.trace import BeamTree, Draw, FinishReason, Step


@dataclass(eq=False)
class BeamPath:
    """A hypothesis as the last link of its path.

    Attributes:
        length: New tokens.
        token_score: Processed log-probability of the last token.
        score: Sum of the token scores.
        logprob: Sum of the raw log-probabilities, nats.
        draw: The throw that chose it among all continuations of its step.
        step: How the last token was decided, in a traced run.
        node: Index in the tree, or None where it has none.
        search: For stop strings in its text, or None without any.
    """

    parent: BeamPath | None
    token_id: int
    length: int
    token_score: float
    score: float
    logprob: float
    finish_reason: FinishReason | None = None
    draw: Draw | None = None
    step: Step | None = None
    node: int | None = None
    search: StopSearch | None = None

    @property
    def token_ids(self) -> list[int]:
        """New tokens."""
        return [link.token_id for link in self.links()]

    def links(self) -> list[BeamPath]:
        """Return the path from its first token to this one."""
        links: list[BeamPath] = []
        link: BeamPath | None = self
        while link is not None:
            links.append(link)
            link = link.parent
        return links[::-1]


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

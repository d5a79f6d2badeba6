"""The record of a beam search: every hypothesis that it considered."""

from __future__ import annotations

from collections.abc import Iterable

from engine.decoding.beams.path import BeamPath
from engine.text import Vocabulary
from engine.trace import BeamNode, BeamStatus, BeamTree


class TreeBuilder:
    """Collects the nodes of a `BeamTree` in the order in which they were considered.

    Args:
        vocabulary: Gives tokens their text.
        group: Index of the group whose hypotheses are added.
    """

    def __init__(self, vocabulary: Vocabulary, group: int = 0) -> None:
        self._vocabulary = vocabulary
        self._group = group
        self._nodes: list[BeamNode] = []

    def of_group(self, group: int) -> TreeBuilder:
        """Return a builder that adds another group's hypotheses to the same tree."""
        builder = TreeBuilder(self._vocabulary, group)
        builder._nodes = self._nodes
        return builder

    def add(self, path: BeamPath, normalised_score: float, status: BeamStatus) -> None:
        """Add a hypothesis."""
        path.node = len(self._nodes)
        self._nodes.append(
            BeamNode(
                node=path.node,
                parent=path.parent.node if path.parent else None,
                step=path.length - 1,
                token_id=path.token_id,
                text=self._vocabulary.text_of(path.token_id),
                token_score=path.token_score,
                score=path.score,
                normalised_score=normalised_score,
                status=status,
                draw=path.draw,
                group=self._group,
            )
        )

    def build(self, winners: Iterable[int | None]) -> BeamTree:
        """Return the tree with the last nodes of the winning hypotheses, best first."""
        return BeamTree(
            nodes=tuple(self._nodes), winners=tuple(node for node in winners if node is not None)
        )

"""What became of a word in a beam search that is already recorded."""

from __future__ import annotations

from engine.trace import BeamNode, BeamTree


def find_hypothesis(tree: BeamTree, *, attempt: int, step: int, token_id: int) -> BeamNode | None:
    """Return the hypothesis that goes on from a winner's path with another token.

    Args:
        tree: Of the completion.
        attempt: Whose path.
        step: 0-based step of the path at which the token would have come.
        token_id: The token.

    Returns:
        The node, whose status says whether it was pruned at once, or None where it was never
        among the best continuations.
    """
    if not 0 <= attempt < len(tree.winners):
        return None
    link: BeamNode | None = tree.nodes[tree.winners[attempt]]
    while link is not None and link.step > step:
        link = None if link.parent is None else tree.nodes[link.parent]
    if link is None or link.step != step:
        return None
    place = (step, link.parent, link.group)
    siblings = (n for n in tree.nodes if (n.step, n.parent, n.group) == place)
    return next((node for node in siblings if node.token_id == token_id), None)

"""A little beam search over given log-probabilities: trees for the tests of the bot."""

from dataclasses import replace

from engine import BeamNode, BeamTree


def search(logprobs_at, steps, num_beams, *, eos=frozenset(), winners=1, length_penalty=1.0):
    """Return the tree of a search.

    Args:
        logprobs_at: Step and path of token ids → {token id: (text, log-probability)}.
        steps: The longest path.
        num_beams: Hypotheses that go on.
        eos: Token ids that end a hypothesis.
        winners: How many finished hypotheses win.
    """
    nodes, running = [], [((), None, 0.0)]
    for step in range(steps):
        wider = [
            (score + own, ids, parent, token, text, own)
            for ids, parent, score in running
            for token, (text, own) in logprobs_at(step, ids).items()
        ]
        wider = sorted(wider, key=lambda item: (-item[0], item[1:4:2]))[: 2 * num_beams]
        running = []
        for rank, (score, ids, parent, token, text, own) in enumerate(wider):
            is_hit = token in eos or step == steps - 1
            status = "pruned"
            if is_hit and rank < num_beams:
                status = "finished"
            elif not is_hit and len(running) < num_beams:
                status = "kept"
                running.append(((*ids, token), len(nodes), score))
            nodes.append(
                BeamNode(
                    node=len(nodes),
                    parent=parent,
                    step=step,
                    token_id=token,
                    text=text,
                    token_score=own,
                    score=score,
                    normalised_score=score / (step + 1) ** length_penalty,
                    status=status,
                )
            )
        if not running:
            break
    finished = [node for node in nodes if node.status == "finished"]
    finished.sort(key=lambda node: -node.normalised_score)
    return BeamTree(nodes=tuple(nodes), winners=tuple(node.node for node in finished[:winners]))


def grouped(*trees):
    """Return one tree of several searches, a group each, in the order of their steps."""
    found = [(node, group) for group, tree in enumerate(trees) for node in tree.nodes]
    found.sort(key=lambda item: (item[0].step, item[1], item[0].node))
    index = {(group, node.node): place for place, (node, group) in enumerate(found)}
    nodes = tuple(
        replace(
            node,
            node=index[group, node.node],
            parent=None if node.parent is None else index[group, node.parent],
            group=group,
        )
        for node, group in found
    )
    winners = [index[group, winner] for group, tree in enumerate(trees) for winner in tree.winners]
    winners.sort(key=lambda winner: -nodes[winner].normalised_score)
    return BeamTree(nodes=nodes, winners=tuple(winners))


def path_ids(tree, index):
    """Return the token ids from the first step to a node."""
    node = tree.nodes[index]
    before = () if node.parent is None else path_ids(tree, node.parent)
    return (*before, node.token_id)

"""The recorded tree of a beam search against `transformers`' own search."""

import random
from dataclasses import replace

import pytest

from tests.engine.decoding.beams.transformers_beams import random_case, transformers_beams
from tests.engine.tiny import complete, request


def path_of(tree, index):
    """Return the nodes from the first step to one of them."""
    node = tree.nodes[index]
    return [*([] if node.parent is None else path_of(tree, node.parent)), node]


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_the_trees_winners_are_the_sequences_of_transformers(tiny_model, family):
    base, rng = tiny_model(family), random.Random(f"tree {family}")
    for case in range(5):
        eos_ids = frozenset(rng.sample(range(base.vocab_size), 20 * (case % 3) + 1))
        loaded = replace(base, eos_ids=eos_ids)
        wanted = request(prompt="La vida es", trace_top_n=1, **random_case(rng))
        completion = complete(loaded, wanted)
        tree = completion.beams
        sequences, scores = transformers_beams(loaded, completion.prompt_ids, wanted.params)
        assert len(tree.winners) == len(sequences)
        for winner, theirs, score in zip(tree.winners, sequences, scores, strict=True):
            path = path_of(tree, winner)
            assert [node.token_id for node in path] == theirs[: len(path)], wanted.params
            last = path[-1]
            assert last.normalised_score == pytest.approx(score, abs=2e-4, rel=1e-4)
            length = len(path) ** wanted.params.length_penalty
            assert last.score / length == pytest.approx(last.normalised_score, rel=1e-5)


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_each_sum_is_its_parents_and_its_own_step(tiny_model, family):
    rng = random.Random(f"sums {family}")
    for _ in range(4):
        settings = {**random_case(rng), "max_new_tokens": 14}
        tree = complete(tiny_model(family), request(trace_top_n=1, **settings)).beams
        steps = {node.step for node in tree.nodes}
        assert steps == set(range(max(steps) + 1))
        for node in tree.nodes:
            before = 0.0 if node.parent is None else tree.nodes[node.parent].score
            assert node.score == pytest.approx(before + node.token_score, abs=1e-4)
            if node.parent is not None:
                parent = tree.nodes[node.parent]
                assert (parent.status, parent.step) == ("kept", node.step - 1)

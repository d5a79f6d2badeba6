import pytest

from engine.explain import find_hypothesis
from tests.engine.tiny import complete, request


@pytest.fixture(scope="module")
def completion(tiny_model):
    wanted = request(strategy="beam", num_beams=3, attempts=3, max_new_tokens=6, trace_top_n=3)
    return complete(tiny_model("gpt2"), wanted)


def path_of(tree, node):
    return (() if node.parent is None else path_of(tree, tree.nodes[node.parent])) + (
        node.token_id,
    )


def test_a_winner_is_on_its_own_path(completion):
    for attempt, result in enumerate(completion.attempts):
        for step, token_id in enumerate(result.token_ids):
            node = find_hypothesis(completion.beams, attempt=attempt, step=step, token_id=token_id)
            assert path_of(completion.beams, node) == result.token_ids[: step + 1]
            assert node.status != "pruned"


def test_groups_of_diverse_beams_have_fates_of_their_own(tiny_model):
    wanted = request(
        strategy="diverse_beam",
        num_beams=6,
        num_beam_groups=3,
        diversity_penalty=2.0,
        attempts=6,
        max_new_tokens=4,
        trace_top_n=3,
    )
    tree = complete(tiny_model("gpt2"), wanted).beams
    assert len({tree.nodes[winner].group for winner in tree.winners}) > 1
    for attempt, winner in enumerate(tree.winners):
        for node in (n for n in tree.nodes if n.step == 0):
            asked = {"attempt": attempt, "step": 0, "token_id": node.token_id}
            found = find_hypothesis(tree, **asked)
            assert found is None or found.group == tree.nodes[winner].group


def test_another_token_is_found_where_it_was_considered(completion):
    tree, ids = completion.beams, completion.attempts[0].token_ids
    found = 0
    for node in tree.nodes:
        path = path_of(tree, node)
        if path[:-1] == ids[: node.step]:
            asked = {"attempt": 0, "step": node.step, "token_id": node.token_id}
            assert find_hypothesis(tree, **asked) is node
            found += node.status == "pruned"
    assert found > 0


@pytest.mark.parametrize(
    "asked", [{"token_id": 319}, {"step": 99}, {"attempt": 9}, {"attempt": -1}]
)
def test_what_was_never_considered_is_not_there(completion, asked):
    step = 1
    seen = {n.token_id for n in completion.beams.nodes if n.step == step}
    assert 319 not in seen
    assert (
        find_hypothesis(
            completion.beams, **{"attempt": 0, "step": step, "token_id": min(seen), **asked}
        )
        is None
    )

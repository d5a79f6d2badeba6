import math
from dataclasses import replace

import pytest

from engine import BeamNode, BeamTree, Draw
from engine.bench.near_ties import compare, decision_margin, tree_margin
from tests.engine.tiny import complete, request

STRATEGIES = (
    {},
    {"strategy": "sample", "attempts": 2, "seed": 3},
    {"strategy": "sample_and_rank", "attempts": 3, "seed": 4},
    {"strategy": "beam", "num_beams": 3, "attempts": 2},
    {"strategy": "beam_sample", "num_beams": 3, "seed": 5},
)


def run(tiny_model, **settings):
    return complete(
        tiny_model("llama", spread=0.1), request(max_new_tokens=8, trace_top_n=5, **settings)
    )


def draw(low, high, u=0.5):
    return Draw(u=u, low=low, high=high)


@pytest.mark.parametrize("settings", STRATEGIES)
def test_a_run_is_as_itself(tiny_model, settings):
    answer = run(tiny_model, **settings)
    tokens = sum(len(attempt.token_ids) for attempt in answer.attempts)
    same = compare(answer, answer)
    assert (same.tokens, same.margins, same.difference) == (tokens, (), 0.0)


def changed(answer, place, at, token_id, nearness):
    """The answer as it would be if a step had chosen another token that was so near."""
    attempts = list(answer.attempts)
    attempt = attempts[place]
    step = attempt.steps[at]
    old = step.chosen_candidate
    rival = replace(old, token_id=token_id, final_prob=old.final_prob * math.exp(-nearness))
    steps = [*attempt.steps[:at], replace(step, chosen=token_id, candidates=(rival,))]
    ids = (*attempt.token_ids[:at], token_id)
    attempts[place] = replace(attempt, token_ids=ids, steps=tuple(steps))
    return replace(answer, attempts=tuple(attempts))


@pytest.mark.parametrize(("nearness", "unexplained"), [(3e-5, 0), (3e-3, 1)])
def test_a_flip_is_explained_by_its_margin_and_by_nothing_else(tiny_model, nearness, unexplained):
    answer = run(tiny_model)
    token_id = (answer.attempts[0].token_ids[3] + 1) % 300
    comparison = compare(answer, changed(answer, 0, 3, token_id, nearness))
    assert comparison.margins == (pytest.approx(nearness, rel=1e-3),)
    assert len(comparison.unexplained) == unexplained
    # The token that differs was decided after the same text, and counts.
    assert comparison.tokens == 4


def test_an_answer_that_ends_early_or_lacks_an_attempt_is_unexplained(tiny_model):
    answer = run(tiny_model, strategy="sample", attempts=2)
    first, second = answer.attempts
    short = replace(first, token_ids=first.token_ids[:5], steps=first.steps[:5])
    assert compare(answer, replace(answer, attempts=(short, second))).unexplained == (math.inf,)
    assert compare(answer, replace(answer, attempts=(first,))).unexplained == (math.inf,)


def test_ranked_samples_are_compared_by_their_dice(tiny_model):
    answer = run(tiny_model, strategy="sample_and_rank", attempts=3, seed=4)
    best, second, third = answer.attempts
    swapped = compare(answer, replace(answer, attempts=(second, best, third)))
    assert swapped.margins == (pytest.approx(abs(best.score - second.score)),) * 2


def test_a_probability_that_moved_is_seen(tiny_model):
    answer = run(tiny_model)
    (attempt,) = answer.attempts
    first = attempt.steps[0]
    best = replace(first.candidates[0], raw_prob=first.candidates[0].raw_prob * math.exp(0.01))
    moved = replace(first, candidates=(best, *first.candidates[1:]))
    other = replace(attempt, steps=(moved, *attempt.steps[1:]))
    comparison = compare(answer, replace(answer, attempts=(other,)))
    assert comparison.difference == pytest.approx(0.01)
    assert comparison.margins == ()


@pytest.mark.parametrize(
    ("draws", "scores", "margin"),
    [
        ((None, None), (-1.0, -1.25), 0.25),
        # The boundary between the two moved across the throw.
        ((draw(0.3, 0.50001), draw(0.49999, 0.8)), (-1.0, -2.0), 2e-5),
        ((draw(0.49999, 0.8), draw(0.3, 0.50001)), (-1.0, -2.0), 2e-5),
        # Equal to the eye, they changed places.
        ((draw(0.3, 0.7), draw(0.3, 0.7)), (-1.0, -1.00001), 1e-5),
        # Rare tokens that have nothing to do with each other are not near because they are rare.
        ((draw(0.5, 0.50003), draw(0.49, 0.51)), (-10.4, -3.9), 0.01),
    ],
)
def test_a_margin_is_that_of_the_scores_or_of_the_throw(draws, scores, margin):
    found = decision_margin(scores[0], draws[0], scores[1], draws[1])
    assert found == pytest.approx(margin, rel=1e-3, abs=1e-9)


def tree(*nodes):
    return BeamTree(
        nodes=tuple(
            BeamNode(
                node=i,
                parent=None,
                step=0,
                token_id=token_id,
                text="x",
                token_score=score,
                score=score,
                normalised_score=score,
                status=status,
            )
            for i, (token_id, score, status) in enumerate(nodes)
        ),
        winners=(0,),
    )


def test_trees_part_where_another_hypothesis_stands():
    lone = tree((1, -1.0, "kept"), (2, -1.5, "kept"))
    assert tree_margin(lone, lone) is None
    near = tree((2, -1.00002, "kept"), (1, -1.00003, "kept"))
    assert tree_margin(lone, near) == pytest.approx(2e-5)
    assert tree_margin(lone, tree((1, -1.0, "kept"), (2, -1.5, "pruned"))) == math.inf
    assert tree_margin(lone, tree((1, -1.0, "kept"))) == math.inf

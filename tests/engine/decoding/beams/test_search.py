import random
from dataclasses import replace

import pytest
import torch

from engine import EngineError
from engine.runtime.plain import PlainRun
from tests.engine.decoding.beams.transformers_beams import random_case, transformers_beams
from tests.engine.tiny import FAMILIES, complete, request


@pytest.mark.parametrize("family", FAMILIES)
def test_beams_equal_transformers(tiny_model, family):
    base = tiny_model(family)
    rng = random.Random(family)
    for case in range(6):
        # Several end tokens, so that hypotheses finish at different lengths.
        eos_ids = frozenset(rng.sample(range(base.vocab_size), 20 * (case % 3) + 1))
        loaded = replace(base, eos_ids=eos_ids)
        wanted = request(
            prompt=rng.choice(["La vida es", "Caminante, no hay "]), **random_case(rng)
        )
        completion = complete(loaded, wanted)
        ids, scores = transformers_beams(loaded, completion.prompt_ids, wanted.params)
        assert len(completion.attempts) == wanted.params.attempts
        for attempt, their_ids, their_score in zip(completion.attempts, ids, scores, strict=True):
            length = len(attempt.token_ids)
            assert list(attempt.token_ids) == their_ids[:length], wanted.params
            assert len(set(their_ids[length:])) <= 1  # padding
            assert attempt.score == pytest.approx(their_score, abs=2e-4, rel=1e-4)
            is_ended = attempt.token_ids[-1] in eos_ids
            assert attempt.finish_reason == ("eos" if is_ended else "length")


@pytest.fixture
def traced(tiny_model):
    loaded = tiny_model("llama")
    eos_ids = frozenset(range(60))
    settings = {"num_beams": 4, "attempts": 3, "max_new_tokens": 9, "repetition_penalty": 1.2}
    return complete(
        replace(loaded, eos_ids=eos_ids), request(strategy="beam", trace_top_n=4, **settings)
    )


def test_the_tree_contains_the_winners_and_their_scores(traced):
    nodes = traced.beams.nodes
    assert [n.node for n in nodes] == list(range(len(nodes)))
    assert len(traced.beams.winners) == len(traced.attempts)
    for winner, attempt in zip(traced.beams.winners, traced.attempts, strict=True):
        path, node = [], nodes[winner]
        assert node.status == "finished"
        assert node.normalised_score == pytest.approx(attempt.score, rel=1e-5)
        while node is not None:
            path.append(node.token_id)
            node = None if node.parent is None else nodes[node.parent]
        assert tuple(path[::-1]) == attempt.token_ids


def test_the_tree_grows_only_from_kept_hypotheses(traced):
    nodes = traced.beams.nodes
    assert {n.status for n in nodes} == {"kept", "pruned", "finished"}
    for node in nodes:
        if node.parent is None:
            assert node.step == 0
            assert node.score == pytest.approx(node.token_score, abs=1e-5)
            continue
        parent = nodes[node.parent]
        assert parent.status == "kept"
        assert parent.step == node.step - 1
        assert node.score == pytest.approx(parent.score + node.token_score, abs=1e-4)


def test_the_steps_of_an_attempt_are_those_of_its_path(traced):
    for attempt in traced.attempts:
        assert [step.chosen for step in attempt.steps] == list(attempt.token_ids)
        assert all(step.draw is None for step in attempt.steps)
        stages = [stage.name for stage in attempt.steps[0].stages]
        assert stages == ["vocabulary", "repetition_penalty", "draw"]
        surprisal = sum(step.surprisal_bits for step in attempt.steps)
        assert attempt.logprob == pytest.approx(-surprisal * 0.6931471805599453, abs=1e-4)


def test_no_tree_without_a_trace(tiny_model):
    completion = complete(tiny_model("gpt2"), request(strategy="beam", num_beams=3))
    assert completion.beams is None
    assert completion.attempts[0].steps == ()


def test_more_attempts_than_beams_are_refused(tiny_model):
    with pytest.raises(EngineError) as error:
        PlainRun(tiny_model("gpt2"), request(strategy="beam", num_beams=2, attempts=3))
    assert (error.value.code, error.value.field) == ("invalid_params", "attempts")


def test_a_stopped_search_gives_its_best_hypotheses(tiny_model):
    loaded = tiny_model("llama")
    run = PlainRun(loaded, request(strategy="beam", num_beams=3, attempts=2, max_new_tokens=20))
    for _ in range(4):
        run.step()
    run.stop("deadline")
    attempts = run.completion(0.0).attempts
    assert [a.finish_reason for a in attempts] == ["deadline", "deadline"]
    assert [len(a.token_ids) for a in attempts] == [4, 4]
    assert attempts[0].score >= attempts[1].score


def test_finished_hypotheses_outlive_a_search_that_cannot_go_on(tiny_model):
    loaded = replace(tiny_model("llama"), eos_ids=frozenset(range(0, 320, 4)))
    task_request = request(strategy="beam", num_beams=4, attempts=4, max_new_tokens=30)
    run = PlainRun(loaded, task_request)
    run.step()
    run.step()
    search = run._strategy
    finished = len(search._finished)
    assert 0 < finished < 4
    search._running_scores = torch.full_like(search._running_scores, -torch.inf)
    run.step()
    assert run.is_done
    attempts = run.completion(0.0).attempts
    assert [a.finish_reason for a in attempts] == ["eos"] * finished

import math

import pytest
import torch

from engine.decoding.recording import Recorder
from engine.decoding.stages import apply_filters
from engine.ordering import best_first
from engine.trace import Step
from tests.engine.tiny import complete, request

SAMPLED = {
    "strategy": "sample",
    "temperature": 0.8,
    "top_k": 50,
    "top_p": 0.9,
    "no_repeat_ngram_size": 2,
    "repetition_penalty": 1.1,
    "max_new_tokens": 12,
    "attempts": 2,
    "seed": 9,
}


@pytest.fixture
def traced(tiny_model):
    return complete(tiny_model("llama"), request(trace_top_n=6, **SAMPLED))


def test_one_step_per_token(traced):
    for attempt in traced.attempts:
        assert [step.chosen for step in attempt.steps] == list(attempt.token_ids)


def test_tracing_does_not_change_the_text(tiny_model, traced):
    plain = complete(tiny_model("llama"), request(**SAMPLED))
    assert [a.token_ids for a in plain.attempts] == [a.token_ids for a in traced.attempts]
    assert all(a.steps == () for a in plain.attempts)


def test_probabilities_sum_to_one(traced):
    for step in (s for a in traced.attempts for s in a.steps):
        raw = sum(c.raw_prob for c in step.candidates) + step.rest.raw_mass
        final = sum(c.final_prob for c in step.candidates) + step.rest.final_mass
        assert raw == pytest.approx(1.0, abs=1e-12)
        assert final == pytest.approx(1.0, abs=1e-12)
        assert step.rest.count == 320 - len(step.candidates)


def test_the_whole_distribution_can_be_asked_for(tiny_model):
    completion = complete(tiny_model("llama"), request(trace_top_n=1000, **SAMPLED))
    for step in completion.attempts[0].steps:
        assert len(step.candidates) == 320
        assert (step.rest.count, step.rest.raw_mass) == (0, pytest.approx(0.0, abs=1e-12))
        best = sorted(step.candidates, key=lambda c: (-c.raw_prob, c.token_id))
        assert [c.raw_rank for c in best] == list(range(1, 321))


def test_candidates_are_the_best_and_then_the_chosen_one(traced):
    lengths = set()
    for step in (s for a in traced.attempts for s in a.steps):
        lengths.add(len(step.candidates))
        assert [c.raw_rank for c in step.candidates[:6]] == [1, 2, 3, 4, 5, 6]
        probs = [c.raw_prob for c in step.candidates]
        assert probs == sorted(probs, reverse=True)
        assert step.chosen_candidate.removed_by is None
    assert lengths == {6, 7}


def test_stages_hand_on_what_they_keep(traced):
    names = ["vocabulary", "repetition_penalty", "no_repeat_ngram_size", "temperature"]
    names += ["top_k", "top_p", "draw"]
    for step in (s for a in traced.attempts for s in a.steps):
        assert [stage.name for stage in step.stages] == names
        tokens = 320
        raw_mass = 1.0
        for stage in step.stages:
            assert stage.tokens_kept + stage.tokens_removed == tokens
            assert stage.mass_kept + stage.mass_removed == pytest.approx(1.0)
            assert stage.raw_mass <= raw_mass + 1e-12
            assert stage.kind == "cut" or stage.tokens_removed == 0
            tokens, raw_mass = stage.tokens_kept, stage.raw_mass
        assert tokens == 1
        assert raw_mass == pytest.approx(step.chosen_candidate.raw_prob)
        for candidate in step.candidates:
            assert (candidate.final_prob == 0.0) == (candidate.removed_by is not None)


def test_the_draw_names_the_interval_of_the_chosen_token(traced):
    for step in (s for a in traced.attempts for s in a.steps):
        assert step.draw.low <= step.draw.u < step.draw.high
        width = step.draw.high - step.draw.low
        assert width == pytest.approx(step.chosen_candidate.final_prob, abs=1e-12)


def test_the_distribution_is_the_models(tiny_model, traced):
    loaded = tiny_model("llama")
    attempt = traced.attempts[0]
    ids = torch.tensor([[*traced.prompt_ids, *attempt.token_ids]])
    with torch.inference_mode():
        logits = loaded.model(ids).logits[0]
    total = 0.0
    for t, step in enumerate(attempt.steps):
        row = torch.log_softmax(logits[len(traced.prompt_ids) + t - 1], -1)
        total += float(row[step.chosen])
        entropy = -float((row.exp() * row).sum()) / math.log(2)
        assert step.entropy_bits == pytest.approx(entropy, abs=1e-3)
        assert step.surprisal_bits == pytest.approx(
            -float(row[step.chosen]) / math.log(2), abs=1e-3
        )
        for candidate in step.candidates:
            assert candidate.raw_prob == pytest.approx(
                float(row[candidate.token_id].exp()), abs=1e-4
            )
            assert candidate.raw_rank == int((row > row[candidate.token_id]).sum()) + 1
    assert attempt.logprob == pytest.approx(total, abs=1e-3)
    assert attempt.score == attempt.logprob


def test_steps_survive_json(traced):
    step = traced.attempts[0].steps[0]
    assert Step.from_dict(step.to_dict()) == step


def test_equal_values_stand_by_id():
    values = torch.tensor([0.1, 0.3, 0.3, 0.05, 0.3])
    assert best_first(values, 2).tolist() == [1, 2, 4]
    assert best_first(values, 5).tolist() == [1, 2, 4, 0, 3]


def test_what_the_model_itself_rules_out_is_removed_by_the_vocabulary(tiny_model):
    logits = torch.tensor([[1.0, -torch.inf, 0.0]])
    records = []
    apply_filters((), torch.tensor([[0]]), logits, records)
    recorder = Recorder(tiny_model("gpt2").vocabulary, 3)
    step = recorder.snapshot(records).step(0, 0, None)
    assert [c.removed_by for c in step.candidates] == [None, None, "vocabulary"]
    assert (step.stages[0].kind, step.stages[0].tokens_kept) == ("cut", 2)

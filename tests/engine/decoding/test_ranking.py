import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Completion
from engine.explain.values import Moment
from engine.runtime.plain import PlainRun
from tests.engine.tiny import complete, request

RANKED = {"strategy": "sample_and_rank", "max_new_tokens": 8, "temperature": 1.3, "top_k": 60}


def raw_logprobs(loaded, prompt_ids, ids):
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([[*prompt_ids, *ids]])).logits[0]
    rows = torch.log_softmax(logits[len(prompt_ids) - 1 : -1], -1)
    return [float(row[token]) for row, token in zip(rows, ids, strict=True)]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1), attempts=st.integers(1, 6), few_ends=st.booleans())
def test_the_samples_are_those_of_sampling_best_first(tiny_model, seed, attempts, few_ends):
    loaded = tiny_model("llama")
    ends = frozenset({0}) if few_ends else frozenset(range(0, 320, 8))
    object.__setattr__(loaded, "eos_ids", ends)
    try:
        wanted = {**RANKED, "seed": seed, "attempts": attempts}
        ranked = complete(loaded, request(**wanted))
        drawn = complete(loaded, request(**{**wanted, "strategy": "sample"}))
    finally:
        object.__setattr__(loaded, "eos_ids", frozenset({0}))
    assert sorted(a.die for a in ranked.attempts) == list(range(attempts))
    for attempt in ranked.attempts:
        assert attempt.token_ids == drawn.attempts[attempt.die].token_ids
        assert attempt.logprob == drawn.attempts[attempt.die].logprob
        assert attempt.score == pytest.approx(attempt.logprob / len(attempt.token_ids))
    scores = [attempt.score for attempt in ranked.attempts]
    assert scores == sorted(scores, reverse=True)


def test_the_score_is_the_mean_raw_logprob(tiny_model):
    loaded = tiny_model("gpt2")
    completion = complete(loaded, request(attempts=4, seed=3, **RANKED))
    for attempt in completion.attempts:
        raw = raw_logprobs(loaded, completion.prompt_ids, attempt.token_ids)
        assert attempt.score == pytest.approx(sum(raw) / len(raw), abs=1e-4)


def test_more_samples_do_not_change_the_first_ones(tiny_model):
    loaded = tiny_model("llama")
    few = complete(loaded, request(attempts=2, seed=7, **RANKED))
    many = complete(loaded, request(attempts=6, seed=7, **RANKED))
    by_die = {attempt.die: attempt.token_ids for attempt in many.attempts}
    assert all(by_die[attempt.die] == attempt.token_ids for attempt in few.attempts)
    assert many.attempts[0].score >= few.attempts[0].score


def test_samples_keep_their_places_until_the_answer(tiny_model):
    loaded = tiny_model("llama")
    run = PlainRun(loaded, request(attempts=5, seed=1, **RANKED))
    texts = {}
    while not run.is_done:
        run.step()
        for progress in run.progress():
            assert progress.text.startswith(texts.get(progress.attempt, ""))
            texts[progress.attempt] = progress.text
    completion = run.completion(0.0)
    assert {a.die: a.text for a in completion.attempts} == texts
    assert [a.die for a in completion.attempts] != sorted(texts)


def test_what_was_stopped_is_ranked_too(tiny_model):
    run = PlainRun(tiny_model("llama"), request(attempts=5, seed=1, **RANKED))
    for _ in range(4):
        run.step()
    run.stop("cancelled")
    attempts = run.completion(0.0).attempts
    assert {a.finish_reason for a in attempts} == {"cancelled"}
    assert [a.score for a in attempts] == sorted((a.score for a in attempts), reverse=True)


def test_a_step_is_explained_with_the_die_that_was_thrown(tiny_model):
    loaded = tiny_model("llama")
    wanted = request(attempts=5, seed=1, trace_top_n=3, **RANKED)
    completion = Completion.from_dict(complete(loaded, wanted).to_dict())
    for place, attempt in enumerate(completion.attempts):
        moment = Moment.of(wanted, completion, attempt=place, step=2)
        assert moment.attempt == attempt.die
        assert [step.chosen for step in attempt.steps] == list(attempt.token_ids)


def test_an_answer_stored_before_there_were_rankings_still_loads(tiny_model):
    completion = complete(tiny_model("llama"), request(strategy="sample", attempts=2))
    stored = completion.to_dict()
    for attempt in stored["attempts"]:
        del attempt["die"]
    loaded = Completion.from_dict(stored)
    assert loaded == completion
    assert [loaded.die_of(place) for place in (0, 1)] == [0, 1]


def test_frozen_sampling_is_greedy(tiny_model):
    completion = complete(
        tiny_model("llama"), request(strategy="sample_and_rank", temperature=0, attempts=3)
    )
    assert completion.params.strategy == "greedy"
    assert len(completion.attempts) == 1

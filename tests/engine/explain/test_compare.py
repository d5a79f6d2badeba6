import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.decoding_params import UNBATCHED_STRATEGIES
from engine.explain.compare import Measures, contenders, measure
from engine.explain.loops import distinct, find_loop, repetition_rate
from engine.requests import GenerationRequest
from tests.engine.tiny import complete


def notebook_sequence_logprob(model, labels, input_len):
    """As the notebook of the lesson does it, its slice included."""
    with torch.no_grad():
        logits = model(labels).logits
        logp = torch.log_softmax(logits[:, :-1], -1)
        logp = logp.gather(2, labels[:, 1:, None]).squeeze(-1)
        return float(logp[:, input_len:].sum())


def test_every_contender_runs_and_is_measured(tiny_model):
    loaded = tiny_model("gpt2", spread=0.15)
    duel = contenders(12)
    assert len({c.name for c in duel}) == len(duel) == 10
    for contender in duel:
        assert contender.params.inactive() == ()
        completion = complete(
            loaded, GenerationRequest(prompt="La vida", params=contender.params, trace_top_n=1)
        )
        measures = measure(completion)
        attempt = completion.attempts[0]
        assert len(completion.attempts) == contender.params.attempts
        assert Measures.from_dict(measures.to_dict()) == measures
        assert measures.tokens == len(attempt.token_ids)
        labels = torch.tensor([[*completion.prompt_ids, *attempt.token_ids]])
        expected = notebook_sequence_logprob(loaded.model, labels, len(completion.prompt_ids))
        assert measures.notebook_logprob == pytest.approx(expected, abs=1e-3)
        assert measures.logprob == pytest.approx(attempt.logprob)
        assert measures.logprob_per_token * measures.tokens == pytest.approx(attempt.logprob)
        assert len(measures.raw_probs) == measures.tokens
        assert measures.milliseconds > 0
        excess = [step.surprisal_bits - step.entropy_bits for step in attempt.steps]
        assert measures.excess_bits == pytest.approx(sum(excess) / len(excess))


@pytest.mark.parametrize("seed", range(6))
def test_the_ranking_starts_from_the_cold_sample_and_never_falls_behind_it(tiny_model, seed):
    loaded = tiny_model("gpt2", spread=0.15)
    duel = {contender.name: contender.params for contender in contenders(10)}
    cold, ranked = (
        complete(loaded, GenerationRequest(prompt="La vida", params=duel[name], seed=seed))
        for name in ("sample_cold", "sample_and_rank")
    )
    (first,) = (attempt for attempt in ranked.attempts if attempt.die == 0)
    assert first.token_ids == cold.attempts[0].token_ids
    best = max(measure(ranked, place).logprob_per_token for place in range(len(ranked.attempts)))
    assert measure(ranked).logprob_per_token == best >= measure(cold).logprob_per_token - 1e-6


def test_what_runs_alone_stands_behind_what_runs_together():
    alone = [c.params.strategy in UNBATCHED_STRATEGIES for c in contenders(1)]
    assert alone == sorted(alone)
    assert sum(alone) == 1


def test_without_steps_what_needs_them_is_unknown(tiny_model):
    loaded = tiny_model("gpt2")
    completion = complete(
        loaded, GenerationRequest(prompt="La vida", params=contenders(3)[0].params)
    )
    measures = measure(completion)
    assert (measures.notebook_logprob, measures.raw_probs) == (None, ())
    assert measures.excess_bits is None


def test_repetition_is_counted():
    assert distinct("abab", 1) == 0.5
    assert distinct("abab", 2) == pytest.approx(2 / 3)
    assert distinct("a", 2) == 1.0
    assert repetition_rate("abcd" * 3) == pytest.approx(5 / 9)
    assert repetition_rate("abcdefg") == 0.0


def test_a_loop_is_found_where_it_begins():
    words = ["érase", "una", "vez", "un", *["gato", "y", "el"] * 3, "gato"]
    loop = find_loop(words)
    assert words[loop.start : loop.start + loop.period] == ["gato", "y", "el"]
    assert (loop.start, loop.repeats_from, loop.length) == (4, 7, 10)
    assert loop.turns == pytest.approx(10 / 3)


@pytest.mark.parametrize("text", ["", "aaaa", "abcabc", "abcdefghijklmnop", "abaabbab"])
def test_no_loop_is_seen_where_there_is_none(text):
    assert find_loop(text) is None


def test_an_end_token_after_a_loop_does_not_hide_it():
    assert find_loop([*[7, 8] * 4, 0]).length == 8


@given(
    head=st.lists(st.integers(0, 50), max_size=10),
    unit=st.lists(st.integers(100, 110), min_size=1, max_size=12),
    turns=st.integers(3, 6),
    tail=st.lists(st.integers(200, 250), max_size=3),
)
def test_a_loop_that_was_put_there_is_found_whole(head, unit, turns, tail):
    tokens = [*head, *unit * turns, *tail]
    loop = find_loop(tokens)
    if len(unit) * turns < 6:
        return
    assert loop.length >= 3 * loop.period
    for i in range(loop.repeats_from, loop.start + loop.length):
        assert tokens[i] == tokens[i - loop.period]
    inside = [find_loop(unit * turns), find_loop(head)]
    assert loop.length >= max(found.length for found in inside if found is not None) - len(unit)

"""What must hold of a decision under any settings."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import DecodingParams
from engine.explain.redraw import redraw
from engine.explain.values import Moment, Redraw, RedrawRequest
from tests.engine.explain.steps import assert_same_step
from tests.engine.tiny import complete, request

TOP_N = 12
ANY_SETTINGS = st.fixed_dictionaries(
    {
        "temperature": st.integers(1, 60).map(lambda i: round(i * 0.05, 2)),
        "top_k": st.sampled_from([0, 1, 2, 5, 40, 319, 320]),
        "top_p": st.integers(1, 100).map(lambda i: i / 100),
        "min_p": st.sampled_from([0.0, 0.05, 0.5]),
        "repetition_penalty": st.sampled_from([1.0, 1.3]),
        "no_repeat_ngram_size": st.sampled_from([0, 1]),
    }
)
STEPS = st.integers(0, 5)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def loaded(tiny_model):
    return tiny_model("llama", spread=0.2)


def asked(loaded, wanted, completion, step, params, attempt=0):
    moment = Moment.of(wanted, completion, attempt=attempt, step=step)
    return redraw(loaded, RedrawRequest(moment=moment, params=params, trace_top_n=TOP_N))


def assert_sums_to_one(step):
    listed = sum(candidate.final_prob for candidate in step.candidates)
    assert listed + step.rest.final_mass == pytest.approx(1.0, abs=1e-9)
    assert sum(c.raw_prob for c in step.candidates) + step.rest.raw_mass == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(own=ANY_SETTINGS, seed=SEEDS, step=STEPS, attempt=st.integers(0, 1))
def test_the_texts_own_settings_give_its_step(loaded, own, seed, step, attempt):
    params = {"strategy": "sample", **own}
    wanted = request(max_new_tokens=6, attempts=2, seed=seed, trace_top_n=TOP_N, **params)
    completion = complete(loaded, wanted)
    stored = completion.attempts[attempt]
    if step >= len(stored.steps):  # it ended before
        step = len(stored.steps) - 1
    again = asked(loaded, wanted, completion, step, wanted.params, attempt)
    # A boundary of the die may fall on either side of what another order of sums gives.
    if min(abs(stored.steps[step].draw.u - x) for x in stored.steps[step].draw.interval) > 1e-4:
        shown = replace(
            again.step, candidates=again.step.candidates[: len(stored.steps[step].candidates)]
        )
        assert_same_step(shown, stored.steps[step])
    assert again.before == again.step
    assert again.curve_before == again.curve


@settings(max_examples=25, deadline=None)
@given(own=ANY_SETTINGS, other=ANY_SETTINGS, seed=SEEDS, step=STEPS)
def test_the_same_die_gives_what_a_run_from_there_draws(loaded, own, other, seed, step):
    wanted = request(strategy="sample", max_new_tokens=6, seed=seed, trace_top_n=TOP_N, **own)
    completion = complete(loaded, wanted)
    written = completion.attempts[0].token_ids
    step = min(step, len(written) - 1)
    params = DecodingParams(strategy="sample", **other)
    answer = asked(loaded, wanted, completion, step, params)
    run = complete(
        loaded,
        replace(
            wanted,
            params=replace(params, max_new_tokens=1),
            prefix_ids=written[:step],
        ),
    )
    drawn = run.attempts[0].steps[0]
    assert answer.step.draw.u == drawn.draw.u == answer.before.draw.u
    if min(abs(drawn.draw.u - x) for x in drawn.draw.interval) > 1e-4:
        assert answer.step.chosen == drawn.chosen


@settings(max_examples=40, deadline=None)
@given(own=ANY_SETTINGS, other=ANY_SETTINGS, seed=SEEDS, step=STEPS)
def test_any_settings_give_a_distribution_and_a_stretch_for_the_die(loaded, own, other, seed, step):
    wanted = request(strategy="sample", max_new_tokens=6, seed=seed, trace_top_n=TOP_N, **own)
    completion = complete(loaded, wanted)
    step = min(step, len(completion.attempts[0].token_ids) - 1)
    answer = asked(loaded, wanted, completion, step, DecodingParams(strategy="sample", **other))
    assert Redraw.from_dict(answer.to_dict()) == answer
    for seen in (answer.step, answer.before):
        assert_sums_to_one(seen)
        assert seen.draw.low <= seen.draw.u < seen.draw.high
        chosen = seen.chosen_candidate.final_prob
        assert seen.draw.high - seen.draw.low == pytest.approx(chosen, abs=1e-9)
    ids = [{c.token_id for c in seen.candidates} for seen in (answer.step, answer.before)]
    assert (
        ids[0]
        == ids[1]
        >= {answer.step.chosen, answer.before.chosen, completion.attempts[0].token_ids[step]}
    )
    assert_is_curve(answer.curve, answer)


def assert_is_curve(curve, answer):
    probs = [point.prob for point in curve]
    assert probs == sorted(probs, reverse=True)
    assert curve[-1].cumulative == pytest.approx(1.0)
    alive = answer.step.stages[-2].tokens_kept
    bans = [cut for cut in answer.cuts if cut.name == "no_repeat_ngram_size"]
    if answer.cuts and not bans:
        assert answer.cuts[-1].rank == alive
        for point in curve:
            assert (point.final > 0) == (point.rank <= alive)
    # The final probabilities keep the proportions of what is left.
    kept = [point for point in curve if point.final > 1e-9]
    for point in kept[1:]:
        expected = kept[0].final * point.prob / kept[0].prob
        assert point.final == pytest.approx(expected, rel=1e-4)


def test_what_came_out_of_a_search_is_listed_too(loaded):
    wanted = request(
        strategy="beam", num_beams=4, no_repeat_ngram_size=1, max_new_tokens=6, trace_top_n=1
    )
    completion = complete(loaded, wanted)
    written = completion.attempts[0].token_ids
    for step, token_id in enumerate(written):
        moment = Moment.of(wanted, completion, attempt=0, step=step)
        params = DecodingParams(strategy="sample", temperature=2.0)
        answer = redraw(loaded, RedrawRequest(moment=moment, params=params, trace_top_n=1))
        assert token_id in {c.token_id for c in answer.step.candidates}
        stored = completion.attempts[0].steps[step]
        finals = {c.token_id: c.final_prob for c in answer.before.candidates}
        for candidate in stored.candidates:
            assert finals[candidate.token_id] == pytest.approx(candidate.final_prob, abs=1e-5)
        assert answer.before.draw is None


def test_greedy_is_read_again_as_it_was(loaded):
    wanted = request(repetition_penalty=1.4, max_new_tokens=5, trace_top_n=TOP_N)
    completion = complete(loaded, wanted)
    for step, stored in enumerate(completion.attempts[0].steps):
        again = asked(loaded, wanted, completion, step, wanted.params).step
        assert (again.chosen, again.draw) == (stored.chosen, None)
        finals = [c.final_prob for c in stored.candidates]
        assert [c.final_prob for c in again.candidates] == pytest.approx(finals, abs=1e-5)


def test_a_penalty_in_a_beam_search_bends_the_curve_as_it_bends_the_step(loaded):
    wanted = request(
        strategy="beam",
        num_beams=2,
        repetition_penalty=3.0,
        max_new_tokens=4,
        trace_top_n=TOP_N,
    )
    completion = complete(loaded, wanted)
    answer = asked(loaded, wanted, completion, 3, wanted.params)
    assert [point.prob for point in answer.curve] == pytest.approx(
        [point.final for point in answer.curve]
    )

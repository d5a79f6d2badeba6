import pytest
import torch

from engine import DecodingParams, EngineError
from engine.decoding.sampling import throw_die
from engine.explain.redraw import redraw
from engine.explain.values import Moment, Redraw, RedrawRequest
from tests.engine.explain.steps import assert_same_step
from tests.engine.tiny import complete, request


@pytest.fixture(scope="module")
def loaded(tiny_model):
    return tiny_model("llama", spread=0.2)


@pytest.fixture(scope="module")
def stored(loaded):
    wanted = request(
        strategy="sample", top_p=0.8, attempts=2, max_new_tokens=6, seed=11, trace_top_n=12
    )
    return wanted, complete(loaded, wanted)


def ask(loaded, moment, top_n=12, **params):
    request = RedrawRequest(moment=moment, params=DecodingParams(**params), trace_top_n=top_n)
    answer = redraw(loaded, request)
    assert Redraw.from_dict(answer.to_dict()) == answer
    return answer


def test_the_same_settings_give_the_step_that_was_recorded(loaded, stored):
    wanted, completion = stored
    for attempt in (0, 1):
        for step in (0, 3, 5):
            moment = Moment.of(wanted, completion, attempt=attempt, step=step)
            again = ask(loaded, moment, strategy="sample", top_p=0.8)
            assert_same_step(again.step, completion.attempts[attempt].steps[step])


def test_other_settings_give_what_a_run_with_them_would_have_drawn(loaded, stored):
    wanted, completion = stored
    prefix = completion.attempts[0].token_ids[:4]
    other = {"strategy": "sample", "temperature": 2.0, "top_k": 9}
    run = complete(
        loaded, request(prefix_ids=prefix, max_new_tokens=1, seed=11, trace_top_n=12, **other)
    )
    moment = Moment.of(wanted, completion, attempt=0, step=4)
    assert_same_step(ask(loaded, moment, **other).step, run.attempts[0].steps[0])


def test_the_die_goes_on_from_a_prefix(loaded, stored):
    prefix = stored[1].attempts[0].token_ids[:2]
    longer = request(prefix_ids=prefix, strategy="sample", seed=11, max_new_tokens=3)
    moment = Moment.of(longer, complete(loaded, longer), attempt=0, step=1)
    assert moment.t == 3
    assert ask(loaded, moment, strategy="sample").step.draw.u == throw_die(11, 0, 3)


def test_greedy_draws_nothing(loaded, stored):
    moment = Moment.of(*stored, attempt=0, step=1)
    step = ask(loaded, moment, strategy="sample", temperature=0.0).step
    assert step.draw is None
    assert step.chosen_candidate.raw_rank == 1


def test_the_curve_is_the_reshaped_distribution_without_the_cuts(loaded, stored):
    moment = Moment.of(*stored, attempt=0, step=2)
    curve = ask(loaded, moment, strategy="sample", temperature=0.5, top_k=3).curve
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([moment.context_ids])).logits[0, -1].double()
    expected = torch.softmax(logits / 0.5, -1).sort(descending=True).values
    assert [p.rank for p in curve[:32]] == list(range(1, 33))
    assert curve[-1].rank == loaded.vocab_size
    assert curve[-1].cumulative == pytest.approx(1.0)
    for point in curve:
        assert point.prob == pytest.approx(float(expected[point.rank - 1]), abs=1e-6)
        assert point.cumulative == pytest.approx(float(expected[: point.rank].sum()), abs=1e-5)


def test_a_prompt_that_was_not_kept_cannot_be_looked_at(stored):
    wanted, completion = stored
    from dataclasses import replace

    with pytest.raises(EngineError) as error:
        Moment.of(wanted, replace(completion, prompt_ids=()), attempt=0, step=0)
    assert (error.value.code, error.value.reason) == ("unsupported", "prompt_not_kept")


@pytest.mark.parametrize(
    ("moment", "field"),
    [
        ({"context_ids": (5, 320)}, "context_ids"),
        ({"context_ids": (5,) * 65}, "context_ids"),
        ({"context_ids": ()}, None),
    ],
)
def test_contexts_that_do_not_fit_are_refused(loaded, moment, field):
    with pytest.raises(EngineError) as error:
        ask(loaded, Moment(params=DecodingParams(), **moment))
    assert error.value.field == field


def test_settings_that_do_not_fit_are_refused(loaded, stored):
    moment = Moment.of(*stored, attempt=0, step=0)
    with pytest.raises(EngineError) as error:
        ask(loaded, moment, strategy="sample", top_k=321)
    assert error.value.field == "top_k"
    with pytest.raises(EngineError) as error:
        ask(loaded, moment, top_n=0)
    assert error.value.field == "trace_top_n"


def test_the_least_length_counts_what_the_request_has_written(loaded):
    wanted = request(
        strategy="sample_and_rank",
        min_new_tokens=3,
        attempts=3,
        max_new_tokens=5,
        seed=2,
        prefix_ids=(40, 41),
        trace_top_n=12,
    )
    completion = complete(loaded, wanted)
    for attempt, answer in enumerate(completion.attempts):
        for step in range(5):
            moment = Moment.of(wanted, completion, attempt=attempt, step=step)
            again = ask(loaded, moment, strategy="sample_and_rank", min_new_tokens=3)
            assert_same_step(again.step, answer.steps[step])
            assert again.step.stages[1].tokens_removed == int(step < 3)

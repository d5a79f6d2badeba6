"""Decisions of an encoder-decoder made again, and words that it did not choose."""

from dataclasses import replace

import pytest

from engine import EngineError
from engine.decoding_params import DecodingParams
from engine.explain.redraw import redraw
from engine.explain.values import Moment, RedrawRequest, WhyNotRequest
from engine.explain.why_not import why_not
from tests.engine import pairs
from tests.engine.tiny import complete, request

SOURCE = "La vida es sueño, y los sueños, sueños son."


@pytest.fixture(scope="module", params=pairs.FAMILIES)
def loaded(request, tmp_path_factory):
    loaded = pairs.build(request.param, tmp_path_factory.mktemp(request.param)).loaded
    forced = replace(loaded.transformation, first_id=40, last_ids=(0,), never_ids=(1,))
    return replace(loaded, transformation=forced)


def answered(loaded, **params):
    asked = request(SOURCE, max_new_tokens=6, trace_top_n=4, **params)
    return asked, complete(loaded, asked)


SETTINGS = (
    {},
    {"strategy": "sample", "top_k": 30, "temperature": 1.4, "seed": 3, "no_repeat_ngram_size": 1},
    {"strategy": "beam", "num_beams": 3, "repetition_penalty": 1.3},
)


@pytest.mark.parametrize("params", SETTINGS, ids=("greedy", "sample", "beam"))
def test_a_decision_comes_out_again(loaded, params):
    asked, completion = answered(loaded, **params)
    for t, recorded in enumerate(completion.attempts[0].steps):
        moment = Moment.of(asked, completion, attempt=0, step=t)
        again = redraw(loaded, RedrawRequest(moment=moment, params=asked.params, trace_top_n=4))
        assert again.before is not None
        names = [stage.name for stage in recorded.stages]
        assert [stage.name for stage in again.before.stages] == names
        found = {c.token_id: c for c in again.before.candidates}
        for candidate in recorded.candidates:
            other = found[candidate.token_id]
            assert other.raw_prob == pytest.approx(candidate.raw_prob, abs=1e-4)
            assert other.final_prob == pytest.approx(candidate.final_prob, abs=1e-4)
        if not asked.params.is_beam:
            assert again.step.chosen == recorded.chosen


def test_other_settings_do_not_lift_what_is_forced(loaded):
    asked, completion = answered(loaded)
    moment = Moment.of(asked, completion, attempt=0, step=0)
    hot = DecodingParams(strategy="sample", temperature=5.0, max_new_tokens=6)
    assert redraw(loaded, RedrawRequest(moment=moment, params=hot)).step.chosen == 40
    answer = why_not(loaded, WhyNotRequest(moment=moment, word="sueño"))
    for spelling in answer.spellings:
        assert spelling.tokens[0].verdict == "forced"
        assert spelling.tokens[0].winner.token_id == 40
        assert spelling.suggestions == ()
        assert spelling.odds == 0.0


def test_a_word_is_followed_behind_what_is_written(loaded):
    asked, completion = answered(loaded, strategy="sample", top_k=5, seed=1)
    moment = Moment.of(asked, completion, attempt=0, step=2)
    answer = why_not(loaded, WhyNotRequest(moment=moment, word="camino"))
    for spelling in answer.spellings:
        assert spelling.tokens[0].verdict in {"chosen", "lost_draw", "filter"}
        assert spelling.raw_prob > 0.0


def test_a_moment_without_its_source_cannot_be_asked(loaded):
    asked, completion = answered(loaded)
    moment = replace(Moment.of(asked, completion, attempt=0, step=1), source_ids=())
    with pytest.raises(EngineError) as caught:
        redraw(loaded, RedrawRequest(moment=moment, params=asked.params))
    assert (caught.value.code, caught.value.reason) == ("unsupported", "prompt_not_kept")

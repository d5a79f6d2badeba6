"""The stages that transformers does not have: recorded, replayed, explained, scored."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import DecodingParams, ScoreRequest
from engine.decoding.sampling import throw_die
from engine.decoding.scoring import score
from engine.explain.decision import choose, read_decisions
from engine.explain.redraw import redraw
from engine.explain.values import Moment, RedrawRequest
from tests.engine.tiny import complete, request

OWN = ("whole_word_start", "plain_text", "sentence_end_tokens")
FOR_PEOPLE = {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": 10}
STRATEGIES = (
    {},
    {"strategy": "sample", "temperature": 1.6, "attempts": 3},
    {"strategy": "sample", "top_p": 0.9, "top_k": 30, "repetition_penalty": 1.2},
    {"strategy": "beam", "num_beams": 3, "attempts": 3},
    {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.5},
)
PROMPTS = ("La vida", "La vida es ", "<b>La vida</b> es", "Uno.\n\n\nDos", "x")


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def loaded(request, tiny_model):
    return tiny_model(request.param, spread=0.15)


@st.composite
def cases(draw):
    own = {name: draw(st.booleans()) for name in OWN[:2]}
    return request(
        draw(st.sampled_from(PROMPTS)),
        seed=draw(st.integers(0, 99)),
        trace_top_n=5,
        max_new_tokens=draw(st.integers(1, 8)),
        sentence_end_tokens=draw(st.sampled_from([0, 1, 6])),
        **own,
        **draw(st.sampled_from(STRATEGIES)),
    )


CHECKED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CHECKED
@given(asked=cases())
def test_every_stage_is_recorded_with_what_it_kept_and_removed(loaded, asked):
    done = complete(loaded, asked)
    for attempt in done.attempts:
        assert len(attempt.steps) == len(attempt.token_ids)
        for t, step in enumerate(attempt.steps):
            before = loaded.vocab_size
            for stage in step.stages:
                assert math.isclose(stage.mass_kept + stage.mass_removed, 1.0, abs_tol=1e-9)
                assert stage.tokens_kept + stage.tokens_removed == before
                before = stage.tokens_kept
            names = [stage.name for stage in step.stages]
            assert ("plain_text" in names) == asked.params.plain_text
            assert "whole_word_start" not in names or (t == 0 and asked.params.whole_word_start)
            is_behind = bool(asked.params.sentence_end_tokens) and t >= asked.params.max_new_tokens
            assert ("sentence_end_tokens" in names) == is_behind
            assert step.chosen_candidate.removed_by not in OWN


@CHECKED
@given(asked=cases())
def test_who_watches_changes_nothing(loaded, asked):
    traced, alone = complete(loaded, asked), complete(loaded, replace(asked, trace_top_n=0))
    for ours, theirs in zip(traced.attempts, alone.attempts, strict=True):
        assert ours.token_ids == theirs.token_ids
        assert ours.finish_reason == theirs.finish_reason


@CHECKED
@given(asked=cases(), start=st.integers(0, 14))
def test_a_text_taken_up_again_is_the_same(loaded, asked, start):
    (first, *_) = complete(loaded, asked).attempts
    length = asked.params.max_new_tokens
    # A search that looks ahead has more to look back at.
    if start >= len(first.token_ids) or asked.params.is_beam:
        return
    rest = replace(asked, prefix_ids=first.token_ids[:start], params=asked.params.after(start))
    again = complete(loaded, rest).attempts[0]
    if start < length:
        assert again.token_ids == first.token_ids[start:]
        assert again.finish_reason == first.finish_reason
    else:
        # The lift grows anew over what is left, up to the same end.
        left = length + asked.params.sentence_end_tokens - start
        assert 1 <= len(again.token_ids) <= left
        assert again.finish_reason in ("sentence", "eos") or len(again.token_ids) == left


@CHECKED
@given(asked=cases(), step=st.integers(0, 14), start=st.integers(0, 3))
def test_a_step_is_explained_as_it_was(loaded, asked, step, start):
    asked = replace(asked, prefix_ids=complete(loaded, asked).attempts[0].token_ids[:start])
    done = complete(loaded, asked)
    (first, *_) = done.attempts
    if step >= len(first.steps) or asked.params.resolved().strategy == "contrastive":
        return
    moment = Moment.of(asked, done, attempt=0, step=step)
    answer = redraw(loaded, RedrawRequest(moment=moment, params=asked.params))
    recorded = first.steps[step]
    shown = [(s.name, s.tokens_kept, s.tokens_removed) for s in answer.before.stages]
    assert shown == [(s.name, s.tokens_kept, s.tokens_removed) for s in recorded.stages]
    if asked.params.draws_tokens:
        assert answer.before.chosen == first.token_ids[step]
    with torch.inference_mode():
        ((decision,),) = read_decisions(
            loaded,
            asked.params.resolved(),
            moment.context_ids,
            written=moment.written,
            prefix_tokens=moment.prefix_tokens,
        )
        u = throw_die(moment.seed, moment.attempt, moment.t)
        chosen, _ = choose(asked.params.resolved(), decision.scores(asked.params.resolved()), u)
    assert asked.params.is_beam or chosen == first.token_ids[step]


def test_a_written_text_is_scored_with_the_same_stages(loaded):
    asked = request("La vida", seed=2, trace_top_n=3, max_new_tokens=4, **FOR_PEOPLE)
    done = complete(loaded, asked)
    (attempt,) = done.attempts
    scored = score(
        loaded,
        ScoreRequest(
            prompt="La vida",
            continuation=attempt.token_ids,
            params=asked.params,
            trace_top_n=3,
        ),
    )
    for ours, theirs in zip(scored, attempt.steps, strict=True):
        assert [s.name for s in ours.stages] == [s.name for s in theirs.stages]
        assert ours.surprisal_bits == pytest.approx(theirs.surprisal_bits, abs=1e-3)


@given(length=st.integers(1, 9), extra=st.integers(0, 9), written=st.integers(0, 20))
def test_the_rest_of_a_text_ends_where_the_whole_would(length, extra, written):
    params = DecodingParams(max_new_tokens=length, sentence_end_tokens=extra, min_new_tokens=3)
    rest = params.after(written)
    total = written + rest.max_new_tokens + rest.sentence_end_tokens
    assert total == max(length + extra, written + 1)
    assert written + rest.max_new_tokens == max(length, written + 1)
    assert rest.min_new_tokens == max(0, 3 - written)


def test_off_they_are_no_stages(loaded):
    (attempt,) = complete(loaded, request("La vida", trace_top_n=1, max_new_tokens=3)).attempts
    assert not {stage.name for step in attempt.steps for stage in step.stages} & set(OWN)

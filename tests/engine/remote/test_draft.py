"""A text that is cut off anywhere and goes on elsewhere is the undisturbed one, token by token."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.remote import wire
from engine.remote.draft import Draft
from engine.remote.wire import WireError
from engine.runtime.plain import PlainRun
from tests.engine import tiny

FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0.5, 1.5),
        "top_k": st.integers(0, 40),
        "top_p": st.floats(0.5, 1.0),
        "repetition_penalty": st.floats(0.8, 1.5),
        "no_repeat_ngram_size": st.integers(0, 3),
        "whole_word_start": st.booleans(),
        "plain_text": st.booleans(),
        "sentence_end_tokens": st.integers(0, 6),
        "min_new_tokens": st.integers(0, 8),
        "bad_words": st.just(("vida",)),
    },
)


def run(loaded, request, draft=None, steps=None):
    """Write an answer, show the draft what a replica would send, and break off after some steps."""
    writing, sent = PlainRun(loaded, request), 0
    while not writing.is_done and steps != 0:
        writing.step()
        steps = None if steps is None else steps - 1
        for progress in writing.progress():
            if draft is not None:
                record = json.loads(wire.line(wire.progress_record(progress, sent)))
                draft.accept(record)
                sent = len(progress.token_ids)
    return writing.completion(queue_s=0.0) if writing.is_done else None


def plain(completion):
    return replace(completion, queue_s=0.0, prefill_s=0.0, decode_s=0.0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    strategy=st.sampled_from(("greedy", "sample")),
    filters=FILTERS,
    seed=st.integers(0, 2**32 - 1),
    cut=st.integers(1, 24),
    tokens=st.integers(2, 20),
    traced=st.sampled_from((0, 3)),
    prompt=st.sampled_from(("La vida es ", "Caminante, no hay cami", "¿Qué es 人", "á" * 30)),
)
def test_the_rest_makes_the_whole(tiny_model, strategy, filters, seed, cut, tokens, traced, prompt):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = tiny.request(
        prompt,
        seed=seed,
        trace_top_n=traced,
        strategy=strategy,
        max_new_tokens=tokens,
        **filters,
    )
    undisturbed = run(loaded, wanted)
    draft = Draft(wanted, loaded.info)
    assert draft.rest() == wanted
    run(loaded, wanted, draft, steps=cut)
    whole = draft.whole(run(loaded, draft.rest(), draft))
    for got, expected in zip(whole.attempts, undisturbed.attempts, strict=True):
        assert got.token_ids == expected.token_ids
        assert got.text == expected.text
        assert got.finish_reason == expected.finish_reason
        assert got.logprob == pytest.approx(expected.logprob, abs=1e-3)
        assert [s.chosen for s in got.steps] == [s.chosen for s in expected.steps]
        assert [s.stages and [t.name for t in s.stages] for s in got.steps] == [
            s.stages and [t.name for t in s.stages] for s in expected.steps
        ]
        assert [s.draw and s.draw.u for s in got.steps] == [
            s.draw and s.draw.u for s in expected.steps
        ]
    same = replace(plain(whole), attempts=())
    assert same == replace(plain(undisturbed), attempts=())


def test_what_is_shown_only_grows_over_a_break(tiny_model):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = tiny.request(seed=4, strategy="sample", max_new_tokens=20)
    draft, shown = Draft(wanted, loaded.info), []
    accept = draft.accept

    def show(record):
        if (progress := accept(record)) is not None:
            shown.append(progress)

    draft.accept = show
    draft.rest()
    run(loaded, wanted, draft, steps=9)
    before = len(shown)
    rest = draft.rest()
    assert 0 < len(rest.prefix_ids) < 9
    assert rest.request_id != wanted.request_id
    whole = draft.whole(run(loaded, rest, draft))
    assert len(shown) > before
    assert [p.tokens for p in shown] == sorted({p.tokens for p in shown})
    assert all(whole.attempts[0].text.startswith(p.text) for p in shown)


@pytest.mark.parametrize(
    "change",
    [
        {"strategy": "sample", "attempts": 2},
        {"strategy": "beam", "num_beams": 3},
        {"strategy": "sample", "stop": ("z",)},
        {"strategy": "greedy", "max_new_tokens": tiny.N_POSITIONS},
    ],
)
def test_what_cannot_go_on_is_written_again(tiny_model, change):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = tiny.request(seed=4, **{"max_new_tokens": 12, **change})
    draft = Draft(wanted, loaded.info)
    draft.rest()
    run(loaded, wanted, draft, steps=6)
    rest = draft.rest()
    assert rest == replace(wanted, request_id=rest.request_id)
    whole = draft.whole(run(loaded, rest, draft))
    assert plain(whole) == plain(run(loaded, wanted))


def test_tokens_that_are_missing_are_noticed(tiny_model):
    draft = Draft(tiny.request(max_new_tokens=12), tiny_model("gpt2", spread=0.3).info)
    record = {"kind": "progress", "attempt": 0, "text": "a", "tokens": 3, "ids": [1, 2]}
    with pytest.raises(WireError):
        draft.accept({**record, "logprob": -1.0})
    with pytest.raises(WireError):
        draft.accept({"kind": "progress"})


def test_the_time_that_is_left_gets_less(tiny_model):
    wanted = replace(tiny.request(max_new_tokens=12), deadline_s=50.0)
    draft = Draft(wanted, tiny_model("gpt2", spread=0.3).info)
    assert draft.rest().deadline_s == 50.0
    assert draft.rest().deadline_s < 50.0

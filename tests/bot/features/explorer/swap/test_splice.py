"""A changed text whatever is put where: it is whole, and the same word changes nothing."""

import math
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.explorer.rest_of_text import rest_after
from bot.features.explorer.swap.splice import given_step, spliced
from bot.messages.place import Place, step_view
from bot.storage.records import StoredReply
from engine import DecodingParams, GenerationRequest
from engine.explain import Moment
from tests.bot.scripted import WORDS, ScriptedEngine

STEPS = 6


def stored(request, completion):
    return StoredReply(
        reply_id=request.request_id,
        kind="explicar",
        owner_id=1,
        guild_id=None,
        channel_id=2,
        message_id=3,
        request=request,
        completion=completion,
        is_prompt_kept=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def written(seed, params):
    request = GenerationRequest(prompt="El amor", params=params, seed=seed, trace_top_n=16)
    return stored(request, ScriptedEngine()._completion(request))


def changed(original, step, token_id, attempt=0):
    engine = ScriptedEngine()
    view = step_view(original, Place(attempt=attempt, step=step))
    chosen = next(c for c in view.current.candidates if c.token_id == token_id)
    request = rest_after(engine, original, view, (token_id,))
    rest = stored(request, engine._completion(request))
    return spliced(original, view, (given_step(view.current, chosen),), rest)


seeds = st.integers(0, 2**32 - 1)
strategies = st.sampled_from(
    [
        DecodingParams(max_new_tokens=STEPS),
        DecodingParams(strategy="sample", max_new_tokens=STEPS, temperature=1.3),
        DecodingParams(strategy="sample", max_new_tokens=STEPS, top_p=0.8, attempts=3),
        DecodingParams(strategy="sample_and_rank", max_new_tokens=STEPS, attempts=3),
    ]
)


@settings(deadline=None)
@given(seed=seeds, params=strategies, step=st.integers(0, STEPS - 2), data=st.data())
def test_the_same_word_with_the_same_dice_is_the_same_text(seed, params, step, data):
    original = written(seed, params)
    attempt = data.draw(st.integers(0, len(original.completion.attempts) - 1))
    old = original.completion.attempts[attempt]
    (new,) = changed(original, step, old.token_ids[step], attempt).completion.attempts
    assert new.token_ids[:STEPS] == old.token_ids
    assert new.text.startswith(old.text)
    assert (
        new.steps[:step] + new.steps[step + 1 : STEPS] == old.steps[:step] + old.steps[step + 1 :]
    )
    if len(new.steps) == STEPS:
        assert math.isclose(new.logprob, old.logprob, rel_tol=1e-9)


@settings(deadline=None)
@given(seed=seeds, params=strategies, step=st.integers(0, STEPS - 1), data=st.data())
def test_a_changed_text_is_whole_and_its_later_dice_are_the_same(seed, params, step, data):
    original = written(seed, params)
    attempt = data.draw(st.integers(0, len(original.completion.attempts) - 1))
    token_id = data.draw(st.integers(0, len(WORDS) - 1))
    after = changed(original, step, token_id, attempt)
    (new,) = after.completion.attempts
    old = original.completion.attempts[attempt]
    assert new.token_ids[: step + 1] == (*old.token_ids[:step], token_id)
    assert [s.chosen for s in new.steps] == list(new.token_ids)
    assert len(new.steps) == max(STEPS, step + 1 + STEPS // 2)
    assert [s.is_given for s in new.steps] == [i == step for i in range(len(new.steps))]
    dice = [s.draw for s in old.steps]
    if params.resolved().draws_tokens:
        later = zip(new.steps[step + 1 :], old.steps[step + 1 :], strict=False)
        assert all(one.draw.u == other.draw.u for one, other in later)
        assert None not in dice
    kept = StoredReply(**vars(after))
    asked = Moment.of(kept.request, kept.completion, attempt=0, step=min(step + 1, STEPS - 1))
    assert asked.attempt == original.completion.die_of(attempt)
    assert asked.context_ids[: len(original.completion.prompt_ids)] == (
        original.completion.prompt_ids
    )
    length = kept.request.params.max_new_tokens
    assert length == len(new.token_ids)
    params = replace(original.request.params, max_new_tokens=length)
    same = replace(original.request, request_id="x", params=params)
    assert replace(kept.request, request_id="x") == same

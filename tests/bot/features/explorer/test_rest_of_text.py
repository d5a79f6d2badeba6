"""The ids along a path of branches: the same whenever they are written, on a real model."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.explorer.rest_of_text import _rest_of, rest_after
from bot.features.explorer.swap.splice import given_step, spliced
from bot.messages.place import Place, step_view
from bot.storage import StoredReply
from engine import DecodingParams, GenerationRequest
from tests.engine import tiny

STRATEGIES = (
    {"strategy": "greedy"},
    {"strategy": "greedy", "no_repeat_ngram_size": 2, "repetition_penalty": 1.3},
    {"strategy": "sample", "temperature": 1.2},
    {"strategy": "sample", "top_p": 0.8, "attempts": 3, "min_new_tokens": 5},
    {"strategy": "sample", "top_k": 5, "no_repeat_ngram_size": 3},
    {"strategy": "sample_and_rank", "attempts": 3},
    {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6},
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return tiny.build("gpt2", tmp_path_factory.mktemp("modelo"))


def engine_of(loaded):
    return SimpleNamespace(models=lambda: (loaded.info,))


def stored(loaded, request):
    """Write a request's text, as it is stored."""
    return StoredReply(
        reply_id=request.request_id,
        kind="continuar",
        owner_id=5,
        guild_id=None,
        channel_id=1,
        message_id=None,
        request=request,
        completion=tiny.complete(loaded, request),
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
    )


def branched(loaded, reply, attempt, step, token_id):
    """Write a branch of a text; return what the engine was asked for, and the whole text."""
    view = step_view(reply, Place(attempt=attempt, step=step))
    token = next(c for c in view.current.candidates if c.token_id == token_id)
    rest = stored(loaded, rest_after(engine_of(loaded), reply, view, (token_id,)))
    return rest, spliced(reply, view, (given_step(view.current, token),), rest)


requests = st.builds(
    lambda prompt, params, tokens, seed: GenerationRequest(
        prompt=prompt,
        params=DecodingParams(**{"min_new_tokens": 0, **params}, max_new_tokens=tokens),
        seed=seed,
        trace_top_n=25,
    ),
    prompt=st.sampled_from(["La vida es ", "Caminante, no hay", "¿Qué es la vida? " * 4]),
    params=st.sampled_from(STRATEGIES),
    tokens=st.integers(5, 16),
    seed=st.integers(0, 2**32 - 1),
)
given_requests = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given_requests
@given(request=requests, data=st.data())
def test_a_branch_by_the_token_that_came_out_reproduces_the_text(loaded, request, data):
    reply = stored(loaded, request)
    attempt = data.draw(st.integers(0, len(reply.completion.attempts) - 1))
    written = reply.completion.attempts[attempt]
    step = data.draw(st.integers(0, len(written.token_ids) - 2))
    _, branch = branched(loaded, reply, attempt, step, written.token_ids[step])
    (again,) = branch.completion.attempts
    length = len(written.token_ids)
    assert again.token_ids[:length] == written.token_ids
    assert len(again.token_ids) == length or written.finish_reason == "length"
    assert again.text == written.text or len(again.token_ids) > length


@given_requests
@given(request=requests, data=st.data())
def test_every_text_along_a_path_is_written_again_with_the_same_ids(loaded, request, data):
    reply, attempt = stored(loaded, request), 0
    for _ in range(3):
        steps = reply.completion.attempts[attempt].steps
        step = data.draw(st.integers(0, len(steps) - 1))
        chosen = data.draw(st.sampled_from(steps[step].candidates)).token_id
        before = reply.completion.attempts[attempt].token_ids
        rest, branch = branched(loaded, reply, attempt, step, chosen)
        (whole,) = branch.completion.attempts
        assert whole.token_ids[: step + 1] == (*before[:step], chosen)
        again = stored(loaded, replace(rest.request, request_id="f" * 32))
        assert again.completion.attempts == rest.completion.attempts
        assert whole.token_ids[step + 1 :] == rest.completion.attempts[-1].token_ids
        assert branch.request.seed == request.seed
        reply, attempt = branch, 0


def test_a_branch_throws_the_dice_of_its_steps(loaded):
    request = GenerationRequest(
        prompt="La vida es ",
        params=DecodingParams(strategy="sample", attempts=3, max_new_tokens=12),
        seed=7,
        trace_top_n=25,
    )
    reply = stored(loaded, request)
    first = reply.completion.attempts[2].steps[0]
    other = next(c.token_id for c in first.candidates if c.token_id != first.chosen)
    _, branch = branched(loaded, reply, 2, 0, other)
    dice = [step.draw.u for step in reply.completion.attempts[2].steps]
    thrown = [step.draw.u for step in branch.completion.attempts[0].steps[1:]]
    count = min(len(dice) - 1, len(thrown))
    assert thrown[:count] == dice[1 : count + 1]
    assert count > 3


def test_a_branch_sees_what_its_parent_saw_also_at_the_end_of_the_memory(loaded):
    request = GenerationRequest(
        prompt="¿Qué es la vida? Un frenesí. " * 6,
        params=DecodingParams(strategy="sample", max_new_tokens=20),
        seed=3,
        trace_top_n=25,
    )
    reply = stored(loaded, request)
    assert reply.completion.truncated_tokens > 0
    written = reply.completion.attempts[0].token_ids
    rest, branch = branched(loaded, reply, 0, 4, written[4])
    assert rest.request.params.max_new_tokens == 15
    assert rest.completion.prompt_ids == (*reply.completion.prompt_ids, *written[:5])
    assert branch.completion.attempts[0].token_ids == written


@pytest.mark.parametrize("step", range(12))
def test_a_text_written_again_from_any_step_keeps_its_whole_length(loaded, step):
    params = DecodingParams(
        strategy="sample", temperature=2.0, max_new_tokens=6, sentence_end_tokens=8
    )
    request = GenerationRequest(prompt="La vida", params=params, seed=2, trace_top_n=25)
    reply = stored(loaded, request)
    assert len(reply.completion.attempts[0].token_ids) > step
    view = step_view(reply, Place(step=step))
    again = _rest_of(reply, view, {"temperature": 1.5})
    left = again.params.max_new_tokens + again.params.sentence_end_tokens
    assert step + left == 14
    branch = rest_after(engine_of(loaded), reply, view, (view.current.chosen,))
    # Enough to see where it leads, and the rest of a sentence.
    assert branch.params.max_new_tokens == max(3, 6 - step - 1)
    assert branch.params.sentence_end_tokens == 8


def test_a_branch_that_may_end_its_sentence_sees_it_too(loaded):
    request = GenerationRequest(
        prompt="¿Qué es la vida? Un frenesí. " * 6,
        params=DecodingParams(strategy="sample", max_new_tokens=15, sentence_end_tokens=5),
        seed=3,
        trace_top_n=25,
    )
    reply = stored(loaded, request)
    assert reply.completion.truncated_tokens > 0
    written = reply.completion.attempts[0].token_ids
    rest, branch = branched(loaded, reply, 0, 4, written[4])
    assert rest.completion.prompt_ids == (*reply.completion.prompt_ids, *written[:5])
    assert branch.completion.attempts[0].token_ids[:10] == written[:10]

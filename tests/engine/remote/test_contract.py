"""What every engine promises: the same tests for one of this process and one behind HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine import (
    DecodingParams,
    Done,
    EngineError,
    GenerationRequest,
    Progress,
    Queued,
    ScoreRequest,
)
from engine.explain import (
    AttentionRequest,
    LogitLensRequest,
    Moment,
    RedrawRequest,
    TokensRequest,
    TokenVectorsRequest,
    WhyNotRequest,
)
from engine.filling import FillRequest
from engine.serving.app import EngineApp
from tests.engine.remote.conftest import Lent, remote_engine, served
from tests.engine.runtime.asking import collect, failure_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT = "Toda la vida"
SAMPLE = DecodingParams(strategy="sample", max_new_tokens=12, top_p=0.95, attempts=2)
SETTINGS = {
    "greedy": DecodingParams(max_new_tokens=12),
    "sample": SAMPLE,
    "beam": DecodingParams(strategy="beam", max_new_tokens=8, num_beams=3, attempts=2),
    "ranked": replace(SAMPLE, strategy="sample_and_rank"),
    "contrastive": DecodingParams(
        strategy="contrastive", max_new_tokens=6, top_k=4, penalty_alpha=0.6
    ),
    "styled": DecodingParams(
        strategy="sample",
        max_new_tokens=8,
        whole_word_start=True,
        plain_text=True,
        sentence_end_tokens=4,
    ),
}


def ask(settings="greedy", **fields):
    return GenerationRequest(
        **{"prompt": PROMPT, "params": SETTINGS[settings], "seed": 3, **fields}
    )


@pytest.fixture(params=["local", "remote"])
def engine(request, local, remote):
    """The same engine, here or behind HTTP."""
    return local if request.param == "local" else remote


def untimed(completion):
    return replace(completion, queue_s=0.0, prefill_s=0.0, decode_s=0.0)


@pytest.mark.parametrize("settings", SETTINGS)
async def test_the_answer_is_that_of_the_engine_in_this_process(engine, local, settings):
    request = ask(settings, trace_top_n=3)
    assert untimed(await engine.generate(request)) == untimed(await local.generate(request))


async def test_a_stream_begins_in_the_queue_grows_and_ends_with_the_answer(engine):
    request = ask(params=DecodingParams(max_new_tokens=40))
    events = await collect(engine.stream(request))
    assert isinstance(events[0], Queued)
    assert events[0].position == 1
    assert isinstance(events[-1], Done)
    (attempt,) = events[-1].completion.attempts
    assert events[-1].completion.request_id == request.request_id
    tokens = [event.tokens for event in events if isinstance(event, Progress)]
    assert tokens == sorted(set(tokens))
    assert len(attempt.token_ids) == 40


async def test_cancelling_returns_what_there_is(engine, slowly):
    request = ask(params=DecodingParams(max_new_tokens=50))
    seen = []
    async for event in engine.stream(request):
        seen.append(event)
        if isinstance(event, Progress) and event.tokens:
            engine.cancel(request.request_id)
    (attempt,) = seen[-1].completion.attempts
    assert attempt.finish_reason == "cancelled"
    assert 0 < len(attempt.token_ids) < 50
    assert not engine.cancel(request.request_id)
    assert not engine.cancel("nadie")


async def test_a_deadline_returns_what_there_is(engine, slowly, run_out):
    request = ask(params=DecodingParams(max_new_tokens=50), deadline_s=600)
    async for event in engine.stream(request):
        if isinstance(event, Progress):
            run_out()
    (attempt,) = event.completion.attempts
    assert attempt.finish_reason == "deadline"
    assert attempt.token_ids


async def test_a_request_that_is_late_at_once_raises(engine):
    assert (await failure_of(engine.generate(ask(deadline_s=0.0)))).code == "deadline"


async def test_leaving_a_stream_frees_its_place(engine, slowly):
    request = ask(params=DecodingParams(max_new_tokens=50))
    async for event in engine.stream(request):
        if isinstance(event, Progress):
            break
    for _ in range(100):
        if not await _running(engine):
            break
    assert (await engine.generate(replace(request, params=SETTINGS["greedy"]))).attempts


async def _running(engine):
    await asyncio.sleep(0.1)
    if hasattr(engine, "_fleet"):
        await engine._fleet.look()
    return engine.stats().running


async def test_an_id_that_is_in_use_is_refused(engine, slowly):
    request = ask(params=DecodingParams(max_new_tokens=20))
    task = asyncio.create_task(engine.generate(request))
    await asyncio.sleep(0.05)
    error = await failure_of(engine.generate(request))
    assert (error.code, error.field) == ("invalid_params", "request_id")
    assert (await task).attempts


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (ask(model="nadie"), "unknown_model"),
        (ask(revision="otra"), "model_unavailable"),
        (ask(params=DecodingParams(strategy="sample", top_k=5000)), "invalid_params"),
        (ask(prefix_ids=(10**6,)), "invalid_params"),
    ],
)
async def test_what_cannot_be_is_refused_and_the_next_request_served(engine, request_, code):
    error = await failure_of(engine.generate(request_))
    assert error.code == code
    assert (await engine.generate(ask())).attempts


async def test_scores_are_those_of_the_run_that_wrote_the_text(engine):
    (attempt,) = (await engine.generate(ask(trace_top_n=3))).attempts
    request = ScoreRequest(prompt=PROMPT, continuation=attempt.token_ids, trace_top_n=3)
    steps = await engine.score(request)
    assert [step.chosen for step in steps] == list(attempt.token_ids)


async def test_every_question_has_the_answer_of_the_engine_in_this_process(engine, local):
    request = ask("greedy")
    completion = await engine.generate(request)
    moment = Moment.of(request, completion, attempt=0, step=2)
    ids = completion.prompt_ids
    for question in (
        WhyNotRequest(moment=moment, word="vida"),
        RedrawRequest(moment=moment, params=SAMPLE),
        AttentionRequest(context_ids=ids),
        LogitLensRequest(context_ids=ids),
        TokenVectorsRequest(context_ids=ids),
        TokensRequest(text="Habría pan"),
    ):
        assert await engine.explain(question) == await local.explain(question)


async def test_a_model_of_another_kind_names_the_call_that_fits(engine):
    name = engine.models()[0].name
    error = await failure_of(engine.fill(FillRequest(text="La ___ es bella", model=name)))
    assert error.code == "unsupported"


async def test_it_says_what_it_is(engine, local):
    (info,) = engine.models()
    assert info == local.models()[0]
    assert engine.capabilities() == local.capabilities(info.name)
    with pytest.raises(EngineError) as caught:
        engine.capabilities("nadie")
    assert (caught.value.code, caught.value.model) == ("unknown_model", "nadie")
    assert engine.free_memory().device == "cpu"
    stats = engine.stats()
    assert (stats.workers, stats.queue_limit, stats.queued) == (1, 64, 0)


async def test_many_at_once_are_each_answered_as_alone(engine, local):
    requests = [ask("styled", prompt=f"Texto {n}", seed=n, user_id=n) for n in range(9)]
    answers = await asyncio.gather(*map(engine.generate, requests))
    for request, answer in zip(requests, answers, strict=True):
        alone = await local.generate(request)
        assert answer.attempts[0].token_ids == alone.attempts[0].token_ids
        assert answer.attempts[0].text == alone.attempts[0].text


async def test_a_remote_engine_that_is_closed_says_so(local):
    async with served(EngineApp(Lent(local))) as address, remote_engine(address) as engine:
        assert (await engine.generate(ask())).attempts
        await engine.close()
        assert (await failure_of(engine.generate(ask()))).code == "closed"
        assert engine.stats().queued == 0
    assert (await local.generate(ask())).attempts

"""The engine on a cluster: the same answers, whoever dies while they are written."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from engine import DecodingParams, Done, EngineError, GenerationRequest, Progress
from tests.engine.runtime.asking import collect

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAMPLE = DecodingParams(
    strategy="sample", max_new_tokens=120, top_p=0.9, whole_word_start=True, plain_text=True
)


def ask(number, tokens=120, **fields):
    params = DecodingParams(strategy="sample", max_new_tokens=tokens, top_p=0.9)
    return GenerationRequest(
        prompt=f"Había una vez {number} unicornios", params=params, seed=number, user_id=number
    )


def facts(completion):
    return [(one.token_ids, one.text, one.finish_reason) for one in completion.attempts]


async def undisturbed(local, requests):
    return [facts(await local.generate(request)) for request in requests]


async def stream(engine, request):
    """Follow a text to its end; return it, and how many tokens were shown, in order."""
    shown, ends = [], []
    async for event in engine.stream(request):
        if isinstance(event, Progress):
            shown.append(event.tokens)
        elif isinstance(event, Done):
            ends.append(event.completion)
    (completion,) = ends
    assert shown == sorted(set(shown))
    return facts(completion)


async def test_many_get_what_they_would_get_from_one_process(cluster, served, local):
    requests = [ask(number, tokens=40) for number in range(24)]
    answers = await asyncio.gather(*(stream(served, request) for request in requests))
    assert list(answers) == await undisturbed(local, requests)
    assert len(await cluster.replicas(2)) == 2


async def test_a_text_is_stopped_where_it_is_written(served):
    request = ask(1, tokens=400)
    seen = []
    async for event in served.stream(request):
        seen.append(event)
        if isinstance(event, Progress):
            served.cancel(request.request_id)
    (attempt,) = seen[-1].completion.attempts
    assert attempt.finish_reason == "cancelled"
    assert 0 < len(attempt.token_ids) < 400


async def test_a_replica_that_is_killed_leaves_no_trace(cluster, served, local):
    requests = [ask(number) for number in range(10)]
    expected = await undisturbed(local, requests)
    (victim, *_) = await cluster.replicas(2)
    followed = [asyncio.create_task(stream(served, request)) for request in requests]
    await asyncio.sleep(0.5)
    os.kill(victim, signal.SIGKILL)
    assert await asyncio.gather(*followed) == expected
    assert victim not in await cluster.replicas(2)


async def test_replicas_are_changed_under_load_and_nobody_notices(cluster, served, local):
    requests = [ask(number, tokens=30) for number in range(6)]
    expected = await undisturbed(local, requests)
    before = set(await cluster.replicas(2))
    is_over = asyncio.Event()

    async def user(number):
        answers = []
        while not is_over.is_set():
            answers.append(await stream(served, ask(number, tokens=30)))
        return answers

    users = [asyncio.create_task(user(number)) for number in range(6)]
    # Another set-up: every replica is made anew.
    await asyncio.to_thread(cluster.up, replicas=2, max_queue=63)
    is_over.set()
    for number, answers in enumerate(await asyncio.gather(*users)):
        assert answers
        assert all(answer == expected[number] for answer in answers)
    assert before.isdisjoint(await cluster.replicas(2))


async def test_what_the_queue_has_no_room_for_is_refused_with_a_wait(cluster, served):
    await asyncio.to_thread(cluster.up, replicas=1, rows=1, max_queue=2)
    await served._fleet.look()
    outcomes = await asyncio.gather(
        *(served.generate(ask(number, tokens=60)) for number in range(40)), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, EngineError)]
    assert {one.code for one in refused} == {"queue_full"}
    assert all(one.position >= 1 for one in refused)
    assert 3 <= len(outcomes) - len(refused) < 40
    assert (await collect(served.stream(ask(1, tokens=5))))[-1].completion.attempts

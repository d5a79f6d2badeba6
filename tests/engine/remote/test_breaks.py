"""Replicas that die, hang, are full, lose the last record: who asked gets the same answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
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
from engine.remote.connection import Timeouts
from engine.remote.engine import RemoteEngine
from engine.serving import answers
from tests.engine.remote.conftest import PATIENT, Lent, remote_engine, served
from tests.engine.remote.faults import (
    Faulty,
    dies_after,
    fails,
    hangs_after,
    is_deaf,
    is_full,
    loses_the_last,
    says,
)
from tests.engine.runtime.asking import collect, failure_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREEDY = DecodingParams(max_new_tokens=30)
SETTINGS = {
    "greedy": GREEDY,
    "sample": DecodingParams(strategy="sample", max_new_tokens=30, whole_word_start=True),
    "attempts": DecodingParams(strategy="sample", max_new_tokens=20, attempts=2),
    "beam": DecodingParams(strategy="beam", max_new_tokens=20, num_beams=2),
}
IMPATIENT = replace(PATIENT, first_s=2.0, between_s=2.0)


def ask(params=GREEDY, **fields):
    return GenerationRequest(prompt="Toda la vida", params=params, seed=5, **fields)


@asynccontextmanager
async def pair(local, timeouts=PATIENT):
    """A replica that can go wrong, one that does not, and an engine that asks the first first."""
    faulty, sound = Faulty(Lent(local)), Lent(local)
    async with (
        served(faulty) as first,
        served(Faulty(sound)) as second,
        remote_engine(first, second, timeouts=timeouts) as engine,
    ):
        yield faulty, sound, engine


def facts(completion):
    return [(one.token_ids, one.text, one.finish_reason) for one in completion.attempts]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize(("progress", "traced"), [(0, 0), (1, 2), (3, 0), (3, 2)])
async def test_a_replica_that_dies_in_the_middle_leaves_no_trace(
    local, slowly, settings, progress, traced
):
    request = ask(SETTINGS[settings], trace_top_n=traced)
    undisturbed = await local.generate(request)
    async with pair(local) as (faulty, sound, engine):
        faulty.next(dies_after(progress))
        events = await collect(engine.stream(request))
        (rest,) = sound.asked
    whole = events[-1].completion
    assert facts(whole) == facts(undisturbed)
    assert whole.request_id == request.request_id
    assert [one.steps for one in whole.attempts] == [one.steps for one in undisturbed.attempts]
    if settings in ("greedy", "sample"):
        assert bool(rest.prefix_ids) == (progress > 1 and not traced)
    for attempt in range(len(whole.attempts)):
        shown = [e.tokens for e in events if isinstance(e, Progress) and e.attempt == attempt]
        assert shown == sorted(set(shown))
    assert sum(isinstance(event, Done) for event in events) == 1


@pytest.mark.parametrize("fault", [loses_the_last, fails, is_full, says(b"{"), says(b'{"v":9}')])
async def test_any_other_break_goes_on_elsewhere(local, fault):
    request = ask(SETTINGS["sample"])
    undisturbed = await local.generate(request)
    async with pair(local) as (faulty, sound, engine):
        faulty.next(fault)
        assert facts(await engine.generate(request)) == facts(undisturbed)
        assert (faulty.calls, len(sound.asked)) == (1, 1)


@pytest.mark.parametrize("fault", [is_deaf, hangs_after(0), hangs_after(2)])
async def test_a_replica_that_falls_silent_is_left(local, slowly, monkeypatch, fault):
    monkeypatch.setattr(answers, "ALIVE_S", 0.2)
    request = ask(SETTINGS["sample"])
    undisturbed = await local.generate(request)
    async with pair(local, IMPATIENT) as (faulty, sound, engine):
        faulty.next(fault)
        assert facts(await engine.generate(request)) == facts(undisturbed)
        assert len(sound.asked) == 1


async def test_the_only_address_is_asked_again(local, slowly):
    request = ask(SETTINGS["sample"])
    undisturbed = await local.generate(request)
    faulty = Faulty(Lent(local)).next(dies_after(2))
    async with served(faulty) as address, remote_engine(address) as engine:
        assert facts(await engine.generate(request)) == facts(undisturbed)
        assert faulty.calls == 2


async def test_an_answer_that_breaks_twice_is_given_up(local, slowly):
    faulty = Faulty(Lent(local)).next(dies_after(1), times=2)
    async with served(faulty) as address, remote_engine(address) as engine:
        error = await failure_of(engine.generate(ask()))
        assert (error.code, error.reason) == ("model_unavailable", "remote_cut")
        assert error.host in address
        assert (await engine.generate(ask())).attempts


async def test_what_has_no_events_is_asked_again_too(local):
    request = ScoreRequest(prompt="Toda la vida", continuation=" es")
    async with pair(local) as (faulty, _, engine):
        faulty.next(dies_after(0))
        assert await engine.score(request) == await local.score(request)
        faulty.next(loses_the_last)
        assert await engine.score(request) == await local.score(request)


async def test_where_all_are_full_it_says_so_and_how_long(local):
    faulty = Faulty(Lent(local)).next(is_full, times=9)
    async with served(faulty) as address, remote_engine(address) as engine:
        error = await failure_of(engine.generate(ask()))
    assert (error.code, error.position, error.retry_after_s) == ("queue_full", 1, 7)
    assert error.limit == local.stats().queue_limit


async def test_the_replicas_own_full_queue_keeps_its_facts(local, monkeypatch):
    full = EngineError("queue_full", position=65, limit=64)
    lent = Lent(local)

    async def refuse(request):
        raise full
        yield

    lent.stream = refuse
    async with served(Faulty(lent)) as address, remote_engine(address) as engine:
        error = await failure_of(engine.generate(ask()))
    assert (error.code, error.position, error.limit) == ("queue_full", 65, 64)
    assert error.retry_after_s >= 1


async def test_a_replica_that_computes_otherwise_is_refused(local):
    async with pair(local) as (_, sound, engine):
        (info,) = engine.models()
        engine._fleet.arithmetic = {info.name: ("otra", None)}
        error = await failure_of(engine.generate(ask()))
        assert (error.code, error.reason) == ("model_unavailable", "revision_changed")
        assert not sound.asked


async def test_of_two_replicas_the_one_that_differs_gets_no_call(local):
    other = Lent(local)
    other.models = lambda: tuple(replace(m, revision="otra") for m in local.models())
    sound = Lent(local)
    async with served(Faulty(sound)) as first, served(Faulty(other)) as second:
        async with remote_engine(first) as engine:
            known = engine._fleet.arithmetic
        engine = RemoteEngine([second, first], timeouts=PATIENT, patience_s=2.0)
        engine._fleet.arithmetic = known
        await engine.start()
        assert (await engine.generate(ask())).attempts
        assert [m.revision for m in engine.models()] == [m.revision for m in local.models()]
        await engine.close()
    assert not other.asked
    assert len(sound.asked) == 1


async def test_a_text_that_its_replica_ends_unasked_goes_on(local, slowly):
    request = ask(SETTINGS["sample"])
    undisturbed = await local.generate(request)
    async with pair(local) as (_, _, engine):
        events = engine.stream(request)
        async for event in events:
            if isinstance(event, Progress):
                break
        assert local.cancel(request.request_id)
        rest = await collect(events)
    assert facts(rest[-1].completion) == facts(undisturbed)


@pytest.mark.parametrize("fault", [fails, is_full])
async def test_a_call_that_was_refused_elsewhere_first_can_still_be_stopped(local, slowly, fault):
    async with pair(local) as (faulty, sound, engine):
        faulty.next(fault)
        request = ask(DecodingParams(max_new_tokens=60, min_new_tokens=60))
        async for event in engine.stream(request):
            if isinstance(event, Progress):
                engine.cancel(request.request_id)
        assert (faulty.calls, len(sound.asked)) == (1, 1)
    (attempt,) = event.completion.attempts
    assert attempt.finish_reason == "cancelled"


async def test_those_whom_no_replica_has_stand_in_a_line(local):
    faulty = Faulty(Lent(local)).next(is_deaf, times=9)
    async with served(faulty) as address, remote_engine(address) as engine:
        requests = [ask(user_id=n) for n in range(3)]
        streams = [engine.stream(request) for request in requests]
        first = [await anext(stream) for stream in streams]
        assert first == [Queued(position=place) for place in (1, 2, 3)]
        assert engine.stats().queued == 3
        waiting = asyncio.create_task(collect(streams[0]))
        await asyncio.sleep(0.1)
        assert engine.cancel(requests[0].request_id)
        assert (await failure_of(waiting)).code == "cancelled"
        assert await anext(streams[1]) == Queued(position=1)
        late = await failure_of(engine.generate(ask(deadline_s=0.1)))
        assert late.code == "deadline"
        for stream in streams:
            await stream.aclose()
        assert engine.stats().queued == 0


async def test_where_nobody_listens_the_start_says_so_and_may_be_tried_again(local):
    app = Faulty(Lent(local))
    async with served(app) as address:
        pass
    engine = RemoteEngine([address], timeouts=Timeouts(), patience_s=0.1)
    error = await failure_of(engine.start())
    assert (error.code, error.reason) == ("model_unavailable", "remote_unreachable")
    assert error.host in address
    assert (await failure_of(engine.generate(ask()))).code == "closed"
    assert engine.models() == ()
    assert engine.stats().queue_limit == 0
    await engine.close()

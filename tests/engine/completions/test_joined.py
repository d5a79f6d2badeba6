"""Models of this machine and of a server side by side."""

from __future__ import annotations

import asyncio

import pytest

from engine import EngineError, Progress, ScoreRequest, create_engine
from engine.completions.engine import CompletionsEngine
from engine.completions.joined import JoinedEngine
from engine.remote.engine import RemoteEngine
from engine.runtime.local import LocalEngine
from tests.engine.completions.conftest import engine_of
from tests.engine.completions.server import writes
from tests.engine.runtime.asking import ask, collect, failure_of
from tests.engine.runtime.fakes import FakeBackend, FakeStore

NAMES = ("uno", "de-prueba", "dos")


@pytest.fixture
async def both(server):
    backend = FakeBackend()
    async with engine_of(server.url) as remote:
        local = LocalEngine(store=FakeStore(), backend=backend, max_queue=5)
        joined = JoinedEngine(local, remote, NAMES)
        await joined.start()
        yield joined, backend
        await joined.close()


async def test_each_request_goes_where_its_model_is(server, both):
    engine, backend = both
    assert [info.name for info in engine.models()] == list(NAMES)
    here = await engine.generate(ask("hola", model="dos"))
    there = await engine.generate(ask("hola", model="de-prueba"))
    first = (await collect(engine.stream(ask("nadie"))))[-1].completion
    assert (here.remote, first.remote) == (None, None)
    assert there.remote.host == server.host
    assert backend.order == ["hola", "nadie"]
    assert engine.capabilities("de-prueba").kind == "remote"
    assert engine.capabilities().full_distribution
    assert (await failure_of(engine.generate(ask("a", model="otro")))).code == "unknown_model"


async def test_a_server_is_asked_while_the_worker_is_busy(server, both):
    engine, backend = both
    backend.hold("lento", after=1)
    slow = asyncio.create_task(engine.generate(ask("lento")))
    await asyncio.to_thread(backend.wait_until_held, "lento")
    assert (await engine.generate(ask("hola", model="de-prueba"))).attempts[0].text
    words, begun, may_go_on = writes(), asyncio.Event(), asyncio.Event()

    async def answer(*asked):
        begun.set()
        await may_go_on.wait()
        return await words(*asked)

    server.answer = answer
    away = asyncio.create_task(engine.generate(ask("otra", model="de-prueba")))
    await begun.wait()
    stats = engine.stats()
    assert (stats.running, stats.queue_limit, stats.completed) == (2, 5 + 64, 1)
    may_go_on.set()
    backend.release("lento")
    await asyncio.gather(slow, away)
    assert engine.stats().completed == 3


async def test_either_side_is_cancelled(server, both):
    engine, _ = both
    server.answer = writes((" la",) * 200, pause_s=0.05)
    away = ask("lejos", tokens=200, model="de-prueba")
    async for event in engine.stream(away):
        if isinstance(event, Progress):
            engine.cancel(away.request_id)
    assert event.completion.attempts[0].finish_reason == "cancelled"
    assert not engine.cancel("nadie")


async def test_what_a_server_cannot_do_is_asked_of_this_machine_unless_it_is_named(both):
    engine, backend = both
    await engine.score(ScoreRequest(prompt="a", continuation="b"))
    assert backend.scored == ["a"]
    error = await failure_of(
        engine.score(ScoreRequest(prompt="a", continuation="b", model="de-prueba"))
    )
    assert (error.code, error.reason) == ("unsupported", "remote")


def test_an_engine_is_joined_only_where_it_must_be(tmp_path):
    remote = "openai:x@http://localhost:1/v1"
    assert isinstance(create_engine(models=[remote]), CompletionsEngine)
    assert isinstance(create_engine(models=[str(tmp_path)]), LocalEngine)
    joined = create_engine(models=[remote, str(tmp_path)])
    assert isinstance(joined, JoinedEngine)
    assert [info.name for info in joined.models()] == ["x", tmp_path.name]
    served = create_engine(models=[str(tmp_path)], url="http://uno:8000, http://dos:8000")
    assert isinstance(served, RemoteEngine)
    assert isinstance(create_engine(models=[remote, "a"], url=["http://uno"]), JoinedEngine)
    with pytest.raises(EngineError) as caught:
        create_engine(url="uno:8000")
    assert (caught.value.field, caught.value.range) == ("url", "scheme")
    with pytest.raises(EngineError) as caught:
        create_engine(models=["openai:x@http://a:clave@b/v1"])
    assert (caught.value.code, caught.value.range) == ("invalid_params", "secret")
    assert "clave" not in repr(caught.value)

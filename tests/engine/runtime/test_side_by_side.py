"""Models are served at once: nobody waits for a text of another model, and memory is kept to."""

from __future__ import annotations

import asyncio
import random
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine import Completion, Done, EngineError, Progress, ScoreRequest
from engine.models.store import ModelStore
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.local import LocalEngine
from engine.runtime.threads import threads_per_worker
from tests.engine.room import limit
from tests.engine.runtime.asking import ask, collect, failure_of
from tests.engine.runtime.fakes import TinyStore
from tests.engine.tiny import complete, request

TEXT = "Caminante, no hay camino, se hace camino al andar. "
FAMILIES = ("gpt2", "llama", "gemma3_text")


@asynccontextmanager
async def started(store, *, rows: int = 4, **options) -> AsyncIterator[LocalEngine]:
    backend = BatchBackend(max_rows=rows, max_cache_bytes=1 << 20)
    engine = LocalEngine(store=store, backend=backend, max_queue=500, **options)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


def write(model: str, user: int, tokens: int = 12, n: int = 0, **settings):
    wanted = request(
        TEXT[: 5 + user % 30], max_new_tokens=tokens, min_new_tokens=tokens, **settings
    )
    return replace(wanted, model=model, user_id=user, seed=n, request_id=f"{user:016x}{n:016x}")


def ids_of(completion: Completion) -> list:
    return [attempt.token_ids for attempt in completion.attempts]


async def has_text(engine: LocalEngine, item) -> asyncio.Task:
    """Return a task that reads a text to its end, when it has begun."""
    begun = asyncio.Event()

    async def read() -> Completion:
        async for event in engine.stream(item):
            if isinstance(event, Progress):
                begun.set()
            if isinstance(event, Done):
                return event.completion
        raise AssertionError

    task = asyncio.create_task(read())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return task


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (the state of other threads)
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("workers", [1, 2])
async def test_everybody_gets_the_text_of_the_lone_run_whatever_the_others_ask(tiny_model, workers):
    models = [tiny_model(family) for family in FAMILIES]
    items = [
        write(models[n % 3].name, n % 5, 4 + n % 9, n, strategy="sample", attempts=1 + n % 3)
        for n in range(24)
    ]
    async with started(TinyStore(*models), workers=workers) as engine:
        answers = await asyncio.gather(*map(engine.generate, items))
        assert (engine.stats().running, engine.stats().queued) == (0, 0)
    for n, (item, answer) in enumerate(zip(items, answers, strict=True)):
        assert ids_of(answer) == ids_of(complete(models[n % 3], item))


async def test_a_light_request_is_written_while_many_write_with_another_model(tiny_model):
    heavy, light = tiny_model("gpt2"), tiny_model("llama")
    async with started(TinyStore(heavy, light)) as engine:
        many = [
            asyncio.create_task(
                engine.generate(write(heavy.name, user, 40, n, strategy="sample", attempts=5))
            )
            for user in range(4)
            for n in range(4)
        ]
        await (await has_text(engine, write(heavy.name, 9, 3)))
        other = write(light.name, 10, 6)
        events = await collect(engine.stream(other))
        assert events[0].position == 1
        assert not all(task.done() for task in many[-4:])
        assert ids_of(events[-1].completion) == ids_of(complete(light, other))
        await asyncio.gather(*many)


async def test_other_work_and_what_runs_plain_take_turns_too(tiny_model):
    one, other = tiny_model("gpt2"), tiny_model("llama")
    async with started(TinyStore(one, other)) as engine:
        long = await has_text(engine, write(one.name, 1, 50))
        apart = write(other.name, 2, 8, strategy="contrastive", top_k=3)
        scored = engine.score(ScoreRequest(prompt="La", continuation=" vida", model=other.name))
        answer, steps = await asyncio.gather(engine.generate(apart), scored)
        assert steps
        assert ids_of(answer) == ids_of(complete(other, apart))
        await long


async def test_a_model_is_loaded_while_others_write(make_bench):
    bench = await make_bench()
    is_loaded = threading.Event()

    def load(name: str) -> None:
        assert name != "dos" or is_loaded.wait(60)

    bench.store.load = load
    waiting = [
        asyncio.create_task(bench.engine.generate(ask(f"espera {n}", model="dos", user_id=n)))
        for n in range(3)
    ]
    await bench.until(lambda: bench.engine.stats().queued == 2)
    for n in range(5):
        assert (await bench.engine.generate(ask(f"{n}"))).attempts[0].text == f"{n}/0:4"
    assert not any(task.done() for task in waiting)
    late = await failure_of(bench.engine.generate(ask("tarde", model="dos", deadline_s=0.05)))
    assert late.code == "deadline"
    is_loaded.set()
    await asyncio.gather(*waiting)
    assert bench.backend.order[:5] == ["0", "1", "2", "3", "4"]


async def test_who_loads_has_all_threads_whatever_another_one_computes_with(make_bench):
    bench = await make_bench()
    threads: list[int] = []
    bench.store.load = lambda name: threads.append(torch.get_num_threads())
    bench.backend.hold("lleva")
    holding = asyncio.create_task(bench.engine.generate(ask("lleva")))
    await bench.held("lleva")
    before = torch.get_num_threads()
    # As in a step: the last number that any thread has set.
    torch.set_num_threads(1)
    try:
        waiting = asyncio.create_task(bench.engine.generate(ask("otra", model="dos")))
        await bench.until(lambda: len(threads) == 2)
    finally:
        torch.set_num_threads(before)
    bench.backend.release("lleva")
    await asyncio.gather(holding, waiting)
    assert threads[1] == threads_per_worker(1)


async def test_a_place_in_the_queue_is_that_of_the_model(make_bench):
    bench = await make_bench()
    first = []
    for user, model in enumerate(("uno", "dos"), start=10):
        bench.backend.hold(model)
        first.append(bench.engine.generate(ask(model, model=model, user_id=user)))
    writing = [asyncio.create_task(answer) for answer in first]
    await bench.until(lambda: bench.engine.stats().running == 2)
    streams = [
        bench.engine.stream(ask(f"{n}", model=model, user_id=n))
        for n, model in enumerate(("uno", "uno", "dos", "uno", "dos"))
    ]
    places = [(await anext(stream)).position for stream in streams]
    assert places == [1, 2, 1, 3, 2]
    for prompt in ("uno", "dos"):
        bench.backend.release(prompt)
    await asyncio.gather(*writing, *map(collect, streams))


async def test_cancelling_while_another_has_the_turn(make_bench):
    bench = await make_bench()
    bench.backend.hold("lleva", after=3)
    holding = asyncio.create_task(bench.engine.generate(ask("lleva", tokens=5)))
    await bench.held("lleva")
    item = ask("espera", model="dos")
    waiting = asyncio.create_task(bench.engine.generate(item))
    await bench.until(lambda: bench.engine.stats().running == 2)
    assert bench.engine.cancel(item.request_id)
    assert (await failure_of(waiting)).code == "cancelled"
    bench.backend.release("lleva")
    await holding
    await bench.until(lambda: bench.engine.stats().running == 0)
    assert (await bench.engine.generate(ask("otra", model="dos"))).attempts


@pytest.mark.parametrize("death", [SystemExit(1), KeyboardInterrupt()])
async def test_a_worker_that_dies_leaves_those_of_another_model_alone(make_bench, death):
    bench = await make_bench()
    bench.backend.faults["muere"] = (3, death)
    others = [
        asyncio.create_task(bench.engine.generate(ask(f"{n}", tokens=50, model="dos", user_id=n)))
        for n in range(3)
    ]
    error = await failure_of(bench.engine.generate(ask("muere", tokens=9)))
    assert (error.code, error.reason) == ("model_unavailable", "worker_died")
    for n, answer in enumerate(await asyncio.gather(*others)):
        assert answer.attempts[0].text == f"{n}/0:50"
    assert (await bench.engine.generate(ask("la siguiente"))).attempts
    assert bench.store.in_use == 0


@pytest.fixture
def folders(tiny_model, tmp_path):
    """Three models in folders, by name."""

    def copy(family: str) -> str:
        original = tiny_model(family).model.config._name_or_path
        return str(shutil.copytree(original, tmp_path / f"un-{family}"))

    return {f"un-{family}": copy(family) for family in FAMILIES}


def store_of(folders: dict[str, str], tmp_path: Path) -> ModelStore:
    return ModelStore([*folders.values()], device="cpu", data_dir=tmp_path / "data")


async def test_a_model_waits_until_another_is_used_no_more_and_who_comes_later_waits_for_it(
    tiny_model, folders, tmp_path, monkeypatch
):
    room = limit(monkeypatch, 1)
    store = store_of(folders, tmp_path)
    order: list[str] = []

    async def ended(name: str, item) -> None:
        answer = await engine.generate(item)
        order.append(name)
        assert ids_of(answer) == ids_of(complete(tiny_model(item.model.removeprefix("un-")), item))

    async with started(store) as engine:
        first = await has_text(engine, write("un-gpt2", 1, 50))
        other = asyncio.create_task(ended("other", write("un-llama", 2, 10)))
        await until(lambda: store.room_wanted_s is not None or other.done())
        # The next of the model that is there, without end until the other is written.
        n = 0
        while not other.done():
            n += 1
            await ended("later", write("un-gpt2", 1 + n % 3, 3, n))
        assert first.done()
        await other
        assert order.index("other") <= 1
        assert n <= 2
    assert room.most == 1
    assert len(ids_of(await first)[0]) == 50


async def test_what_waits_for_room_is_cancelled_and_the_batch_lets_people_in_again(
    folders, tmp_path, monkeypatch
):
    limit(monkeypatch, 1)
    store = store_of(folders, tmp_path)
    async with started(store) as engine:
        with store.use("un-gpt2"):
            item = write("un-llama", 2)
            other = asyncio.create_task(engine.generate(item))
            await until(lambda: store.room_wanted_s is not None)
            late = asyncio.create_task(engine.generate(write("un-gpt2", 3, 4)))
            await asyncio.sleep(0)
            engine.cancel(item.request_id)
            assert (await failure_of(other)).code == "cancelled"
            assert await asyncio.wait_for(late, 60)
        await until(lambda: engine.stats().running == 0)
        assert engine.stats().loaded_models == ("un-gpt2",)


async def test_closing_while_one_waits_for_room_ends_everybody(folders, tmp_path, monkeypatch):
    limit(monkeypatch, 1)
    store = store_of(folders, tmp_path)
    async with started(store) as engine:
        with store.use("un-gpt2"):
            tasks = [
                asyncio.create_task(engine.generate(write("un-llama", user))) for user in (2, 3)
            ]
            await until(lambda: store.room_wanted_s is not None)
            await asyncio.wait_for(engine.close(), 60)
            codes = [(await failure_of(task)).code for task in tasks]
        assert codes == ["cancelled", "closed"]
    assert not [info for info in store.infos() if info.is_loaded]


@pytest.mark.parametrize(("places", "seed"), [(1, 0), (2, 1), (3, 2)])
async def test_random_people_models_and_arrivals_all_end_with_the_lone_text(
    tiny_model, folders, tmp_path, monkeypatch, places, seed
):
    room = limit(monkeypatch, places)
    rng = random.Random(seed)
    items = [
        write(
            f"un-{rng.choice(FAMILIES)}",
            rng.randint(1, 4),
            rng.randint(1, 12),
            n,
            strategy=rng.choice(("greedy", "sample", "beam")),
            attempts=rng.randint(1, 2),
        )
        for n in range(30)
    ]
    leaving = {item.request_id for item in items if rng.random() < 0.15}

    async def visit(item):
        await asyncio.sleep(rng.random())
        try:
            async for event in engine.stream(item):
                if isinstance(event, Progress) and item.request_id in leaving:
                    engine.cancel(item.request_id)
                if isinstance(event, Done):
                    return event.completion
        except EngineError as error:
            return error

    async with started(store_of(folders, tmp_path)) as engine:
        answers = await asyncio.wait_for(asyncio.gather(*map(visit, items)), 240)
        await until(lambda: engine.stats().running == 0)
        assert (engine.stats().queued, engine.stats().failed) == (0, 0)
    for item, answer in zip(items, answers, strict=True):
        if item.request_id not in leaving:
            assert isinstance(answer, Completion)
            assert ids_of(answer) == ids_of(
                complete(tiny_model(item.model.removeprefix("un-")), item)
            )
    assert room.most <= places

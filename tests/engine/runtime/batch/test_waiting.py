"""What is set aside goes on later to the same tokens, and a light request waits for nobody."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from engine import Progress
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.batch import Batch
from engine.runtime.local import LocalEngine
from tests.engine import pairs
from tests.engine.runtime.batch.stepping import LIMITS, SETTINGS, leave, limits, tick
from tests.engine.runtime.fakes import TinyStore
from tests.engine.tiny import complete, request

TEXT = "Caminante, no hay camino, se hace camino al andar. "


def items(rng: random.Random, count: int) -> list:
    return [
        request(
            TEXT[: rng.randint(1, 40)],
            seed=rng.randint(0, 9),
            max_new_tokens=rng.randint(2, 12),
            **rng.choice(SETTINGS),
        )
        for _ in range(count)
    ]


def check_that_all_goes_on_later(loaded, size) -> None:
    """Set runs aside at random steps, in whatever state, and take them back at others."""
    rng = random.Random(5)
    waiting, batch = items(rng, 16), Batch(loaded, size)
    present, aside, times = {}, [], 0
    while waiting or present:
        if waiting and rng.random() < 0.5:
            run = batch.open_run(waiting[0])
            if batch.has_room(run):
                batch.add(run)
                present[run] = waiting.pop(0)
        for run in [run for run in present if run.is_in and rng.random() < 0.3]:
            batch.set_aside(run)
            aside.append(run)
            times += 1
        for run in [run for run in aside if rng.random() < 0.4]:
            if batch.has_room(run):
                batch.take_back(run)
                aside.remove(run)
        assert batch.parked_cells == sum(len(run.parked) * run.length for run in aside)
        tick(batch)
        for run in [run for run in present if run.is_done]:
            item = present.pop(run)
            alone, done = complete(loaded, item), run.completion(0.0)
            assert [a.token_ids for a in done.attempts] == [a.token_ids for a in alone.attempts]
    assert times > 15
    assert batch._cache is None


@pytest.mark.parametrize("family", ["gpt2", "gemma3_text"])
def test_a_text_that_was_set_aside_goes_on_to_the_same_tokens(tiny_model, family):
    check_that_all_goes_on_later(tiny_model(family), LIMITS)


def test_so_does_a_target_with_its_source(tmp_path):
    loaded = pairs.build(pairs.FAMILIES[0], tmp_path, seed=3).loaded
    size = limits(cells=10 * 2 * pairs.N_POSITIONS, columns=pairs.N_POSITIONS)
    check_that_all_goes_on_later(loaded, size)


def test_who_leaves_while_set_aside_takes_its_cells_along(tiny_model):
    batch = Batch(tiny_model("gpt2"), LIMITS)
    run = batch.open_run(request("x", max_new_tokens=9))
    batch.add(run)
    tick(batch)
    batch.set_aside(run)
    assert batch.parked_cells > 0
    run.stop("cancelled")
    leave(batch, run)
    assert batch.parked_cells == 0
    assert batch._cache is None
    assert len(run.completion(0.0).attempts[0].token_ids) == 2


@pytest.fixture
async def engine(tiny_model):
    store = TinyStore(tiny_model("gpt2"))
    engine = LocalEngine(store=store, backend=BatchBackend(max_rows=4), max_queue=200)
    await engine.start()
    yield engine
    await engine.close()


def heavy(person: int, n: int, strategy: str = "sample"):
    wanted = request(
        TEXT, seed=n, strategy=strategy, attempts=5, max_new_tokens=40, min_new_tokens=40
    )
    return replace(wanted, user_id=person, request_id=f"{person:016x}{n:016x}")


async def test_ten_attempts_and_more_than_there_are_rows_are_those_of_the_lone_run(
    engine, tiny_model
):
    for strategy in ("sample", "sample_and_rank"):
        asked = replace(heavy(1, 3, strategy), trace_top_n=2)
        answer, alone = await engine.generate(asked), complete(tiny_model("gpt2"), asked)
        assert [a.token_ids for a in answer.attempts] == [a.token_ids for a in alone.attempts]
        assert [a.die for a in answer.attempts] == [a.die for a in alone.attempts]
        assert [len(a.steps) for a in answer.attempts] == [40] * 5
        assert answer.params == alone.params


async def test_a_light_request_is_written_before_the_first_of_the_heavy_ones(engine, tiny_model):
    """Four people have all that they may ask for under way; a fifth comes and is served at once."""
    asked = [heavy(person, n) for person in range(1, 4) for n in range(3)]
    texts = [asyncio.create_task(engine.generate(item)) for item in asked]
    async for event in engine.stream(replace(heavy(4, 0), params=asked[0].params)):
        if isinstance(event, Progress):
            break
    light = replace(request("x", max_new_tokens=12, min_new_tokens=12), user_id=9)
    answer = await engine.generate(light)
    assert not any(text.done() for text in texts)
    alone = complete(tiny_model("gpt2"), light)
    assert answer.attempts[0].token_ids == alone.attempts[0].token_ids
    for item, text in zip(asked, await asyncio.gather(*texts), strict=True):
        alone = complete(tiny_model("gpt2"), item)
        assert [a.token_ids for a in text.attempts] == [a.token_ids for a in alone.attempts]


async def test_every_attempt_has_begun_when_a_request_is_stopped_with_a_text(engine, tiny_model):
    others = [asyncio.create_task(engine.generate(heavy(person, 0))) for person in (2, 3, 4)]
    asked = heavy(1, 0)
    async for event in engine.stream(asked):
        if isinstance(event, Progress):
            engine.cancel(asked.request_id)
    attempts, alone = event.completion.attempts, complete(tiny_model("gpt2"), asked).attempts
    assert {attempt.finish_reason for attempt in attempts} == {"cancelled"}
    for attempt, whole in zip(attempts, alone, strict=True):
        assert attempt.token_ids
        assert attempt.token_ids == whole.token_ids[: len(attempt.token_ids)]
    await asyncio.gather(*others)


async def test_who_comes_does_not_wait_for_what_cannot_share_the_batch(engine, tiny_model):
    apart = replace(
        request(TEXT, strategy="contrastive", top_k=3, max_new_tokens=40, min_new_tokens=40),
        user_id=7,
    )
    another = replace(apart, request_id="f" * 32, user_id=8)
    asked = [heavy(1, 0), heavy(2, 0), apart, another]
    texts = [asyncio.create_task(engine.generate(item)) for item in asked]
    light = replace(request("x", max_new_tokens=6, min_new_tokens=6), user_id=9)
    await asyncio.sleep(0)
    await engine.generate(light)
    assert not any(text.done() for text in texts)
    for item, text in zip(asked, await asyncio.gather(*texts), strict=True):
        alone = complete(tiny_model("gpt2"), item)
        assert [a.token_ids for a in text.attempts] == [a.token_ids for a in alone.attempts]

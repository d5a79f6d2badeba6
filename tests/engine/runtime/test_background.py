"""What runs in the background is never ahead of people."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2Model

from engine import GAVE_WAY, DecodingParams, EngineError, GenerationRequest, Progress, create_engine
from engine.runtime.scheduler import Scheduler
from tests.engine.runtime.waiting import job_of, submit


def background(name: str, places: int = 1):
    job = job_of(int(name[0]), name, places)
    job.is_background = True
    return job


def test_its_turn_comes_when_nobody_waits():
    scheduler = Scheduler(slots=1, limit=10)
    submit(scheduler, "1a")
    scheduler.submit(background("2z"))
    jobs = submit(scheduler, "3a", "1b")
    order = []
    while scheduler.running:
        job = scheduler.take()
        order.append(job.request_id)
        scheduler.release(job, "done")
    assert order == ["1a", "3a", "1b", "2z"]
    assert jobs["3a"].mailbox.positions == [1]


def test_it_takes_no_place_from_people_and_is_not_counted_among_them():
    scheduler = Scheduler(slots=1, limit=2)
    submit(scheduler, "1a")
    scheduler.submit(background("2z", places=2))
    submit(scheduler, "3a", "4a")
    assert scheduler.queued == 2
    with pytest.raises(EngineError):
        submit(scheduler, "5a")


def test_what_runs_of_it_ends_when_somebody_would_wait():
    scheduler = Scheduler(slots=1, limit=10)
    running = background("2z")
    scheduler.submit(running)
    assert scheduler.take() is running
    running.has_tokens = True
    jobs = submit(scheduler, "1a")
    (outcome,) = running.mailbox.outcomes
    assert (outcome.code, outcome.reason) == ("cancelled", GAVE_WAY)
    assert running.must_stop() == "cancelled"
    scheduler.release(running, "what it wrote")
    assert running.mailbox.outcomes == [outcome]
    assert scheduler.take() is jobs["1a"]
    assert (scheduler.completed, scheduler.failed) == (0, 0)


def test_beside_a_batch_with_room_it_goes_on_until_the_room_is_wanted():
    scheduler = Scheduler(slots=1, limit=10)
    running = background("2z")
    scheduler.submit(running)
    scheduler.take()
    scheduler.note_room("uno", has_room=True)
    submit(scheduler, "1a")
    assert running.mailbox.outcomes == []
    scheduler.make_way()
    assert len(running.mailbox.outcomes) == 1


def of_model(name: str, model: str, *, is_background: bool = False):
    job = job_of(int(name[0]), name, model=model)
    job.is_background = is_background
    return job


def test_it_gives_way_to_who_begins_with_another_model():
    scheduler = Scheduler(slots=1, limit=10)
    running, person = of_model("2z", "uno", is_background=True), of_model("1a", "dos")
    scheduler.submit(running)
    scheduler.note_room("uno", has_room=True)
    scheduler.submit(person)
    assert [outcome.reason for outcome in running.mailbox.outcomes] == [GAVE_WAY]
    assert [scheduler.take() for _ in range(1)] == [person]


def test_it_begins_with_no_model_while_people_write_with_another():
    scheduler = Scheduler(slots=1, limit=10)
    people = [of_model("1a", "uno"), of_model("3a", "dos")]
    waiting = of_model("2z", "tres", is_background=True)
    for job in (*people, waiting):
        scheduler.submit(job)
    for job in people:
        assert scheduler.take() is job
    for job in people:
        assert not scheduler._ready
        scheduler.release(job, "done")
    assert scheduler.take() is waiting


def test_nobody_waits_for_it():
    scheduler = Scheduler(slots=1, limit=10)
    scheduler.submit(background("2z"))
    assert scheduler.expected_wait_s(3.0) == 0.0


@settings(max_examples=150)
@given(st.data())
def test_no_background_is_ever_ahead_of_a_person(data):
    scheduler = Scheduler(slots=data.draw(st.integers(1, 3)), limit=100)
    running, names = [], iter(range(10_000))
    for _ in range(data.draw(st.integers(1, 40))):
        act = data.draw(st.sampled_from(("person", "background", "take", "release", "stop")))
        if act == "person":
            model = data.draw(st.sampled_from(("uno", "dos")))
            scheduler.submit(job_of(data.draw(st.integers(1, 3)), f"{next(names)}", model=model))
        elif act == "background":
            model = data.draw(st.sampled_from(("uno", "dos")))
            job = job_of(data.draw(st.integers(4, 5)), f"{next(names)}", model=model)
            job.is_background = True
            scheduler.submit(job)
        elif act == "take" and scheduler._ready:
            is_waiting = scheduler.queued > 0
            job = scheduler.take() if any(not j.is_answered for j in scheduler._ready) else None
            if job is not None:
                assert not (job.is_background and is_waiting)
                running.append(job)
        elif act == "release" and running:
            scheduler.release(running.pop(data.draw(st.integers(0, len(running) - 1))), "done")
        elif act == "stop" and running:
            scheduler.stop(data.draw(st.sampled_from(running)), "cancelled")
        if scheduler.queued:
            alive = [j for j in scheduler._running if j.is_background and not j.is_answered]
            assert alive == []
        waiting = [*scheduler._positions]
        assert waiting == sorted(waiting, key=lambda job: job.is_background)


@pytest.mark.parametrize("batch_rows", [1, 2])
async def test_a_person_gets_the_engine_at_once_and_the_same_text(
    tiny_model, tmp_path, batch_rows, monkeypatch
):
    is_slow = False
    is_asked = threading.Event()
    steps: list[bool] = []
    forward = GPT2Model.forward

    def waiting_forward(*arguments, **options):
        # However quick the machine is, it is in the middle of its text when a person asks.
        steps.append(is_slow)
        assert sum(steps) < 20 or is_asked.wait(60)
        return forward(*arguments, **options)

    monkeypatch.setattr(GPT2Model, "forward", waiting_forward)
    folder = str(Path(tiny_model("gpt2").tokenizer.name_or_path))
    engine = create_engine(models=[folder], data_dir=tmp_path, batch_rows=batch_rows)
    await engine.start()
    try:
        params = DecodingParams(max_new_tokens=40, min_new_tokens=40)
        wide = DecodingParams(strategy="sample", max_new_tokens=4, attempts=2)
        slow = GenerationRequest(prompt="La vida", params=params, background=True, user_id=1)
        asked = GenerationRequest(prompt="El mar", params=wide, seed=3, user_id=2)
        alone = await engine.generate(asked)
        is_slow = True
        first = engine.stream(slow)
        while not isinstance(await anext(first), Progress):
            pass
        soon = asyncio.create_task(
            engine.generate(
                GenerationRequest.from_dict({**asked.to_dict(), "request_id": "b" * 32})
            )
        )
        # The task hands its request over as soon as it runs.
        await asyncio.sleep(0.2)
        is_asked.set()
        meanwhile = await soon
        assert [a.token_ids for a in meanwhile.attempts] == [a.token_ids for a in alone.attempts]
        with pytest.raises(EngineError) as caught:
            async for _ in first:
                pass
        assert (caught.value.code, caught.value.reason) == ("cancelled", GAVE_WAY)
        again = await engine.generate(slow)
        assert len(again.attempts[0].token_ids) == 40
    finally:
        await engine.close()

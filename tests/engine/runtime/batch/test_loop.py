"""The loop of a batch: what begins again, and when a turn is passed on."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.batch import Batch
from engine.runtime.batch.lean import LeanStep
from engine.runtime.batch.loop import BatchLoop
from engine.runtime.job import Job
from engine.runtime.local import LocalEngine
from engine.runtime.mailbox import Mailbox
from engine.runtime.plain import PlainRun
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from tests.engine.runtime.batch.stepping import LIMITS
from tests.engine.runtime.fakes import TinyStore
from tests.engine.tiny import complete, request


def ids_of(completion) -> list:
    return [attempt.token_ids for attempt in completion.attempts]


async def test_all_attempts_begin_at_a_context_that_was_read_again(tiny_model, monkeypatch):
    loaded = tiny_model("gpt2")
    wanted = [
        replace(request(text, max_new_tokens=6, strategy="sample", attempts=3), user_id=user)
        for user, text in enumerate(("La vida ", "Se hace ", "Dice que "))
    ]
    engine = LocalEngine(store=TinyStore(loaded), backend=BatchBackend())
    await engine.start()
    read_on, all_wait, sizes = LeanStep.read, threading.Event(), []

    def read_one(self, pieces, caches):
        all_wait.wait(20)
        sizes.append(len(pieces))
        if len(pieces) == 1:
            return read_on(self, pieces, caches)
        read_on(self, [ids[:1] for ids in pieces], caches)
        raise RuntimeError("not enough memory")

    monkeypatch.setattr(LeanStep, "read", read_one)
    writing = [asyncio.create_task(engine.generate(item)) for item in wanted]
    await asyncio.sleep(0)
    all_wait.set()
    answers = await asyncio.gather(*writing)
    await engine.close()
    assert max(sizes) > 1
    for item, answer in zip(wanted, answers, strict=True):
        assert ids_of(answer) == ids_of(complete(loaded, item))


async def test_no_turn_is_waited_for_once_all_are_answered(tiny_model):
    loaded, wanted = tiny_model("gpt2"), request("x", max_new_tokens=3)
    job = Job(
        request_id=wanted.request_id,
        user_id=7,
        model=loaded.name,
        mailbox=Mailbox(asyncio.get_running_loop(), has_events=False),
        request=wanted,
    )
    scheduler, passed = Scheduler(slots=1, limit=9), []
    scheduler.submit(job)
    BatchLoop(
        scheduler=scheduler,
        rates=Rates(),
        loaded=loaded,
        batch=Batch(loaded, LIMITS),
        open_run=PlainRun,
        is_ours=lambda _: True,
        room_wanted_s=lambda: None,
        pass_on=passed.append,
        held=[scheduler.take()],
    ).serve(job)
    assert ids_of(await job.mailbox.result()) == ids_of(complete(loaded, wanted))
    assert passed
    assert set(passed) == {frozenset({7})}

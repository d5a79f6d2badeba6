"""A text is made for who reads it, not for every token that is written."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from engine import Progress
from engine.runtime import mailbox
from engine.runtime.job import Job
from engine.runtime.mailbox import Mailbox
from engine.runtime.rates import Rates


class Written:
    """A run that counts how often somebody wants its text."""

    def __init__(self) -> None:
        self.new_tokens = 0
        self.texts = 0

    @property
    def has_tokens(self) -> bool:
        return self.new_tokens > 0

    def progress(self) -> tuple[Progress, ...]:
        self.texts += 1
        return (Progress(attempt=0, text=f"{self.new_tokens}", tokens=self.new_tokens),)


def job_with(*, has_events: bool) -> Job[str]:
    box = Mailbox[str](asyncio.get_running_loop(), has_events=has_events)
    return Job(request_id="a", user_id=0, model="uno", mailbox=box)


async def test_texts_in_a_hurry_are_left_out_but_for_the_last(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(mailbox, "time", SimpleNamespace(monotonic=lambda: now[0]))
    job, run, rates = job_with(has_events=True), Written(), Rates()
    for token in range(1, 301):
        run.new_tokens = token
        now[0] += 0.01
        job.publish(run, rates, is_sparing=token < 300)
        assert (job.new_tokens, job.has_tokens) == (token, True)
    assert 25 <= run.texts <= 40
    assert await job.mailbox.receive() == (Progress(attempt=0, text="300", tokens=300),)


async def test_who_is_not_sparing_makes_every_text():
    job, run, rates = job_with(has_events=True), Written(), Rates()
    for _ in range(5):
        job.publish(run, rates)
    assert run.texts == 5


async def test_nobody_who_looks_means_no_text():
    job, run, rates = job_with(has_events=False), Written(), Rates()
    job.publish(run, rates, is_sparing=True)
    job.publish(run, rates)
    assert run.texts == 0


async def test_the_readers_of_a_turn_are_told_by_one_call(monkeypatch):
    loop = asyncio.get_running_loop()
    calls = []
    really = loop.call_soon_threadsafe
    monkeypatch.setattr(
        loop, "call_soon_threadsafe", lambda *args: (calls.append(args), really(*args))
    )
    jobs = [job_with(has_events=True) for _ in range(3)]
    run = Written()
    run.new_tokens = 1
    for job in jobs[:2]:
        job.publish(run, Rates(), wakes=False)
    assert calls == []
    mailbox.wake_all(job.mailbox for job in jobs)
    mailbox.wake_all(job.mailbox for job in jobs)
    assert len(calls) == 1
    for job in jobs[:2]:
        assert await job.mailbox.receive() == (Progress(attempt=0, text="1", tokens=1),)

from __future__ import annotations

import asyncio
import threading

import pytest

from engine import EngineError, Progress, Queued
from engine.runtime.mailbox import Mailbox


def text(attempt: int, tokens: int) -> Progress:
    return Progress(attempt=attempt, text=f"texto {tokens}", tokens=tokens)


def new_mailbox(*, has_events: bool = True) -> Mailbox[str]:
    return Mailbox(asyncio.get_running_loop(), has_events=has_events)


async def test_only_the_newest_of_each_attempt_is_received():
    mailbox = new_mailbox()
    mailbox.post_position(3)
    mailbox.post_position(2)
    for tokens in range(1, 1000):
        mailbox.post_progress([text(1, tokens)])
    mailbox.post_progress([text(0, 5)])
    assert await mailbox.receive() == (Queued(position=2), text(0, 5), text(1, 999))
    mailbox.finish("fin")
    assert await mailbox.receive() == ()
    assert await mailbox.result() == "fin"


async def test_one_wake_up_is_pending_however_much_is_posted(monkeypatch):
    loop = asyncio.get_running_loop()
    mailbox = new_mailbox()
    await asyncio.sleep(0)
    calls = []
    schedule = loop.call_soon_threadsafe
    monkeypatch.setattr(
        loop, "call_soon_threadsafe", lambda *args: (calls.append(args), schedule(*args))
    )
    for tokens in range(1, 500):
        mailbox.post_progress([text(0, tokens)])
    assert len(calls) == 1
    await mailbox.receive()
    mailbox.post_progress([text(0, 500)])
    assert len(calls) == 2


async def test_a_reader_that_waits_is_woken_from_another_thread():
    mailbox = new_mailbox()
    reader = asyncio.create_task(mailbox.receive())
    await asyncio.sleep(0)
    threading.Thread(target=mailbox.post_progress, args=([text(0, 1)],)).start()
    assert await asyncio.wait_for(reader, 20) == (text(0, 1),)


async def test_who_wants_only_the_outcome_is_not_woken_before():
    mailbox = new_mailbox(has_events=False)
    mailbox.post_position(1)
    mailbox.post_progress([text(0, 1)])
    mailbox.finish("fin")
    assert await mailbox.receive() == ()


async def test_an_error_is_raised_to_the_reader_after_what_came_before_it():
    mailbox = new_mailbox()
    mailbox.post_progress([text(0, 1)])
    mailbox.finish(EngineError("invalid_logits"))
    assert await mailbox.receive() == (text(0, 1),)
    with pytest.raises(EngineError, match="invalid_logits"):
        await mailbox.result()


def test_posting_after_the_loop_has_ended_is_harmless():
    async def make() -> Mailbox[str]:
        return new_mailbox()

    mailbox = asyncio.run(make())
    mailbox.post_progress([text(0, 1)])
    mailbox.finish("fin")

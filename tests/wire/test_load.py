"""Many people at once, while the model takes all the processor that there is."""

from __future__ import annotations

import asyncio

import pytest

from tests.wire.asking import is_explained, is_written, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = 50


async def test_fifty_people_at_once(wire, start_bot, problems):
    d = wire
    await start_bot(MAX_QUEUE=200)
    first = await written(d)
    asking = asyncio.gather(
        *(
            d.slash(
                "continuar",
                {"texto": f"Texto {n}", "tokens": 20},
                user=n,
                channel=n % 50,
                until=is_written,
                timeout=150,
            )
            for n in range(1, PEOPLE + 1)
        )
    )
    await asyncio.sleep(0.5)
    typing = [await d.autocomplete("continuar", "modelo", "m", user=n) for n in range(60, 70)]
    reading = await d.click(first, label="Explicar", user=70, until=is_explained)
    replies = await asking
    for n, reply in enumerate(replies, 1):
        assert is_written(reply), reply
        assert reply.text.startswith(f"**Texto {n}**")
        assert len(reply.messages) == 1
    for answer in (*typing, reading, *replies):
        assert answer.latency_ack < 3, d.report(replies)
    assert all(answer.choices for answer in typing)
    assert await problems() == []
    await d.stop_bot()


async def test_a_full_queue_is_said_in_private_and_costs_nothing(wire, start_bot, problems):
    await start_bot(MAX_QUEUE=2)
    replies = await asyncio.gather(
        *(
            wire.slash(
                "continuar",
                {"texto": f"Texto {n}", "tokens": 60},
                user=n,
                channel=n,
                until=lambda r: is_written(r) or "cola está llena" in r.text,
            )
            for n in range(1, 13)
        )
    )
    refused = [reply for reply in replies if "cola está llena" in reply.text]
    assert refused
    assert all(reply.ephemeral for reply in refused)
    assert all(is_written(reply) for reply in replies if reply not in refused)
    again = await written(wire, user=refused[0].user)
    assert is_written(again)
    assert await problems() == []

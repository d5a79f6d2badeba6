"""Alarms: each does its thing once, and a later one of the same key takes its place."""

import asyncio

from bot.messages.alarms import Alarms

NEVER_S = 3600.0


async def test_an_alarm_rings_once_and_is_gone():
    alarms, rung, over = Alarms(), [], asyncio.Event()

    async def ring(what):
        rung.append(what)
        over.set()

    alarms.set("a", 0.0, lambda: ring("called off"))
    alarms.set("b", NEVER_S, lambda: ring("too late"))
    alarms.set("a", 0.01, lambda: ring("rung"))
    await over.wait()
    assert rung == ["rung"]
    assert not alarms.is_empty
    alarms.cancel("b")
    alarms.cancel("b")
    assert alarms.is_empty


async def test_an_alarm_may_set_itself_again():
    alarms, rung, over = Alarms(), [], asyncio.Event()

    async def ring():
        rung.append(len(rung))
        if len(rung) < 3:
            alarms.set("a", 0.0, ring)
        else:
            over.set()

    alarms.set("a", 0.0, ring)
    await over.wait()
    assert rung == [0, 1, 2]
    assert alarms.is_empty


async def test_closing_calls_all_off():
    alarms, rung = Alarms(), []

    async def ring():
        rung.append(1)

    alarms.set("a", 0.0, ring)
    alarms.set("b", NEVER_S, ring)
    alarms.close()
    await asyncio.sleep(0.01)
    assert rung == []
    assert alarms.is_empty

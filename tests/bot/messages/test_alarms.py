"""Alarms: each does its thing once, and a later one of the same key takes its place."""

from bot.messages.alarms import Alarms


async def test_an_alarm_rings_once_and_is_gone(room):
    alarms, rung = Alarms(), []

    async def ring(what):
        rung.append(what)

    alarms.set("a", 10, lambda: ring("early"))
    alarms.set("a", 20, lambda: ring("late"))
    alarms.set("b", 15, lambda: ring("other"))
    alarms.cancel("b")
    await room.env.advance_time(15)
    assert rung == []
    assert not alarms.is_empty
    await room.env.advance_time(30)
    assert rung == ["late"]
    assert alarms.is_empty


async def test_an_alarm_may_set_itself_again(room):
    alarms, rung = Alarms(), []

    async def ring():
        rung.append(len(rung))
        if len(rung) < 3:
            alarms.set("a", 5, ring)

    alarms.set("a", 5, ring)
    await room.env.advance_time(100)
    assert rung == [0, 1, 2]


async def test_closing_calls_all_off(room):
    alarms, rung = Alarms(), []

    async def ring():
        rung.append(1)

    alarms.set("a", 5, ring)
    alarms.close()
    alarms.cancel("a")
    await room.env.advance_time(60)
    assert rung == []
    assert alarms.is_empty

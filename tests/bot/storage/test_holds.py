"""What one of several processes holds for a while."""

import asyncio

from tests.bot.storage.clocks import let_pass
from tests.bot.storage.samples import ANA, PREFERENCES


async def test_of_all_who_want_it_one_gets_it_and_the_others_know_when(neighbours, monkeypatch):
    takers = neighbours * 3
    waits = await asyncio.gather(*(one.holds.take("turn", 5) for one in takers))
    assert sorted(waits)[0] == 0
    assert all(4 < wait <= 5.5 for wait in sorted(waits)[1:])
    assert await neighbours[0].holds.take("another", 5) == 0
    let_pass(monkeypatch, neighbours, 6)
    waits = await asyncio.gather(*(one.holds.take("turn", 5) for one in takers))
    assert sorted(waits)[0] == 0 < sorted(waits)[1]


async def test_what_is_let_go_is_free(neighbours):
    first, second, _ = neighbours
    assert await first.holds.take("turn", 60) == 0
    await first.holds.release("turn")
    assert await second.holds.take("turn", 60) == 0


async def test_one_at_a_time(neighbours):
    inside = []

    async def work(storage, name):
        async with storage.holds.alone("work", 60):
            inside.append(name)
            await asyncio.sleep(0.02)
            inside.append(name)

    await asyncio.gather(*(work(one, n) for n, one in enumerate(neighbours)))
    assert inside[0::2] == inside[1::2]
    assert len(inside) == 6


async def test_marks_are_read_by_all_while_they_last(neighbours, monkeypatch):
    first, second, _ = neighbours
    await first.holds.put("mark:a", 60)
    await first.holds.put("mark_b", 60)
    assert set(await second.holds.under("mark:")) == {"mark:a"}
    assert set(await second.holds.under("mark_")) == {"mark_b"}
    let_pass(monkeypatch, neighbours, 61)
    assert await second.holds.under("mark") == {}
    await second.holds.prune()
    assert await first.holds.take("mark:a", 60) == 0


async def test_what_a_person_holds_goes_with_the_person(neighbours):
    first, second, _ = neighbours
    await first.preferences.set("user", ANA, PREFERENCES)
    await first.holds.take("pause", 60, ANA)
    await first.delete_user(ANA)
    assert await second.holds.take("pause", 60, ANA) == 0

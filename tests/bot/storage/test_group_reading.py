"""One query for the questions of many, and each caller's own failure."""

import asyncio

import pytest

from bot.storage import StorageError
from bot.storage.group_reading import GroupReading
from bot.storage.records import Preferences

CROWD = 50


class Shelf:
    """Something to read, slowly."""

    def __init__(self):
        self.values = {}
        self.asked = []
        self.is_open = asyncio.Event()
        self.error = None

    async def read(self, keys):
        self.asked.append(set(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.is_open.wait()
        if self.error is not None:
            raise self.error
        return found


async def started(*coroutines):
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    await asyncio.sleep(0)
    return tasks


async def test_a_burst_reads_settings_in_few_queries(storage, statements):
    for owner in range(CROWD):
        await storage.preferences.set("user", owner, Preferences(params={"top_k": owner}))
    statements.clear()
    found = await asyncio.gather(
        *(storage.preferences.get_all(("guild", 1), ("user", owner)) for owner in range(CROWD))
    )
    assert [user.params for _, user in found] == [{"top_k": owner} for owner in range(CROWD)]
    assert all(guild.is_empty for guild, _ in found)
    assert len([query for query, _ in statements if query.startswith("SELECT")]) <= 2


async def test_more_people_than_a_statement_may_have_terms(storage):
    owners = [("user", owner) for owner in range(3000)]
    await storage.preferences.set(*owners[-1], Preferences(params={"top_k": 7}))
    found = await storage.preferences.get_all(*owners)
    assert found[-1].params == {"top_k": 7}
    assert all(one.is_empty for one in found[:-1])


async def test_what_was_written_before_the_question_is_in_the_answer():
    shelf = Shelf()
    reading = GroupReading(shelf.read)
    (before,) = await started(reading.get("a"))
    shelf.values["a"] = 1
    after = await started(reading.get("a"), reading.get("b"))
    shelf.is_open.set()
    assert await before == {}
    assert await asyncio.gather(*after) == [{"a": 1}, {"a": 1}]
    assert shelf.asked == [{"a"}, {"a", "b"}]


@pytest.mark.parametrize("lost", [0, 1])
async def test_who_is_called_off_takes_nobody_along(lost):
    shelf = Shelf()
    reading = GroupReading(shelf.read)
    tasks = await started(*(reading.get(key) for key in "abc"))
    tasks.pop(lost).cancel()
    await asyncio.sleep(0)
    shelf.values = dict.fromkeys("abc", 1)
    shelf.is_open.set()
    answers = await asyncio.gather(*tasks)
    kept = [key for number, key in enumerate("abc") if number != lost]
    assert all(key in answer for key, answer in zip(kept[1:], answers[1:], strict=True))


async def test_each_is_told_a_failure_of_its_own():
    shelf = Shelf()
    shelf.error = StorageError("unavailable")
    shelf.is_open.set()
    reading = GroupReading(shelf.read)
    outcomes = await asyncio.gather(*(reading.get(key) for key in "abc"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StorageError] * 3
    shelf.error = None
    assert await reading.get("a") == {}

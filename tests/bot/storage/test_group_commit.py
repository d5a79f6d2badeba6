"""Writes of many callers in one transaction, and each caller's own failure."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import delete, event, insert, update

from bot.storage import StorageError
from bot.storage.group_commit import GroupCommit
from bot.storage.schema import branches, state
from tests.bot.storage.samples import BRANCH, JOB

CROWD = 20


@pytest.fixture
def commits(storage):
    done = []
    event.listen(storage._database._engine.sync_engine, "commit", done.append)
    return done


def note(key):
    return insert(state).values(key=key, value="")


def broken():
    """A link between two texts that are not there."""
    fields = ("reply_id", "parent_id", "attempt", "step", "token", "opening")
    return insert(branches).values({name: getattr(BRANCH, name) for name in fields})


async def noted(storage, *keys):
    return [key for key in keys if await storage.state.get(key) is not None]


async def test_a_burst_is_written_in_few_transactions(storage, commits):
    jobs = [replace(JOB, job_id=f"{number:032x}") for number in range(CROWD)]
    await asyncio.gather(*(storage.jobs.start(job) for job in jobs))
    assert len(commits) <= 2
    assert await storage.jobs.unfinished() == tuple(jobs)
    await asyncio.gather(*(storage.jobs.finish(job.job_id) for job in jobs))
    assert len(commits) <= 4
    assert await storage.jobs.unfinished() == ()


async def test_rows_of_a_burst_take_one_trip_and_keep_their_order(storage, statements):
    async with storage._database.writing():
        last = asyncio.create_task(storage.state.set("a", "held"))
        await asyncio.sleep(0)
        tasks = [asyncio.create_task(storage.state.set("a", f"{n}")) for n in range(CROWD)]
        tasks.append(asyncio.create_task(storage._database.execute(delete(state))))
        tasks.append(asyncio.create_task(storage.state.set("b", "")))
        await asyncio.sleep(0)
        statements.clear()
    await asyncio.gather(last, *tasks)
    assert await noted(storage, "a", "b") == ["b"]
    inserts = [query for query, _ in statements if query.startswith("INSERT")]
    assert len(inserts) == 2


async def test_no_rows_are_no_write(storage):
    await storage._database.put(state)
    assert await storage.state.get("") is None


async def test_only_who_failed_is_told_and_the_others_are_written(storage):
    writes = [(note("a"),), (note("b"), broken()), (note("c"),)]
    outcomes = await asyncio.gather(
        *(storage._database.execute(*write) for write in writes), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), StorageError, type(None)]
    assert await noted(storage, "a", "b", "c") == ["a", "c"]


async def test_writes_keep_the_order_of_the_calls(storage):
    await storage.state.set("a", "")
    changes = [update(state).where(state.c.key == "a").values(value=f"{n}") for n in range(CROWD)]
    await asyncio.gather(*(storage._database.execute(change) for change in changes))
    assert await storage.state.get("a") == f"{CROWD - 1}"
    await asyncio.gather(storage._database.execute(delete(state)), storage.state.set("b", ""))
    assert await noted(storage, "a", "b") == ["b"]


async def test_a_transaction_that_cannot_begin_is_waited_for_once_by_all():
    begun = 0

    @asynccontextmanager
    async def transaction():
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)
        raise StorageError("unavailable")
        yield

    group = GroupCommit(transaction)
    outcomes = await asyncio.gather(*(group.execute() for _ in range(3)), return_exceptions=True)
    assert [outcome.code for outcome in outcomes] == ["unavailable"] * 3
    assert begun == 1


@pytest.mark.parametrize("is_first_called_off", [True, False])
async def test_who_is_called_off_takes_nobody_along(storage, is_first_called_off):
    async with storage._database.writing():
        tasks = [
            asyncio.create_task(storage._database.execute(note(f"{number}"))) for number in range(3)
        ]
        await asyncio.sleep(0)
        lost = tasks.pop(0 if is_first_called_off else 1)
        lost.cancel()
        await asyncio.wait({lost})
    await asyncio.gather(*tasks)
    expected = ["1", "2"] if is_first_called_off else ["0", "2"]
    assert await noted(storage, "0", "1", "2") == expected


async def test_a_transaction_goes_on_to_its_end_without_the_one_who_began_it(storage):
    held, is_open = asyncio.Event(), asyncio.Event()
    database = storage._database

    @asynccontextmanager
    async def slow():
        async with database.writing() as connection:
            yield connection
            held.set()
            await is_open.wait()

    group = GroupCommit(slow)
    first, second = (asyncio.create_task(group.execute(note(key))) for key in "ab")
    await held.wait()
    first.cancel()
    await asyncio.wait({first})
    is_open.set()
    await second
    assert await noted(storage, "a", "b") == ["a", "b"]


async def test_whenever_a_writer_is_called_off_the_database_is_free_for_the_next(storage):
    """In the middle of a transaction too: one that is given up there keeps its lock."""
    for tenths_ms in range(30):
        task = asyncio.create_task(storage._database.execute(note(f"{tenths_ms}")))
        await asyncio.sleep(tenths_ms / 10_000)
        task.cancel()
        await asyncio.wait({task})
        async with asyncio.timeout(10):
            await storage._database.execute(note(f"next {tenths_ms}"))

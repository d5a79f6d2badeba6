"""The cap and the pause of one person who writes to two processes of one bot."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bot.jobs import elsewhere as module
from bot.jobs.batches import RunningBatch, RunningBatches
from bot.jobs.elsewhere import Elsewhere
from bot.jobs.limits import Limits
from bot.messages.errors import UserError
from bot.storage import StorageError, open_storage
from tests.bot.storage.samples import ANA, BATCH, JOB, LUIS


@pytest.fixture
async def two(tmp_path, patient):
    url = f"sqlite:///{tmp_path}/shared.db"
    async with AsyncExitStack() as stack:
        opening = [open_storage(url, tmp_path / name, is_shared=True) for name in "ab"]
        yield [await stack.enter_async_context(one) for one in opening]


def limits_of(storage, *, max_per_user=2, cooldown_s=0):
    elsewhere = Elsewhere(storage, lambda: JOB.application_id)
    return Limits(max_per_user=max_per_user, cooldown_s=cooldown_s, elsewhere=elsewhere)


async def test_the_cap_counts_what_runs_in_both(two):
    here, there = map(limits_of, two)
    await there.admit(ANA)
    await two[1].jobs.start(JOB)
    first = await here.admit(ANA)
    with pytest.raises(UserError, match="Ya tienes 2 peticiones en marcha"):
        await here.admit(ANA)
    await here.admit(LUIS)
    first.release()
    await two[1].jobs.start(replace(JOB, job_id="b"))
    for _ in range(2):
        with pytest.raises(UserError, match="en marcha"):
            await here.admit(ANA)
    await two[1].jobs.finish("b")
    await here.admit(ANA)


async def test_the_pause_holds_in_both_and_a_refund_ends_it_in_both(two):
    here, there = (limits_of(one, cooldown_s=600) for one in two)
    ticket = await here.admit(ANA)
    for _ in range(2):
        with pytest.raises(UserError, match="Vas muy deprisa"):
            await there.admit(ANA)
    await there.admit(LUIS)
    ticket.refund()
    while here._elsewhere._forgiving:
        await next(iter(here._elsewhere._forgiving))
    await there.admit(ANA)


async def test_a_person_has_one_file_in_both(two):
    here, there = (
        RunningBatches(lambda _: True, Elsewhere(one, lambda: BATCH.application_id)) for one in two
    )
    async with here.beginning_elsewhere(ANA) as is_free:
        assert is_free
        async with (
            there.beginning_elsewhere(ANA) as is_hers,
            there.beginning_elsewhere(LUIS) as is_his,
        ):
            assert not is_hers
            assert is_his
        await two[0].batches.start(BATCH, ())
    async with there.beginning_elsewhere(ANA) as is_free:
        assert not is_free
    # This process knows better of its own: one that only has to be told is no hindrance.
    here.start(RunningBatch(batch_id=BATCH.batch_id, owner_id=ANA), lambda _: asyncio.sleep(0.1))
    async with here.beginning_elsewhere(ANA) as is_free:
        assert is_free
    await two[0].batches.set_state(BATCH.batch_id, "done")
    async with there.beginning_elsewhere(ANA) as is_free:
        assert is_free


async def test_without_the_database_each_process_keeps_its_own_limits(two, monkeypatch):
    here, there = (limits_of(one, max_per_user=1, cooldown_s=600) for one in two)

    async def fail(*_):
        raise StorageError("unavailable")

    monkeypatch.setattr(two[1].jobs, "elsewhere", fail)
    monkeypatch.setattr(two[1].holds, "take", fail)
    await here.admit(ANA)
    await there.admit(ANA)
    with pytest.raises(UserError, match="en marcha"):
        await there.admit(ANA)


async def test_a_slow_database_holds_nobody_up(two, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    async with two[0]._database.writing():
        await limits_of(two[1], cooldown_s=600).admit(ANA)

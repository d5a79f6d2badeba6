"""Texts are deleted by the clock, but never all at once because a clock is wrong."""

import os
from datetime import timedelta

import pytest

from tests.bot.storage.samples import NOON, reply

DAY, HOUR, YEAR = timedelta(days=1), timedelta(hours=1), timedelta(days=365)


@pytest.fixture
async def month(storage):
    """Texts of each of the last thirty days."""
    for days in range(30):
        await storage.replies.save(reply(days, created_at=NOON - days * DAY))
    return storage


async def kept(storage):
    return [n for n in range(30) if await storage.replies.get(f"{n:032x}") is not None]


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_clock_that_jumps_ahead_and_back_deletes_nearly_nothing(month, is_running):
    if is_running:
        assert await month.prune(30, 500, NOON) == 0
    ahead = NOON + YEAR
    for hours in range(4):
        if hours == 2:
            # What is written meanwhile has the wrong date, and proves nothing.
            await month.replies.save(reply(99, created_at=ahead))
        await month.prune(30, 500, ahead + hours * HOUR)
    assert await kept(month) == list(range(30))
    assert await month.prune(30, 500, NOON + 4 * HOUR) == 0


async def test_a_clock_that_jumps_back_delays_nothing(month):
    await month.prune(30, 500, NOON)
    assert await month.prune(30, 500, NOON - YEAR) == 0
    pruned = [await month.prune(30, 500, NOON + hours * HOUR) for hours in range(1, 26)]
    assert pruned == [0] * 24 + [1]


async def test_where_nobody_writes_everything_goes_in_its_time(month):
    for hours in range(0, 30 * 24 + 1, 6):
        await month.prune(30, 500, NOON + hours * HOUR)
    assert await kept(month) == [0]
    await month.prune(30, 500, NOON + 30 * DAY + HOUR)
    assert await kept(month) == []


async def test_after_a_long_pause_it_catches_up(month):
    await month.prune(30, 500, NOON)
    pruned = [await month.prune(30, 500, NOON + 60 * DAY + hours * HOUR) for hours in range(130)]
    assert max(pruned) == 1
    assert await kept(month) == []


async def test_a_clock_that_jumps_ahead_spares_the_copies(month, tmp_path):
    backup = month._backups.add(tmp_path / "unicornio.db", "0001", NOON)
    os.utime(backup, times=(NOON.timestamp(), NOON.timestamp()))
    await month.prune(30, 500, NOON)
    await month.prune(30, 500, NOON + YEAR)
    assert month._backups.paths() == (backup,)


async def test_too_much_is_deleted_whatever_the_clock_says(storage):
    for number in range(3):
        at = NOON - number * HOUR
        await storage.replies.save(reply(number, ids=200_000, created_at=at))
    assert await storage.prune(30, 1, NOON + YEAR) > 0
    assert 0 in await kept(storage)

"""Two processes introduce their shards to Discord."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from itertools import pairwise
from types import SimpleNamespace

import discord
import pytest

from bot import identify
from bot.identify import IdentifyGate
from bot.storage import StorageError, open_storage

PAUSE_S = 0.3


@pytest.fixture
async def two(tmp_path, monkeypatch):
    monkeypatch.setattr(identify, "PAUSE_S", PAUSE_S)
    url = f"sqlite:///{tmp_path}/shared.db"
    async with AsyncExitStack() as stack:
        opening = [open_storage(url, tmp_path / name, is_shared=True) for name in "ab"]
        yield [await stack.enter_async_context(one) for one in opening]


def gate_of(storage, buckets=None):
    async def limits():
        if buckets is None:
            raise discord.GatewayNotFound
        return SimpleNamespace(max_concurrency=buckets)

    client = SimpleNamespace(application_id=7, fetch_session_start_limits=limits)
    return IdentifyGate(client, storage.holds)


@pytest.mark.parametrize("buckets", [1, 2, None])
async def test_shards_of_one_bucket_take_turns_whichever_process_they_are_of(
    two, buckets, monkeypatch
):
    passed = defaultdict(list)

    async def start(storage, shard_ids):
        asked = []
        clock = storage.process.now
        monkeypatch.setattr(storage.process, "now", lambda: asked.append(clock()) or asked[-1])
        gate = gate_of(storage, buckets)
        for shard_id in shard_ids:
            await gate.wait(shard_id)
            # The moment of the turn, however late the shard gets to know of it.
            passed[shard_id % (buckets or 1)].append(asked[-1])

    await asyncio.gather(start(two[0], [0, 1]), start(two[1], [2, 3]))
    assert sum(map(len, passed.values())) == 4
    for moments in passed.values():
        gaps = [(b - a).total_seconds() for a, b in pairwise(sorted(moments))]
        assert all(gap >= PAUSE_S for gap in gaps)


async def test_without_the_database_a_shard_waits_as_long_as_a_turn_takes(two, monkeypatch):
    async def fail(*_):
        raise StorageError("unavailable")

    monkeypatch.setattr(two[0].holds, "take", fail)
    before = two[0].process.now()
    await gate_of(two[0], 1).wait(0)
    assert (two[0].process.now() - before).total_seconds() >= PAUSE_S

"""A reply costs what the plan counts on, in the bot itself and in its storage."""

from __future__ import annotations

import asyncio

from bot.storage import open_storage
from tests.bot.world import open_world
from tests.growth.writes import counted, write

WRITES = 3
"""The row of the request, the text, and the end of that row."""


async def test_the_bot_writes_three_times_for_a_reply(tmp_path):
    async with open_world(tmp_path) as room:
        await room.continuar()
        with counted(room.storage) as counts:
            result = await room.continuar()
        assert " amor" in result.response.content
        assert counts["commits"] == WRITES


async def test_the_storage_is_asked_the_same_and_many_share_a_transaction(tmp_path):
    async with open_storage(
        f"sqlite:///{tmp_path}/shared.db", tmp_path / "a", is_shared=True
    ) as storage:
        with counted(storage) as counts:
            await write(storage, 1)
        assert counts["commits"] == WRITES
        with counted(storage) as counts:
            await asyncio.gather(*(write(storage, number) for number in range(2, 22)))
        assert counts["commits"] < 20 * WRITES / 3

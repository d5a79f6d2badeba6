"""The simulated Discord that the bot's tests share."""

import pytest_asyncio


@pytest_asyncio.fixture
async def world(tmp_path):
    from tests.bot.world import open_world

    async with open_world(tmp_path) as opened:
        yield opened

import pytest_asyncio

from tests.bot.elsewhere import ElsewhereEngine


@pytest_asyncio.fixture
async def away(room):
    """The room of a bot whose default model is on a server."""
    await room.env.restart_bot(room.new_bot(ElsewhereEngine()))
    return room

import asyncio

import pytest
from sqlalchemy import event

from bot.storage import open_storage


@pytest.fixture
async def storage(tmp_path):
    async with open_storage(None, tmp_path) as opened:
        yield opened


@pytest.fixture
def everything(tmp_path):
    """Return a function that reads every file under the data folder as one string of bytes."""
    return lambda: b"".join(p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file())


@pytest.fixture
def statements(storage):
    """Collect what is sent to the database, transaction control left out."""
    sent = []
    engine = storage._database._engine.sync_engine
    event.listen(
        engine,
        "before_cursor_execute",
        lambda c, cursor, statement, parameters, context, many: sent.append(
            (statement, parameters)
        ),
    )
    return sent


@pytest.fixture
def eventually():
    """Return a function that waits until a condition holds, as it must after background work."""

    async def wait(condition):
        for _ in range(3000):
            if condition():
                return
            await asyncio.sleep(0.02)
        pytest.fail("it does not come true")

    return wait

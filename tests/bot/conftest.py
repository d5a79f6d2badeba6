"""The simulated Discord that the bot's tests share, and the clock of their pictures."""

import contextlib
import time
from collections.abc import Callable

import pytest
import pytest_asyncio


@pytest.fixture(autouse=True)
def _small_reserve(monkeypatch):
    """Hundreds of databases are opened here: none of them holds megabytes of room."""
    monkeypatch.setattr("bot.storage.reserve.SIZE_BYTES", 4096)


@pytest.fixture
def patient(monkeypatch):
    """Let a process wait for the database however busy the machine is."""
    monkeypatch.setattr("bot.jobs.elsewhere._PATIENCE_S", 60.0)


@pytest_asyncio.fixture
async def _resources(tmp_path):
    from simcord.env import Env

    from tests.bot.world import SETTLE_S, resources, unexpected_errors

    async with contextlib.AsyncExitStack() as stack:
        made = await stack.enter_async_context(resources(tmp_path))
        env = Env(made.bot, check_errors=False, settle_timeout=SETTLE_S)
        await env.start()
        try:
            yield env, made
        finally:
            await env.shutdown()
            assert unexpected_errors(env) == []


@pytest.fixture
def env(_resources):
    """simcord's environment: its plugin looks for it to set the virtual clock."""
    return _resources[0]


@pytest.fixture
def room(env, _resources):
    from tests.bot.world import World

    return World(env, _resources[1])


@pytest.fixture
def drawn(record_property) -> Callable[[Callable[[], bytes]], bytes]:
    """Draw a picture, once for the caches and once by the clock.

    The summary shows the time, and nothing judges it: the machine may be busy.
    """

    def draw(make: Callable[[], bytes]) -> bytes:
        make()
        start = time.thread_time()
        png = make()
        record_property("drawn_ms", round(1000 * (time.thread_time() - start)))
        return png

    return draw

"""`python -m bot`: open every resource in one place, serve, and close in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import discord

from bot.app import Unicornio, create_bot
from bot.config import Settings
from bot.errors import text_of
from bot.health import HEARTBEAT_INTERVAL_S, Heartbeat
from bot.metrics import MetricsServer
from bot.preparation import PreparationBar
from bot.storage import Storage, StorageError, open_storage
from bot.texts import cli as texts
from engine import Engine, EngineError, create_engine

logger = logging.getLogger(__name__)
Say = Callable[[str], None]


class StartupError(Exception):
    """The bot cannot start or stay up; its text is Spanish, for the admin."""


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartupError: Something that the bot needs is not there.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with _resources(settings, say, stop) as resources:
            if resources is not None:
                await _connect(settings, *resources, say, stop)
    except (StorageError, EngineError) as error:
        raise StartupError(text_of(error)) from error
    say(texts.STOPPED)


@contextlib.asynccontextmanager
async def _resources(
    settings: Settings, say: Say, stop: asyncio.Event
) -> AsyncIterator[tuple[Storage, Engine] | None]:
    """Open the database, then the engine; None when asked to stop meanwhile."""
    async with contextlib.AsyncExitStack() as stack:
        storage = await stack.enter_async_context(
            open_storage(settings.database_url, settings.data_dir)
        )
        bar = stack.enter_context(PreparationBar())
        engine = create_engine(
            models=settings.models,
            device=settings.device,
            precision=settings.precision,
            workers=settings.worker_threads,
            max_queue=settings.max_queue,
            data_dir=settings.data_dir,
            hf_token=settings.hub_token,
            on_preparation=bar,
        )
        stack.push_async_callback(engine.close)
        say(texts.LOADING)
        if not await _unless_stopped(engine.start(), stop):
            say(texts.INTERRUPTED)
            yield None
            return
        if settings.metrics_port is not None:
            stack.callback(MetricsServer(engine, settings.metrics_port).close)
        yield storage, engine


async def _connect(
    settings: Settings, storage: Storage, engine: Engine, say: Say, stop: asyncio.Event
) -> None:
    assert settings.discord_token is not None
    bot = create_bot(settings=settings, engine=engine, storage=storage)
    say(texts.CONNECTING)
    heartbeat = asyncio.create_task(_beat(bot, settings))
    announcement = asyncio.create_task(_announce(bot, say))
    try:
        await _unless_stopped(bot.start(settings.discord_token.get_secret_value()), stop, bot)
    except discord.LoginFailure as error:
        raise StartupError(texts.BAD_TOKEN) from error
    except (aiohttp.ClientError, OSError, discord.DiscordException) as error:
        raise StartupError(texts.NO_NETWORK.format(reason=type(error).__name__)) from error
    finally:
        heartbeat.cancel()
        announcement.cancel()
        if not bot.is_closed():
            say(texts.STOPPING)
            await bot.close()


async def _unless_stopped(
    work: Coroutine[Any, Any, None], stop: asyncio.Event, bot: Unicornio | None = None
) -> bool:
    """Run `work` until it ends or `stop` is set; tell whether it ended by itself."""
    running = asyncio.create_task(work)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        await running
        return True
    if bot is not None:
        await bot.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return False


async def _announce(bot: Unicornio, say: Say) -> None:
    await bot.wait_until_ready()
    say(texts.READY.format(user=bot.user, guilds=len(bot.guilds)))


async def _beat(bot: Unicornio, settings: Settings) -> None:
    while True:
        is_answering = bot.engine.stats().workers > 0
        beat = Heartbeat(
            time_s=time.time(),
            is_gateway_ready=bot.is_ready() and not bot.is_ws_ratelimited(),
            is_engine_answering=is_answering,
        )
        try:
            await asyncio.to_thread(beat.write, settings.data_dir)
        except OSError:
            logger.exception("heartbeat not written")
        await asyncio.sleep(HEARTBEAT_INTERVAL_S)

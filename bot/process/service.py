"""`python -m bot`: open every resource in one place, serve, and close in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator

import discord

from bot.config import Settings
from bot.machine import port_problem
from bot.process import startup_texts, texts
from bot.process.connection import Connection, RefusedError, unless_stopped
from bot.process.health import HEARTBEAT_INTERVAL_S, EngineWatch, Heartbeat, remove_heartbeat
from bot.process.logs import log_held
from bot.process.metrics import MetricsServer
from bot.process.preparation import PreparationBar
from bot.process.startup_errors import startup_text
from bot.render.arithmetic import arithmetic_text
from bot.render.model_names import model_info
from bot.storage import Storage, StorageError, open_storage
from engine import Engine, EngineError, create_engine
from engine.models.catalogue import with_companions

logger = logging.getLogger(__name__)
BATCH_ROWS = 32
"""Attempts and beams, of all requests together, that one worker decodes at once."""
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
        raise StartupError(startup_text(error)) from error
    say(texts.STOPPED)


@contextlib.asynccontextmanager
async def _resources(
    settings: Settings, say: Say, stop: asyncio.Event
) -> AsyncIterator[tuple[Storage, Engine] | None]:
    """Open the database, then the engine; None when asked to stop meanwhile."""
    async with contextlib.AsyncExitStack() as stack:
        storage = await stack.enter_async_context(
            open_storage(
                settings.database_url,
                settings.data_dir,
                lambda error: say(startup_text(error)),
                is_shared=settings.shards.are_some,
            )
        )
        # A process that was killed may have left its own behind.
        remove_heartbeat(settings.data_dir)
        if not await storage.has_room():
            say(startup_texts.LOW_SPACE.format(path=settings.data_dir))
        bar = PreparationBar()
        engine = create_engine(
            models=with_companions(settings.models),
            device=settings.device,
            precision=settings.precision,
            workers=settings.worker_threads,
            max_queue=settings.max_queue,
            data_dir=settings.data_dir,
            hf_token=settings.hub_token,
            server_keys=settings.server_keys,
            on_preparation=bar,
            batch_rows=BATCH_ROWS,
            url=settings.engine_url,
        )
        stack.push_async_callback(engine.close)
        if settings.metrics_port is not None:
            metrics = _metrics(engine, settings.metrics_port, settings.shards.label)
            stack.callback(metrics.close)
        say(texts.LOADING)
        with log_held(), bar:
            is_loaded = await unless_stopped(engine.start(), stop)
        if not is_loaded:
            say(texts.INTERRUPTED)
            yield None
            return
        asked = engine.stats().precision if settings.engine_url else settings.precision
        say(_arithmetic(engine, asked))
        stack.enter_context(_start_left_to_itself())
        yield storage, engine


@contextlib.contextmanager
def _start_left_to_itself() -> Iterator[None]:
    """Keep what the start has made out of the garbage collector's rounds.

    The libraries' half a million objects stay anyway, and to go through them holds up the event
    loop for a third of a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _arithmetic(engine: Engine, precision: str) -> str:
    info = model_info(engine, None)
    assert info is not None
    text = arithmetic_text(info, precision)
    return texts.ARITHMETIC.format(model=info.display_name, arithmetic=text)


def _metrics(engine: Engine, port: int, shards: str) -> MetricsServer:
    try:
        return MetricsServer(engine, port, shards)
    except OSError as error:
        text = startup_texts.METRICS_PORT.format(problem=port_problem(port, error))
        raise StartupError(text) from error


async def _connect(
    settings: Settings, storage: Storage, engine: Engine, say: Say, stop: asyncio.Event
) -> None:
    # It needs no voice, whose missing libraries discord.py would warn about.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    connection = Connection(settings, storage, engine, say)
    heartbeat = asyncio.create_task(_beat(connection, engine, settings))
    try:
        await connection.hold(stop)
    except RefusedError as error:
        raise StartupError(str(error)) from error
    finally:
        heartbeat.cancel()
        with contextlib.suppress(OSError):
            remove_heartbeat(settings.data_dir)


async def _beat(connection: Connection, engine: Engine, settings: Settings) -> None:
    watch = EngineWatch(settings.request_timeout_s + HEARTBEAT_INTERVAL_S)
    while True:
        beat = Heartbeat(
            time_s=time.time(),
            is_gateway_ready=connection.is_up,
            is_engine_answering=watch.is_answering(engine.stats(), time.monotonic()),
        )
        try:
            await asyncio.to_thread(beat.write, settings.data_dir)
        except OSError as error:
            logger.error("heartbeat not written: %s", error)
        await asyncio.sleep(HEARTBEAT_INTERVAL_S)

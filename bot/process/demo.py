"""`python -m bot demo`: the same bot in a local browser, without a Discord token.

simcord stands in for Discord: the bot's real commands, views and callbacks run against it, and its
Preview serves the channel as a page. The simulation counts a wait for the engine as outside input,
so that a text appears while it is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app import Unicornio
from bot.config import Settings
from bot.messages.errors import text_of
from bot.process import demo_texts as texts
from bot.process.demo_page import LivePage
from bot.process.demo_welcome import MessageMenuButton, welcome
from bot.process.logs import log_held
from bot.process.preparation import PreparationBar
from bot.process.service import BATCH_ROWS
from bot.process.startup_errors import startup_text
from bot.storage import StorageError, open_storage
from bot.texts import config as config_texts
from engine import (
    Capabilities,
    Completion,
    Engine,
    EngineError,
    EngineStats,
    Event,
    FreeMemory,
    GenerationRequest,
    ModelInfo,
    ScoreRequest,
    Step,
    create_engine,
)
from engine.explain.values import AnswerT, ExplainRequest
from engine.filling import Filling, FillRequest
from engine.models.catalogue import GEMMA, with_companions

DEMO_WORKERS = 1
_REFRESH_S = 0.5
_SETTLE_TIMEOUT_S = 30.0
"""Shorter than any deadline, so that a deadline's timer does not keep a page from appearing."""
_WAIT_REASON = "the engine is generating"

Say = Callable[[str], None]


class DemoEngine:
    """The real engine, its waits declared to the simulation.

    Attributes:
        env: The simulation, once it runs.
        waits: How often the bot has waited for the engine so far.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.env: Any = None
        self.waits = 0

    @property
    def is_busy(self) -> bool:
        """Tell whether a request waits or runs."""
        stats = self._engine.stats()
        return stats.queued + stats.running > 0

    async def start(self) -> None:
        """See `Engine.start`."""
        await self._engine.start()

    async def generate(self, request: GenerationRequest) -> Completion:
        """See `Engine.generate`."""
        completion: Completion = await self._outside(self._engine.generate(request))
        return completion

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """See `Engine.stream`."""
        async with contextlib.aclosing(self._engine.stream(request)) as events:
            while (event := await self._outside(anext(events, None))) is not None:
                yield event

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        """See `Engine.score`."""
        steps: tuple[Step, ...] = await self._outside(self._engine.score(request))
        return steps

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """See `Engine.explain`."""
        answer: AnswerT = await self._outside(self._engine.explain(request))
        return answer

    async def fill(self, request: FillRequest) -> Filling:
        """See `Engine.fill`."""
        filling: Filling = await self._outside(self._engine.fill(request))
        return filling

    def cancel(self, request_id: str) -> bool:
        """See `Engine.cancel`."""
        return self._engine.cancel(request_id)

    def capabilities(self, model: str | None = None) -> Capabilities:
        """See `Engine.capabilities`."""
        return self._engine.capabilities(model)

    def models(self) -> tuple[ModelInfo, ...]:
        """See `Engine.models`."""
        return self._engine.models()

    def free_memory(self) -> FreeMemory:
        """See `Engine.free_memory`."""
        return self._engine.free_memory()

    def stats(self) -> EngineStats:
        """See `Engine.stats`."""
        return self._engine.stats()

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._engine.close()

    async def _outside(self, awaitable: Any) -> Any:
        self.waits += 1
        return await self.env.external_wait(awaitable, reason=_WAIT_REASON)


async def run_demo(settings: Settings, say: Say, *, port: int, model: str | None) -> int:
    """Prepare the model, start the bot on the simulation and serve its page until Ctrl+C.

    Returns:
        The exit code.
    """
    models = with_companions((model,) if model else settings.models)
    if GEMMA.name in models:
        say(texts.GEMMA_NOTICE)
    settings = settings.model_copy(update={"models": models})
    try:
        _ = settings.server_keys
    except ValueError as error:
        say(config_texts.REMOTE_KEYS[str(error)])
        return 1
    try:
        async with contextlib.AsyncExitStack() as stack:
            engine = await _start_engine(settings, models, say, stack)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="unicornio-"))
            await _serve(_demo_settings(settings, Path(folder)), engine, say, port)
    except (EngineError, StorageError) as error:
        say(text_of(error))
        return 1
    say(texts.CLOSED)
    return 0


def _demo_settings(settings: Settings, folder: Path) -> Settings:
    """A database that lasts as long as the simulation, and no pause between two edits.

    The simulation has its own clock, by which no time passes while a text is written.
    """
    return settings.model_copy(
        update={
            "data_dir": folder,
            "database_url": None,
            "discord_guild_ids": (),
            "edit_interval_s": 0.0,
        }
    )


async def _start_engine(
    settings: Settings, models: tuple[str, ...], say: Say, stack: contextlib.AsyncExitStack
) -> DemoEngine:
    bar = stack.enter_context(PreparationBar())
    engine = create_engine(
        models=models,
        device=settings.device,
        precision=settings.precision,
        workers=DEMO_WORKERS,
        batch_rows=BATCH_ROWS,
        max_queue=settings.max_queue,
        data_dir=settings.data_dir,
        hf_token=settings.hub_token,
        server_keys=settings.server_keys,
        on_preparation=bar,
    )
    stack.push_async_callback(engine.close)
    say(texts.PREPARING.format(model=", ".join(models)))
    with log_held():
        await engine.start()
    return DemoEngine(engine)


async def _serve(settings: Settings, engine: DemoEngine, say: Say, port: int) -> None:
    opening = open_storage(
        settings.database_url, settings.data_dir, lambda error: say(startup_text(error))
    )
    async with opening as storage:
        bot = Unicornio(
            settings=settings, engine=engine, storage=storage, shard_count=1, always_sync=True
        )
        simulation = simcord.run(
            bot, shard_count=1, settle_timeout=_SETTLE_TIMEOUT_S, check_errors=False
        )
        async with simulation as env:
            engine.env = env
            _answer_errors_itself(bot)
            guild = env.create_guild(texts.GUILD, preferred_locale="es-ES")
            env.backend.bot_user.name = texts.BOT
            channel = guild.create_text_channel(texts.CHANNEL)
            admins = guild.create_role(
                texts.ADMIN_ROLE, permissions=discord.Permissions(administrator=True)
            )
            ana = guild.add_member(env.create_user("Ana"), roles=[admins])
            luis = guild.add_member(env.create_user("Luis"))
            said = await luis.send(channel, texts.SAID)
            bot.add_dynamic_items(MessageMenuButton)
            shown = bot.get_channel(channel.id)
            assert isinstance(shown, discord.TextChannel)
            await welcome(shown, said)
            preview = env.preview(
                channel,
                viewers=[ana, luis],
                layout="channel",
                locale="es-ES",
                timezone="Europe/Madrid",
                port=port,
            )
            async with preview:
                say(texts.OPEN.format(url=preview.url))
                await _keep_fresh(LivePage(preview), engine, bot)


def _answer_errors_itself(bot: Unicornio) -> None:
    """Take simcord's eyes off the bot's own error handlers, which answer everything in Spanish.

    It tells whatever reaches them, a refusal too, as a crash of the action, and locks the page.
    """
    vars(bot.tree).pop("on_error", None)
    vars(bot._connection._view_store).pop("add_view", None)


async def _keep_fresh(page: LivePage, engine: DemoEngine, bot: Unicornio) -> None:
    """Publish texts while they are written, until the page is closed or a signal comes.

    An idle page is left alone. A wait may be shorter than a round, so it is counted too. The
    simulation's clock stands still; it goes on while what was deleted, or a game, waits for its
    end.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    closed = asyncio.create_task(page.wait_closed())
    stopped = asyncio.create_task(stop.wait())
    seen_waits, is_stale = engine.waits, False
    while not (closed.done() or stopped.done()):
        await asyncio.wait(
            {closed, stopped}, timeout=_REFRESH_S, return_when=asyncio.FIRST_COMPLETED
        )
        is_busy = engine.is_busy
        is_stale = is_stale or is_busy or engine.waits != seen_waits
        seen_waits = engine.waits
        waiting_before = _waiting(bot)
        if any(waiting_before):
            with contextlib.suppress(simcord.SetupError):
                await page.pass_time(_REFRESH_S)
            is_stale = is_stale or _waiting(bot) != waiting_before
        if is_stale:
            with contextlib.suppress(simcord.SetupError):
                await page.refresh()
                is_stale = is_busy
    for waiting in (closed, stopped):
        waiting.cancel()


def _waiting(bot: Unicornio) -> tuple[bool, bool]:
    """Tell whether something deleted, and whether a game, waits for its moment."""
    return not bot.trash.is_empty, not bot.alarms.is_empty

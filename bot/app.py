"""The Discord client: what it opens at start and in what order it closes."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import tasks

from bot.commands import register
from bot.config import Settings
from bot.errors import UnicornioTree, UserError
from bot.glossary.examples import Examples
from bot.jobs import JobRunner
from bot.limits import Limits
from bot.recovery import tell_interrupted
from bot.storage import Job, Storage, StorageError
from bot.sync import CommandSync
from bot.texts import common as texts
from bot.unhandled import answer_unhandled
from bot.views import PERSISTENT_ITEMS
from bot.views.explorer import Explorer
from bot.views.help import Help
from engine import Engine
from engine.words import WordList

_log = logging.getLogger(__name__)

_PRUNE_INTERVAL_H = 1
_CLICKS_END_S = 3.0


class Unicornio(discord.AutoShardedClient):
    """The bot, for as many shards as Discord asks for; no privileged intent.

    Attributes:
        settings: Of the installation.
        engine: Writes the texts.
        storage: Remembers settings, jobs and replies.
        limits: How much one person may ask for.
        jobs: Runs the requests.
        explorer: Shows why each token was chosen.
        help: Shows the help and the glossary.
        clicks: Tasks that answer a button or a menu.
        blocked_words: Words that are neither accepted nor written.
        word_list: The same, to look for them in a text.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        engine: Engine,
        storage: Storage,
        shard_count: int | None = None,
        always_sync: bool = False,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=shard_count,
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        self.settings = settings
        self.engine = engine
        self.storage = storage
        self.blocked_words = settings.blocked_words
        self.word_list = WordList(self.blocked_words)
        self.limits = Limits(max_per_user=settings.max_per_user, cooldown_s=settings.cooldown_s)
        self.jobs = JobRunner(engine=engine, storage=storage, limits=self.limits, settings=settings)
        self.explorer = Explorer(engine)
        self.help = Help(Examples(engine, self.blocked_words), self.explorer.pictures)
        self.tree = UnicornioTree(self, **_places(settings))
        self.clicks: set[asyncio.Task[Any]] = set()
        self._always_sync = always_sync
        self._sync: CommandSync | None = None
        self._started_at = time.perf_counter()
        self._interrupted: tuple[Job, ...] = ()

    @property
    def uptime_s(self) -> float:
        """Seconds since the client was made."""
        return time.perf_counter() - self._started_at

    @property
    def is_connected(self) -> bool:
        """Whether every shard is at Discord; discord.py's `is_ready` stays true after a loss."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    async def setup_hook(self) -> None:
        """Register what answers, before the first event comes."""
        register(self.tree)
        self.add_dynamic_items(*PERSISTENT_ITEMS)
        assert self.application_id is not None
        self._sync = CommandSync(self.tree, self.storage.state, self.application_id)
        await self._sync.run(self.settings.discord_guild_ids, is_forced=self._always_sync)
        self._interrupted = await self.storage.jobs.unfinished(self.application_id)
        self._prune.start()

    async def on_ready(self) -> None:
        """Tell people, once, about what a crash cut off."""
        interrupted, self._interrupted = self._interrupted, ()
        await tell_interrupted(self, interrupted)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Give a chosen server its commands, which it could not have before."""
        if self._sync is None or guild.id not in self.settings.discord_guild_ids:
            return
        await self._sync.run_for(guild.id)

    async def on_interaction(self, interaction: discord.Interaction[Unicornio]) -> None:
        """Answer buttons and forms that nothing answers any more."""
        await answer_unhandled(self, interaction)

    def require_allowed(self, interaction: discord.Interaction[Unicornio]) -> None:
        """Refuse an interaction from a place where the bot may not answer.

        Raises:
            UserError: It says where it may.
        """
        chosen = self.settings.discord_guild_ids
        if interaction.guild_id is None:
            if chosen or not self.settings.allow_dms:
                raise UserError(texts.NO_DIRECT_MESSAGES)
        elif chosen and interaction.guild_id not in chosen:
            raise UserError(texts.WRONG_SERVER)

    async def close(self) -> None:
        """End every running reply in words, then leave Discord; engine and storage stay open.

        Clicks that are being answered have a moment, so that nobody is left with «está pensando…».
        """
        if not self.is_closed():
            self._prune.cancel()
            self.explorer.close()
            await self.jobs.close()
            if self.clicks:
                await asyncio.wait(self.clicks, timeout=_CLICKS_END_S)
        await super().close()

    @tasks.loop(hours=_PRUNE_INTERVAL_H)
    async def _prune(self) -> None:
        """Delete what is past its retention or over the size limit."""
        try:
            pruned = await self.storage.prune(
                self.settings.retention_days, self.settings.max_data_mb, datetime.now(UTC)
            )
            if pruned:
                self.explorer.forget()
        except StorageError as error:
            _log.error("old data not deleted: %r", error)


def _places(settings: Settings) -> dict[str, Any]:
    """Say where commands may be used; Discord refuses this about the commands of one server."""
    if settings.discord_guild_ids:
        return {}
    return {
        "allowed_contexts": app_commands.AppCommandContext(
            guild=True, dm_channel=settings.allow_dms, private_channel=False
        ),
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=False),
    }


def create_bot(
    *,
    settings: Settings,
    engine: Engine,
    storage: Storage,
    shard_count: int | None = None,
    always_sync: bool = False,
) -> Unicornio:
    """Build the client; nothing needs a token before it starts.

    Args:
        settings: Of the installation.
        engine: Started; the caller closes it after the client.
        storage: Open; the caller closes it after the client.
        shard_count: Fixed number of shards, or None for what Discord asks for.
        always_sync: Send the commands even if they were sent before (a simulated Discord forgets).
    """
    return Unicornio(
        settings=settings,
        engine=engine,
        storage=storage,
        shard_count=shard_count,
        always_sync=always_sync,
    )

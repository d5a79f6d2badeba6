"""The bot: what it does at start, what it answers Discord's events with, how it closes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import tasks

from bot.client import Client, Interaction
from bot.config import Settings
from bot.features import KINDS, PAGES, PERSISTENT_ITEMS, register
from bot.features.batch.run import resume_batches
from bot.features.game.page import round_page
from bot.features.game.play import resume_games
from bot.features.lesson.run import resume_lessons
from bot.features.lesson.showing import draw_lesson
from bot.identify import IdentifyGate
from bot.messages.errors import UserError, reply_error
from bot.neighbours import TICK_S, Neighbours
from bot.recovery import answer_interrupted
from bot.storage import Job, Storage, StorageError
from bot.storage.game_records import Game, Round
from bot.sync import CommandSync
from bot.unhandled import answer_unhandled
from engine import Engine

_log = logging.getLogger(__name__)

_PRUNE_INTERVAL_H = 1
_CLICKS_END_S = 3.0
_SYNC_S = 60.0
"""Longest time for which a process that sends the commands, or dies meanwhile, holds up others."""


class UnicornioTree(app_commands.CommandTree[Client]):
    """Commands of the bot: accepted only where they may be, every error answered."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Refuse a command in a server, or a private message, that is not allowed."""
        try:
            interaction.client.require_allowed(interaction)
        except UserError as error:
            if interaction.type is discord.InteractionType.autocomplete:
                await interaction.response.autocomplete([])
            else:
                await reply_error(interaction, error)
            return False
        return True

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Answer what a command raised."""
        await reply_error(interaction, error)


class Unicornio(Client):
    """The bot, for as many shards as Discord asks for.

    Args:
        settings: Of the installation.
        engine: Started; the caller closes it after the client.
        storage: Open; the caller closes it after the client.
        shard_count: Fixed number of shards, or None for what Discord asks for.
        always_sync: Send the commands even if they were sent before (a simulated Discord forgets).
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
            settings=settings,
            engine=engine,
            storage=storage,
            pages=PAGES,
            kinds=KINDS,
            draw_lesson=draw_lesson,
            game_page=round_page,
            shard_count=shard_count,
        )
        self.tree = UnicornioTree(self, **_places(settings))
        self._always_sync = always_sync
        self._sync: CommandSync | None = None
        self._gate = IdentifyGate(self, storage.holds)
        self._neighbours = Neighbours(self)
        self._interrupted: tuple[Job, ...] = ()
        self._left_games: tuple[tuple[Game, Round], ...] = ()
        self._has_resumed = False

    async def setup_hook(self) -> None:
        """Register what answers, before the first event comes."""
        register(self.tree)
        self.add_dynamic_items(*PERSISTENT_ITEMS)
        assert self.application_id is not None
        self._sync = CommandSync(self.tree, self.storage.state, self.application_id)
        async with self._alone("commands"):
            await self._sync.run(self.settings.discord_guild_ids, is_forced=self._always_sync)
        self._interrupted = await self._neighbours.inherit()
        left = await self.storage.games.unsettled(self.application_id)
        self._left_games = tuple(one for one in left if self.shards_here.have(one[0].guild_id))
        self._prune.start()
        if not self.storage.process.is_alone:
            self._share.start()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Let the shards of all processes introduce themselves to Discord in turns."""
        if self.storage.process.is_alone:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._gate.wait(shard_id or 0)

    async def on_ready(self) -> None:
        """Go on, once, with files, lessons and games that were left; answer after a crash."""
        if not self._has_resumed:
            self._has_resumed = True
            await resume_batches(self)
            await resume_lessons(self)
            resume_games(self, self._left_games)
        interrupted, self._interrupted = self._interrupted, ()
        await answer_interrupted(self, interrupted)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Give a chosen server its commands, which it could not have before."""
        if self._sync is None or guild.id not in self.settings.discord_guild_ids:
            return
        await self._sync.run_for(guild.id)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer buttons and forms that nothing answers any more."""
        await answer_unhandled(self, interaction, PERSISTENT_ITEMS)

    async def close(self) -> None:
        """End every running reply in words, then leave Discord; engine and storage stay open.

        Clicks that are being answered have a moment, so that nobody is left with «está pensando…».
        """
        if not self.is_closed():
            self._prune.cancel()
            self._share.cancel()
            self.alarms.close()
            self.pictures.close()
            await self.batches.close()
            await self.lessons.running.close()
            await self.jobs.close()
            if self.clicks:
                await asyncio.wait(self.clicks, timeout=_CLICKS_END_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLICKS_END_S):
                    await self.trash.empty()
        await super().close()

    def _alone(self, work: str) -> AbstractAsyncContextManager[None]:
        """Do something that one process of the bot does at a time."""
        if self.storage.process.is_alone:
            return nullcontext()
        return self.storage.holds.alone(f"{work}:{self.application_id}", _SYNC_S)

    @tasks.loop(seconds=TICK_S)
    async def _share(self) -> None:
        """Do what the processes of one bot do for each other."""
        await self._neighbours.tick()

    @tasks.loop(hours=_PRUNE_INTERVAL_H)
    async def _prune(self) -> None:
        """Delete what is past its retention or over the size limit."""
        try:
            pruned = await self.storage.prune(
                self.settings.retention_days, self.settings.max_data_mb, datetime.now(UTC)
            )
            if pruned:
                self.pictures.forget()
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

"""Tell Discord about the commands, and only when they or their servers changed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Literal

import discord
from discord import app_commands

from bot.client import Client
from bot.messages.responses import is_discord_trouble
from bot.storage import StateRepository, StorageError

_log = logging.getLogger(__name__)

_GLOBAL = "global"
_Outcome = Literal["sent", "not_in_it", "failed"]


class CommandSync:
    """Keeps Discord's list of commands equal to the tree.

    Args:
        tree: With every command as a global one.
        state: Remembers what was sent, by application and scope.
        application_id: Of the bot.
    """

    def __init__(
        self,
        tree: app_commands.CommandTree[Client],
        state: StateRepository,
        application_id: int,
    ) -> None:
        self._tree = tree
        self._state = state
        self._application_id = application_id

    async def run(self, guild_ids: Sequence[int], *, is_forced: bool = False) -> None:
        """Send what changed: to these servers only, or everywhere when there are none.

        Servers that had the commands and should not have them any more are cleared; one that the
        bot has left is forgotten.

        Args:
            guild_ids: DISCORD_GUILD_IDS.
            is_forced: Send everything even if nothing changed.
        """
        guilds = [discord.Object(guild_id) for guild_id in guild_ids]
        for guild in guilds:
            self._tree.copy_global_to(guild=guild)
        if guilds:
            self._tree.clear_commands(guild=None)
        former = await self._former_guild_ids()
        left = [discord.Object(guild_id) for guild_id in former - set(guild_ids)]
        await self._send(None, is_forced=is_forced)
        for guild in guilds:
            if await self._send(guild, is_forced=is_forced) == "not_in_it":
                _log.warning("commands not synced: the bot is not in server %d", guild.id)
        failed = [g.id for g in left if await self._send(g, is_forced=is_forced) == "failed"]
        remembered = sorted({*guild_ids, *failed})
        await self._remember(self._key("guilds"), json.dumps(remembered))

    async def run_for(self, guild_id: int) -> None:
        """Send the commands to one of the chosen servers, which the bot has just joined."""
        await self._send(discord.Object(guild_id), is_forced=True)

    async def _send(self, guild: discord.Object | None, *, is_forced: bool) -> _Outcome:
        commands = self._tree.get_commands(guild=guild)
        payload = json.dumps([command.to_dict(self._tree) for command in commands], sort_keys=True)
        digest = hashlib.sha256(payload.encode()).hexdigest()
        key = self._key(_GLOBAL if guild is None else str(guild.id))
        if not is_forced and await self._state.get(key) == digest:
            return "sent"
        try:
            await self._tree.sync(guild=guild)
        except (discord.HTTPException, app_commands.CommandSyncFailure) as error:
            if isinstance(error, discord.Forbidden) and not is_discord_trouble(error):
                # Whatever it had is unknown by the time that the bot is there again.
                await self._remember(key, "")
                return "not_in_it"
            _log.error("commands not synced to %s: %s", guild or _GLOBAL, error)
            return "failed"
        await self._remember(key, digest)
        return "sent"

    async def _remember(self, key: str, value: str) -> None:
        """Note what Discord has; where it cannot be noted, the next start sends it again."""
        try:
            await self._state.set(key, value)
        except StorageError as error:
            _log.error("what was synced is not noted: %r", error)

    async def _former_guild_ids(self) -> set[int]:
        return set(json.loads(await self._state.get(self._key("guilds")) or "[]"))

    def _key(self, scope: str) -> str:
        return f"commands:{self._application_id}:{scope}"

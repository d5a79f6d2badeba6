"""Tell Discord about the commands, and only when they or their servers changed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.storage import StateRepository

if TYPE_CHECKING:
    from bot.app import Unicornio

_log = logging.getLogger(__name__)

_GLOBAL = "global"


class CommandSync:
    """Keeps Discord's list of commands equal to the tree.

    Args:
        tree: With every command as a global one.
        state: Remembers what was sent, by application and scope.
        application_id: Of the bot.
    """

    def __init__(
        self,
        tree: app_commands.CommandTree[Unicornio],
        state: StateRepository,
        application_id: int,
    ) -> None:
        self._tree = tree
        self._state = state
        self._application_id = application_id

    async def run(self, guild_ids: Sequence[int], *, is_forced: bool = False) -> None:
        """Send what changed: to these servers only, or everywhere when there are none.

        Servers that had the commands and should not have them any more are cleared.

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
        failed = set()
        for scope in (None, *guilds, *left):
            if not await self._sync(scope, is_forced=is_forced) and scope in left:
                failed.add(scope.id if scope is not None else 0)
        remembered = sorted({*guild_ids, *failed})
        await self._state.set(self._key("guilds"), json.dumps(remembered))

    async def _sync(self, guild: discord.Object | None, *, is_forced: bool) -> bool:
        commands = self._tree.get_commands(guild=guild)
        payload = json.dumps([command.to_dict(self._tree) for command in commands], sort_keys=True)
        digest = hashlib.sha256(payload.encode()).hexdigest()
        key = self._key(_GLOBAL if guild is None else str(guild.id))
        if not is_forced and await self._state.get(key) == digest:
            return True
        try:
            await self._tree.sync(guild=guild)
        except discord.Forbidden:
            _log.warning("commands not synced to server %s: the bot is not in it", guild)
            return False
        except (discord.HTTPException, app_commands.CommandSyncFailure) as error:
            _log.error("commands not synced to %s: %s", guild or _GLOBAL, error)
            return False
        await self._state.set(key, digest)
        return True

    async def _former_guild_ids(self) -> set[int]:
        return set(json.loads(await self._state.get(self._key("guilds")) or "[]"))

    def _key(self, scope: str) -> str:
        return f"commands:{self._application_id}:{scope}"

"""The turns in which the processes of one bot introduce their shards to Discord."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.messages.responses import NETWORK_ERRORS
from bot.storage.errors import StorageError
from bot.storage.holds import HoldsRepository

_log = logging.getLogger(__name__)

PAUSE_S = 5.5
"""Discord takes one IDENTIFY every five seconds of each bucket; the rest is for the way there."""


class IdentifyGate:
    """Lets one shard of a bucket through at a time, whichever process it belongs to.

    Args:
        client: Logged in.
        holds: Shared by the processes.
    """

    def __init__(self, client: discord.AutoShardedClient, holds: HoldsRepository) -> None:
        self._client = client
        self._holds = holds
        self._buckets: int | None = None

    async def wait(self, shard_id: int) -> None:
        """Wait for a shard's turn; without the database, for as long as a turn takes."""
        bucket = shard_id % await self._bucket_count()
        key = f"identify:{self._client.application_id}:{bucket}"
        try:
            wait_s = await self._holds.take(key, PAUSE_S)
            while wait_s:
                await asyncio.sleep(wait_s)
                wait_s = await self._holds.take(key, PAUSE_S)
        except StorageError as error:
            _log.error("shard %d takes no turn: %r", shard_id, error)
            await asyncio.sleep(PAUSE_S)

    async def _bucket_count(self) -> int:
        """Return Discord's `max_concurrency`, asked for once; 1 where it does not say."""
        if self._buckets is None:
            try:
                limits = await self._client.fetch_session_start_limits()
            except (discord.DiscordException, *NETWORK_ERRORS) as error:
                _log.warning("how many shards may begin at once is not known: %r", error)
                return 1
            self._buckets = max(1, limits.max_concurrency)
        return self._buckets

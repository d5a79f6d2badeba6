"""Where a file's news go: its message while Discord lets it be edited, and a mention at its end.

Of a message that only its owner sees the end comes as a private message once its token is dead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord

from bot.client import Client
from bot.messages.live import Page
from bot.messages.responses import NETWORK_ERRORS, deliver
from bot.messages.standing import Standing
from bot.storage.batches import Batch

_log = logging.getLogger(__name__)


class Telling:
    """The ways to the person who sent a file.

    Args:
        client: Sends.
        batch: The file.
        message_id: Of the message that shows how far it is, where it is known.
    """

    def __init__(self, client: Client, batch: Batch, message_id: int | None) -> None:
        self._client = client
        self._batch = batch
        self._message_id = message_id
        self._standing = Standing(
            application_id=batch.application_id,
            token=batch.interaction_token,
            token_at=batch.created_at,
            channel_id=batch.channel_id,
            guild_id=batch.guild_id,
            is_private=batch.is_private,
        )

    async def show(self, page: Page) -> None:
        """Show how far the file is.

        Raises:
            discord.HTTPException: Discord refuses.
        """
        if self._message_id is not None:
            await self._standing.edit(self._client, self._message_id, page)

    async def call(self, text: str, files: Callable[[], list[discord.File]]) -> bool:
        """Say the end in a new message that mentions the owner, and nobody else.

        Args:
            text: With the mention.
            files: Opens what goes with it, for each try.

        Returns:
            Whether it was sent.
        """
        ways = [self._followup] if self._standing.has_token else []
        ways.append(self._private_message if self._batch.is_private else self._channel_message)
        for way in ways:
            try:
                if await deliver(lambda way=way: way(text, files())) == "shown":  # type: ignore[misc]
                    return True
            except (discord.HTTPException, *NETWORK_ERRORS) as error:
                _log.info("the end of batch %s: %s", self._batch.batch_id[:8], error)
        return False

    @property
    def _mentions(self) -> discord.AllowedMentions:
        owner = discord.Object(self._batch.owner_id)
        return discord.AllowedMentions(everyone=False, roles=False, users=[owner])

    async def _followup(self, text: str, files: list[discord.File]) -> None:
        await self._standing.webhook(self._client).send(
            text,
            files=files,
            ephemeral=self._batch.is_private,
            allowed_mentions=self._mentions,
            wait=True,
        )

    async def _channel_message(self, text: str, files: list[discord.File]) -> None:
        channel = self._standing.channel(self._client)
        await channel.send(text, files=files, allowed_mentions=self._mentions)

    async def _private_message(self, text: str, files: list[discord.File]) -> None:
        owner = await self._client.fetch_user(self._batch.owner_id)
        await owner.send(text, files=files, allowed_mentions=self._mentions)

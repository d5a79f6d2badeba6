"""Where a file's news go: its message while Discord lets it be edited, and a mention at its end.

The message of a command can be edited by its token for 15 minutes; after that, one that all see is
edited as any message of the bot, and of one that only its owner sees the end comes as a private
message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import discord

from bot.client import Client
from bot.messages.live import Page
from bot.messages.responses import NETWORK_ERRORS, deliver, is_gone
from bot.storage.batches import Batch

_log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=14)
"""A minute less than Discord's: an edit takes its time."""


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
        self._webhook = discord.Webhook.partial(
            batch.application_id, batch.interaction_token, client=client
        )
        # Only such may send what one person alone sees.
        self._webhook.type = discord.WebhookType.application

    @property
    def has_token(self) -> bool:
        """Whether the command can still be answered."""
        return datetime.now(UTC) - self._batch.created_at < TOKEN_LIFE

    async def show(self, page: Page) -> None:
        """Show how far the file is.

        Raises:
            discord.HTTPException: Discord refuses.
        """
        if self._message_id is None:
            return
        if self.has_token:
            try:
                await self._webhook.edit_message(self._message_id, **page.edit_arguments())
            except discord.HTTPException as error:
                if self._batch.is_private or not is_gone(error):
                    raise
            else:
                return
        if not self._batch.is_private:
            message = self._channel().get_partial_message(self._message_id)
            await message.edit(**page.edit_arguments())

    async def call(self, text: str, files: Callable[[], list[discord.File]]) -> bool:
        """Say the end in a new message that mentions the owner, and nobody else.

        Args:
            text: With the mention.
            files: Opens what goes with it, for each try.

        Returns:
            Whether it was sent.
        """
        ways = [self._followup] if self.has_token else []
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

    def _channel(self) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(
            self._batch.channel_id, guild_id=self._batch.guild_id
        )

    async def _followup(self, text: str, files: list[discord.File]) -> None:
        await self._webhook.send(
            text,
            files=files,
            ephemeral=self._batch.is_private,
            allowed_mentions=self._mentions,
            wait=True,
        )

    async def _channel_message(self, text: str, files: list[discord.File]) -> None:
        await self._channel().send(text, files=files, allowed_mentions=self._mentions)

    async def _private_message(self, text: str, files: list[discord.File]) -> None:
        owner = await self._client.fetch_user(self._batch.owner_id)
        await owner.send(text, files=files, allowed_mentions=self._mentions)

"""A message that outlives its process: edited by a token while that lives, then as the bot's own.

The message of a command can be edited by its token for 15 minutes, wherever it stands. After that
it is edited as any message of the bot, which needs that the bot sees the channel; a message that
only one person sees cannot be edited any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.messages.live import Page
from bot.messages.responses import is_gone

TOKEN_LIFE = timedelta(minutes=14)
"""A minute less than Discord's: an edit takes its time."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a message stands, and what lets the bot edit it.

    Attributes:
        token: Of the interaction that it answers; "" where there is none.
        token_at: When that came, aware.
        is_private: Whether only one person sees it.
    """

    application_id: int
    token: str
    token_at: datetime
    channel_id: int
    guild_id: int | None
    is_private: bool = False

    @property
    def has_token(self) -> bool:
        """Whether the token still lives."""
        return bool(self.token) and datetime.now(UTC) - self.token_at < TOKEN_LIFE

    def webhook(self, client: discord.Client) -> discord.Webhook:
        """Return what answers the interaction."""
        webhook = discord.Webhook.partial(self.application_id, self.token, client=client)
        # Only such may send what one person alone sees.
        webhook.type = discord.WebhookType.application
        return webhook

    def channel(self, client: discord.Client) -> discord.PartialMessageable:
        """Return the channel where it stands."""
        return client.get_partial_messageable(self.channel_id, guild_id=self.guild_id)

    async def edit(self, client: discord.Client, message_id: int, page: Page) -> None:
        """Show a page in the message.

        Raises:
            discord.HTTPException: Discord refuses.
        """
        arguments: dict[str, Any] = page.edit_arguments()
        if self.has_token:
            try:
                await self.webhook(client).edit_message(message_id, **arguments)
            except discord.HTTPException as error:
                if self.is_private or not is_gone(error):
                    raise
                arguments = page.edit_arguments()
            else:
                return
        if not self.is_private:
            message = self.channel(client).get_partial_message(message_id)
            await message.edit(**arguments)

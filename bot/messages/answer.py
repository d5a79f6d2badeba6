"""The message that a job is answered in, wherever the answer to its interaction stands."""

from __future__ import annotations

import logging
from typing import Any, Protocol

import discord
from discord.webhook.async_ import async_context

from bot.messages.live import Page
from bot.messages.responses import (
    NETWORK_ERRORS,
    acknowledge,
    acknowledge_click,
    is_acknowledged,
    say,
    stop_thinking,
)
from bot.render.numbers import in_words

_log = logging.getLogger(__name__)


class Answer(Protocol):
    """A message that grows into the answer, and a word beside it."""

    async def edit(self, page: Page) -> int:
        """Show a page; return the message's id."""
        ...

    async def say(self, text: str) -> None:
        """Say something to whoever asked, as far as they can still be reached."""
        ...


class OwnAnswer:
    """The answer to an interaction of this process.

    Args:
        interaction: Its original response is the message.
        is_in_place: Whether the clicked message becomes the answer.
    """

    def __init__(self, interaction: discord.Interaction[Any], *, is_in_place: bool) -> None:
        self._interaction = interaction
        self._clicked = interaction.message if is_in_place else None

    async def acknowledge(self, *, ephemeral: bool) -> tuple[bool, int | None]:
        """Tell Discord where the answer will stand; see `responses.acknowledge`."""
        message_id = None if self._clicked is None else self._clicked.id
        if is_acknowledged(self._interaction):
            return True, message_id
        if self._clicked is None:
            return await acknowledge(self._interaction, ephemeral=ephemeral)
        await acknowledge_click(self._interaction)
        return True, message_id

    async def edit(self, page: Page) -> int:
        """See `Answer`."""
        message = await self._interaction.edit_original_response(**page.edit_arguments())
        stop_thinking(self._interaction)
        return message.id

    async def say(self, text: str) -> None:
        """See `Answer`."""
        await say(self._interaction, text)


class LeftAnswer:
    """The answer to an interaction of a process that is gone: only the token is left of it.

    Args:
        client: Logged in.
        application_id: Of the bot.
        token: Of the interaction.
    """

    def __init__(self, client: discord.Client, application_id: int, token: str) -> None:
        self._webhook = discord.Webhook.partial(application_id, token, client=client)
        # As such it may speak to one person only.
        self._webhook.type = discord.WebhookType.application
        self.message_id = 0
        self.is_ephemeral = True

    async def find(self) -> None:
        """Learn which message it is, and who sees it.

        discord.py offers this on an `Interaction` only, and that is gone with its process.
        """
        data = await async_context.get().get_original_interaction_response(
            self._webhook.id, self._webhook.token or "", session=self._webhook.session
        )
        self.message_id = int(data["id"])
        self.is_ephemeral = discord.MessageFlags._from_value(data["flags"]).ephemeral

    async def edit(self, page: Page) -> int:
        """See `Answer`."""
        await self._webhook.edit_message(self.message_id, **page.edit_arguments())
        return self.message_id

    async def say(self, text: str) -> None:
        """See `Answer`."""
        try:
            await self._webhook.send(in_words(text), ephemeral=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            _log.warning("could not answer: %r", error)

"""Where a round's message goes: behind a click, to the channel, or where one was left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.client import Client, Interaction
from bot.messages.live import Page
from bot.messages.standing import Standing
from bot.storage.game_records import Game, Round

Send = Callable[[Page], Awaitable[discord.Message | None]]
"""Sends a page as the message of a round."""


def follow_up(interaction: Interaction) -> Send:
    """Return what sends a message behind a click."""

    async def send(page: Page) -> discord.Message | None:
        return await interaction.followup.send(**page.send_arguments(), wait=True)

    return send


def to_channel(client: Client, channel_id: int, guild_id: int | None) -> Send:
    """Return what sends a message to a channel, as the bot's own."""

    async def send(page: Page) -> discord.Message | None:
        channel = client.get_partial_messageable(channel_id, guild_id=guild_id)
        return await channel.send(**page.send_arguments())

    return send


def send_again(client: Client, game: Game, one: Round) -> Send:
    """Return what sends the message of a round that an earlier process could not send."""
    place = place_of(game, one)

    async def send(page: Page) -> discord.Message | None:
        if one.message_id is not None:
            await place.edit(client, one.message_id, page)
            return None
        if not place.has_token:
            return await to_channel(client, game.channel_id, game.guild_id)(page)
        return await place.webhook(client).send(**page.send_arguments(), wait=True)

    return send


def place_of(game: Game, one: Round) -> Standing:
    """Return where a round's message stands."""
    return Standing(
        application_id=game.application_id,
        token=one.interaction_token,
        token_at=one.token_at,
        channel_id=game.channel_id,
        guild_id=game.guild_id,
    )

"""The demo's first messages: somebody's text, and a welcome whose buttons need no typing.

simcord's page lists slash commands only, so the message menus are buttons here.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction
from bot.features.help.tour import tour_buttons
from bot.features.menus import continue_message, explain_this_message, restore_message
from bot.process import demo_texts as texts
from bot.ui.items import ButtonItem
from bot.ui.picture_page import layout

_MENUS: dict[str, Any] = {
    "continuar": continue_message,
    "explicar": explain_this_message,
    "tildes": restore_message,
}


class MessageMenuButton(
    ButtonItem, action="demo-menu", pattern=r":(continuar|explicar|tildes):(\d+)"
):
    """Chooses a message menu on a message of the channel."""

    async def respond(self, interaction: Interaction) -> None:
        """Do what the menu does."""
        name, message_id = self.words
        assert isinstance(interaction.channel, discord.TextChannel)
        message = await interaction.channel.fetch_message(int(message_id))
        await _MENUS[name].callback(interaction, message)


async def welcome(channel: discord.TextChannel, said: discord.abc.Snowflake) -> None:
    """Say what there is to try.

    Args:
        channel: Where.
        said: Somebody's message, for the message menus.
    """
    menus = tuple(
        MessageMenuButton(name, said.id, label=menu.name) for name, menu in _MENUS.items()
    )
    view = layout(texts.WELCOME, tour_buttons(), texts.MENUS, menus)
    await channel.send(view=view)

"""The menus that a duel's messages of 0.1 have."""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction
from bot.features.duel.stored import chosen_text, whole_page
from bot.ui.items import PersistentSelect
from bot.ui.turning import open_explorer


class OldReadMenu(PersistentSelect, action="leer-duelo"):
    """Shows one of the texts whole, only to whoever chooses it."""

    async def respond(self, interaction: Interaction) -> None:
        """Show the text."""
        page = whole_page(interaction, await chosen_text(interaction, self.reply_id, self.value))
        await interaction.response.send_message(**page.send_arguments(), ephemeral=True)


class OldExplainMenu(PersistentSelect, action="explicar-duelo"):
    """Opens the clicker's own explorer of one of the texts."""

    async def respond(self, interaction: Interaction) -> None:
        """Open it for anybody; nothing is generated."""
        await open_explorer(interaction, await chosen_text(interaction, self.reply_id, self.value))


OLD_DUEL_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (OldReadMenu, OldExplainMenu)

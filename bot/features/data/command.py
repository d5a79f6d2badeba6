"""`/datos`: what is kept about a person, and its deletion."""

from __future__ import annotations

from discord import app_commands

from bot.client import Client, Interaction
from bot.features.data import texts
from bot.features.data.panel import confirm_panel, data_panel


class Datos(app_commands.Group):
    """See and delete one's own data."""

    @app_commands.command(name="ver", description=texts.VIEW_DESCRIPTION)
    async def ver(self, interaction: Interaction) -> None:
        """Show everything that is kept about the person."""
        view = await data_panel(interaction)
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="borrar", description=texts.DELETE_DESCRIPTION)
    async def borrar(self, interaction: Interaction) -> None:
        """Ask before deleting everything."""
        await interaction.response.send_message(view=confirm_panel(), ephemeral=True)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command group to the tree."""
    tree.add_command(Datos(name="datos", description=texts.GROUP_DESCRIPTION))

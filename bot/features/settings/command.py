"""`/ajustes`: the decoding settings of a person and of a server."""

from __future__ import annotations

from typing import cast

from discord import app_commands

from bot.client import Client, Interaction
from bot.features.settings import texts
from bot.features.settings.panel import change_panel, overview_panel, reset_panel
from bot.storage.records import Scope

_SCOPES = [
    app_commands.Choice(name=name, value=value) for value, name in texts.SCOPE_CHOICES.items()
]


class Ajustes(app_commands.Group):
    """See, change and reset the settings."""

    @app_commands.command(name="ver", description=texts.VIEW_DESCRIPTION)
    @app_commands.describe(ambito=texts.OPTION_SCOPE)
    @app_commands.choices(ambito=_SCOPES)
    async def ver(self, interaction: Interaction, ambito: str = "user") -> None:
        """Show every setting with its origin."""
        view = await overview_panel(interaction, cast("Scope", ambito))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="cambiar", description=texts.CHANGE_DESCRIPTION)
    @app_commands.describe(ambito=texts.OPTION_SCOPE)
    @app_commands.choices(ambito=_SCOPES)
    async def cambiar(self, interaction: Interaction, ambito: str = "user") -> None:
        """Offer the styles and the groups."""
        view = await change_panel(interaction, cast("Scope", ambito))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="restablecer", description=texts.RESET_DESCRIPTION)
    @app_commands.describe(ambito=texts.OPTION_SCOPE)
    @app_commands.choices(ambito=_SCOPES)
    async def restablecer(self, interaction: Interaction, ambito: str = "user") -> None:
        """Ask before forgetting the settings."""
        view = reset_panel(interaction, cast("Scope", ambito))
        await interaction.response.send_message(view=view, ephemeral=True)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command group to the tree."""
    tree.add_command(Ajustes(name="ajustes", description=texts.GROUP_DESCRIPTION))

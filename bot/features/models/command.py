"""`/modelos`: what models there are."""

from __future__ import annotations

from discord import app_commands

from bot.client import Client, Interaction
from bot.features.models import texts
from bot.features.models.words import model_blocks
from bot.ui.panels import panel


@app_commands.command(name="modelos", description=texts.DESCRIPTION)
async def modelos(interaction: Interaction) -> None:
    """List the models, the default one marked."""
    engine = interaction.client.engine
    blocks = model_blocks(engine.models(), engine.free_memory())
    view = panel(texts.TITLE, *blocks, texts.HOW_TO_CHOOSE)
    await interaction.response.send_message(view=view, ephemeral=True)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(modelos)

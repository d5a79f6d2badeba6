"""`/comparar`: one text under the strategies of the lesson, side by side."""

from __future__ import annotations

from discord import app_commands

from bot.asking.layers import effective
from bot.asking.options import call_settings, decoding_options, with_ceiling
from bot.asking.prompts import checked_prompt
from bot.asking.requests import new_request
from bot.client import Client, Interaction
from bot.features.duel import texts
from bot.features.duel.message import start_duel
from bot.messages.responses import is_private


@app_commands.command(name="comparar", description=texts.COMMAND)
@app_commands.describe(texto=texts.OPTION_TEXT)
@decoding_options
async def comparar(
    interaction: Interaction,
    texto: str,
    tokens: app_commands.Range[int, 1, 4096] | None = None,
) -> None:
    """Go on with a text under several strategies at once."""
    client = interaction.client
    prompt = checked_prompt(texto, client.word_list)
    # Of the stored settings, the model and the length count: a duel brings its own strategies.
    settings = await effective(client, interaction, call_settings(tokens=tokens))
    await start_duel(
        interaction,
        new_request(interaction, prompt, settings),
        settings.notes,
        is_ephemeral=is_private(client.settings.reply_visibility, None, by_default=False),
    )


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    ceiling = tree.client.settings.max_new_tokens
    tree.add_command(with_ceiling(comparar, "tokens", ceiling))

"""The two message menus. Another person's text is neither stored nor logged."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.asking.layers import effective
from bot.asking.message_text import is_text_of, text_of
from bot.asking.prompts import checked_prompt
from bot.asking.requests import new_request
from bot.client import Client, Interaction
from bot.features.continuation import texts
from bot.features.continuation.presenter import start_continuation
from bot.features.explorer.command import explain_message
from bot.messages.errors import UserError
from bot.messages.responses import is_private
from bot.render.frame import Frame


@app_commands.context_menu(name=texts.MENU_CONTINUE)
async def continue_message(interaction: Interaction, message: discord.Message) -> None:
    """Go on with the text of a message, for the person who asks only."""
    client = interaction.client
    text = text_of(message)
    if not text.strip():
        raise UserError(texts.NO_MESSAGE_TEXT)
    prompt = checked_prompt(text, client.word_list)
    settings = await effective(client, interaction, {})
    is_kept = is_text_of(message, interaction.user.id)
    await start_continuation(
        interaction,
        new_request(interaction, prompt, settings),
        Frame.of_prompt(prompt, settings.notes, is_kept=is_kept),
        is_ephemeral=is_private(client.settings.reply_visibility, None, by_default=True),
        is_prompt_kept=is_kept,
    )


@app_commands.context_menu(name=texts.MENU_EXPLAIN)
async def explain_this_message(interaction: Interaction, message: discord.Message) -> None:
    """Colour the tokens of a message by surprise."""
    await explain_message(interaction, message)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the menus to the tree."""
    tree.add_command(continue_message)
    tree.add_command(explain_this_message)

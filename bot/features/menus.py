"""The message menus. Another person's text is neither stored nor logged."""

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
from bot.features.transform import texts as transform_texts
from bot.features.transform.asked import asked
from bot.messages.errors import UserError
from bot.messages.responses import is_private
from bot.render.frame import Frame
from bot.render.markdown import escape
from bot.render.model_names import model_info, shown
from engine.models.catalogue import EMBEDDED_ACCENTS


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
    request = new_request(interaction, prompt, settings)
    if not is_kept:
        _require_here(client, request.model)
    await start_continuation(
        interaction,
        request,
        Frame.of_prompt(prompt, settings.notes, is_kept=is_kept),
        is_ephemeral=is_private(client.settings.reply_visibility, None, by_default=True),
        is_prompt_kept=is_kept,
    )


@app_commands.context_menu(name=texts.MENU_EXPLAIN)
async def explain_this_message(interaction: Interaction, message: discord.Message) -> None:
    """Colour the tokens of a message by surprise."""
    await explain_message(interaction, message)


@app_commands.context_menu(name=transform_texts.MENU)
async def restore_message(interaction: Interaction, message: discord.Message) -> None:
    """Give a message its accents and signs back, for the person who asks only."""
    client = interaction.client
    text = text_of(message)
    if not text.strip():
        raise UserError(transform_texts.NO_MESSAGE_TEXT)
    if model_info(client.engine, EMBEDDED_ACCENTS.name) is None:
        raise UserError(transform_texts.NO_ACCENTS)
    prompt = checked_prompt(text, client.word_list)
    found = asked(interaction, prompt, {"model": EMBEDDED_ACCENTS.name})
    is_kept = is_text_of(message, interaction.user.id)
    await start_continuation(
        interaction,
        found.request,
        Frame.of_prompt(prompt, found.notes, is_kept=is_kept, is_source=True),
        is_ephemeral=is_private(client.settings.reply_visibility, None, by_default=True),
        is_prompt_kept=is_kept,
        kind="transformar",
    )


def _require_here(client: Client, model: str | None) -> None:
    """Keep another person's words on this machine.

    Raises:
        UserError: The model is on a server.
    """
    info = model_info(client.engine, model)
    if info is not None and info.host is not None:
        raise UserError(texts.FOREIGN_STAYS.format(model=shown(info), host=escape(info.host)))


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the menus to the tree."""
    tree.add_command(continue_message)
    tree.add_command(explain_this_message)
    tree.add_command(restore_message)

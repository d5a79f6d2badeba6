"""`/adivina`: begin a game in the channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
from discord import app_commands

from bot.asking.layers import effective
from bot.client import Client, Interaction
from bot.features.game import texts
from bot.features.game.items import EndGameButton
from bot.features.game.opening import (
    DEFAULT_ROUNDS,
    LEAST_SECONDS,
    MOST_ROUNDS,
    MOST_SECONDS,
    game_request,
    opening_text,
)
from bot.features.game.play import begin, end_game, new_game
from bot.messages.live import Page
from bot.messages.responses import acknowledge, stop_thinking
from bot.storage.game_records import Game

_FORGOTTEN = timedelta(hours=12)
"""A game as old as this gives way to a new one."""


@app_commands.command(name="adivina", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT, rondas=texts.OPTION_ROUNDS, segundos=texts.OPTION_SECONDS
)
async def adivina(
    interaction: Interaction,
    texto: str | None = None,
    rondas: app_commands.Range[int, 1, MOST_ROUNDS] = DEFAULT_ROUNDS,
    segundos: app_commands.Range[int, LEAST_SECONDS, MOST_SECONDS] | None = None,
) -> None:
    """Deal the first word of a text for all in the channel to guess."""
    client, host_id = interaction.client, interaction.user.id
    text = opening_text(client, texto)
    settings = await effective(client, interaction, {})
    request = game_request(client, host_id, text, model=settings.model)
    channel_id = interaction.channel_id or 0
    known = await client.storage.games.open_in(channel_id)
    if known is not None and datetime.now(UTC) - known.created_at <= _FORGOTTEN:
        await _say_where(interaction, known)
        return
    game = new_game(
        client,
        host_id=host_id,
        guild_id=interaction.guild_id,
        channel_id=channel_id,
        rounds=rondas,
        seconds=segundos,
        request=request,
    )

    async def send(page: Page) -> discord.Message | None:
        message = await interaction.edit_original_response(**page.edit_arguments())
        stop_thinking(interaction)
        return message

    with await client.limits.admit(host_id):
        is_alive, message_id = await acknowledge(interaction, ephemeral=False)
        if is_alive:
            if known is not None:
                await end_game(client, known.game_id)
            await begin(client, game, send, token=interaction.token, message_id=message_id)


async def _say_where(interaction: Interaction, known: Game) -> None:
    """Say where a channel's game is, and let its host end it."""
    view = discord.ui.View(timeout=None)
    view.add_item(EndGameButton(known.game_id))
    said = texts.ALREADY.format(link=await _link(interaction, known), host=f"<@{known.host_id}>")
    await interaction.response.send_message(said, view=view, ephemeral=True)


async def _link(interaction: Interaction, game: Game) -> str:
    rounds = await interaction.client.storage.games.rounds(game.game_id)
    shown = [one.message_id for one in rounds if one.message_id is not None]
    if not shown:
        return ""
    place = f"{game.guild_id or '@me'}/{game.channel_id}/{shown[-1]}"
    return texts.LINK.format(url=f"https://discord.com/channels/{place}")


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(adivina)

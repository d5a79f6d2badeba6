"""The guided tour: four buttons that do a real thing each, without anything to type.

They tell one story: the same beginning, written, explained, compared and tried. The same seed
makes what is explained the text that was written. What comes of them is seen by whoever sees the
message that was clicked.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.asking.layers import effective
from bot.asking.requests import new_request
from bot.client import Interaction
from bot.features.continuation.command import continuar
from bot.features.duel.message import start_duel
from bot.features.explorer.command import explicar
from bot.features.help import texts
from bot.ui.items import ButtonItem
from bot.ui.turning import is_private

SEED = 8
DUEL_TOKENS = 20
TRIES = 4


class WriteButton(ButtonItem, action="visita-escribe"):
    """Goes on with the tour's beginning."""

    label = texts.TOUR_WRITE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Do what /continuar does."""
        await _continue(interaction)


class ExplainTourButton(ButtonItem, action="visita-explica"):
    """Opens the explorer of that text."""

    label = texts.TOUR_EXPLAIN
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Do what /explicar does."""
        command: Any = explicar.callback
        await command(interaction, texts.TOUR_PROMPT, semilla=SEED)


class CompareButton(ButtonItem, action="visita-compara"):
    """Writes it under four strategies."""

    label = texts.TOUR_COMPARE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Do what /comparar does, seen by whoever sees the tour."""
        tokens = min(DUEL_TOKENS, interaction.client.settings.max_new_tokens)
        settings = await effective(interaction.client, interaction, {"max_new_tokens": tokens})
        request = new_request(interaction, texts.TOUR_PROMPT, settings, seed=SEED)
        await start_duel(interaction, request, is_ephemeral=is_private(interaction))


class TriesButton(ButtonItem, action="visita-elige"):
    """Writes it several times, to choose among."""

    label = texts.TOUR_CHOOSE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Do what /continuar does with several tries."""
        await _continue(interaction, intentos=TRIES)


async def _continue(interaction: Interaction, **options: object) -> None:
    command: Any = continuar.callback
    await command(
        interaction,
        texts.TOUR_PROMPT,
        semilla=SEED,
        privado=is_private(interaction),
        **options,
    )


def tour_buttons() -> tuple[discord.ui.Item[Any], ...]:
    """Return the tour's buttons, in their order."""
    return WriteButton(), ExplainTourButton(), CompareButton(), TriesButton()


TOUR_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    WriteButton,
    ExplainTourButton,
    CompareButton,
    TriesButton,
)

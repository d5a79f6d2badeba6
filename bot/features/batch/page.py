"""The messages of a file: how far it is, how it ended, its result."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord

from bot.client import Interaction
from bot.features.batch import texts
from bot.features.batch.result import result_file, result_name
from bot.features.batch.table import Layout
from bot.features.batch.words import style_label
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge, acknowledge_click
from bot.storage.batches import Batch, BatchRow
from bot.texts import common
from bot.ui.files import require_fits
from bot.ui.items import ButtonItem
from bot.ui.replies import owner_name

_BATCH_ID = ":([0-9a-f]{32})"


async def result_of(batch: Batch, rows: tuple[BatchRow, ...]) -> discord.File:
    """Write a file's result."""
    layout = Layout.from_dict(batch.layout)
    data = await asyncio.to_thread(result_file, layout, rows, style_label(batch))
    return discord.File(io.BytesIO(data), result_name(layout))


class StopBatchButton(ButtonItem, action="lote-parar", pattern=_BATCH_ID):
    """Ends a file; what has been written of it stays."""

    label = common.STOP

    async def respond(self, interaction: Interaction) -> None:
        """Stop the file of the person who clicked."""
        batches = interaction.client.batches
        running = batches.get(self.words[0])
        if running is None:
            raise UserError(texts.NOT_RUNNING)
        if running.owner_id != interaction.user.id:
            owner = owner_name(interaction, running.owner_id)
            raise UserError(texts.NOT_YOURS.format(owner=owner))
        batches.stop(running)
        await acknowledge_click(interaction)


class DownloadBatchButton(ButtonItem, action="lote-archivo", pattern=_BATCH_ID):
    """Sends what there is of a file: its owner's, or anybody's where all have seen it."""

    label = texts.BUTTON_DOWNLOAD

    async def respond(self, interaction: Interaction) -> None:
        """Send it to the clicker only."""
        storage = interaction.client.storage
        batch = await storage.batches.get(self.words[0])
        if batch is None or (batch.is_private and batch.owner_id != interaction.user.id):
            raise UserError(texts.GONE)
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
        file = await result_of(batch, await storage.batches.rows(batch.batch_id))
        require_fits(_size(file), interaction.filesize_limit)
        await interaction.edit_original_response(content=texts.HERE, attachments=[file])


BATCH_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (StopBatchButton, DownloadBatchButton)


def running_view(batch_id: str) -> discord.ui.View:
    """Return the buttons of a file under way."""
    view = discord.ui.View(timeout=None)
    view.add_item(StopBatchButton(batch_id))
    return view


def ended_view(batch_id: str) -> discord.ui.View:
    """Return the buttons of a file that has ended."""
    view = discord.ui.View(timeout=None)
    view.add_item(DownloadBatchButton(batch_id))
    return view


def _size(file: discord.File) -> int:
    return file.fp.seek(0, io.SEEK_END) if file.fp.seek(0) == 0 else 0

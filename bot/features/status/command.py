"""`/estado`: how the bot is doing, for those who manage the server."""

from __future__ import annotations

import asyncio
import shutil
from importlib.metadata import version

from discord import app_commands

from bot.client import Client, Interaction
from bot.features.status import texts
from bot.features.status.words import Status, status_blocks
from bot.messages.errors import UserError
from bot.render.arithmetic import arithmetic_text
from bot.render.model_names import model_info, shown_name
from bot.shards import Shards
from bot.ui.panels import panel

_DISTRIBUTION = "unicornio"


@app_commands.command(name="estado", description=texts.DESCRIPTION)
async def estado(interaction: Interaction) -> None:
    """Show the state to those who manage the server."""
    if interaction.guild_id is None:
        raise UserError(texts.ONLY_IN_GUILD)
    if not interaction.permissions.manage_guild:
        raise UserError(texts.ONLY_MANAGERS)
    view = panel(texts.TITLE, *status_blocks(await _status(interaction.client)))
    await interaction.response.send_message(view=view, ephemeral=True)


async def _status(bot: Client) -> Status:
    disk = await asyncio.to_thread(shutil.disk_usage, bot.settings.data_dir)
    stats, info = bot.engine.stats(), model_info(bot.engine, None)
    return Status(
        version=version(_DISTRIBUTION),
        uptime_s=bot.uptime_s,
        latency_s=bot.latency,
        shards=Shards(bot.settings.shard_ids, bot.shard_count),
        model=shown_name(bot.engine, None),
        arithmetic="—" if info is None else arithmetic_text(info, stats.precision),
        engine=stats,
        data_bytes=await bot.storage.size_bytes(),
        max_data_mb=bot.settings.max_data_mb,
        disk_free_bytes=disk.free,
    )


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(estado)

"""Requests that the end of a process has cut off."""

import asyncio
import time
from datetime import UTC, datetime

from bot.storage import Job
from engine import DecodingParams, GenerationRequest


def job_of(room, result, **changes):
    request = GenerationRequest(
        prompt="Había una vez", params=DecodingParams(strategy="sample"), model="guion"
    )
    fields = {
        "job_id": request.request_id,
        "kind": "continuar",
        "owner_id": room.ana.id,
        "guild_id": room.guild.id,
        "channel_id": room.channel.id,
        "application_id": room.bot.application_id,
        "interaction_token": result._interaction.token,
        "request": request,
        "is_prompt_kept": True,
        "created_at": datetime.now(UTC),
        "can_resume": True,
    }
    return Job(**{**fields, **changes})


async def until(is_so):
    """Wait for what a task does that simcord does not know of."""
    for _ in range(6000):
        if is_so():
            return
        await asyncio.to_thread(time.sleep, 0.01)
    raise AssertionError


async def still_thinking(room):
    @room.bot.tree.command(name="pensar", description="x")
    async def think(interaction):
        await interaction.response.defer(thinking=True)

    await room.bot.tree.sync()
    return await room.ana.slash(room.channel, "pensar")

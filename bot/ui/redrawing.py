"""The message of a reply, drawn anew from what is stored about it."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.client import Interaction
from bot.messages.responses import deliver
from bot.ui.renewal import as_new


async def redraw(interaction: Interaction, reply_id: str) -> None:
    """Show the reply of the clicked message as it is now; those who ask meanwhile share an edit.

    Args:
        interaction: A click, acknowledged.
        reply_id: Of a kind whose message can be drawn anew.
    """
    client, message = interaction.client, interaction.message
    if message is None:
        return

    async def edit() -> None:
        reply = await client.storage.replies.get(reply_id)
        draw = None if reply is None else client.kinds[reply.kind].redrawn
        if reply is not None and draw is not None:
            page = await draw(interaction, reply)
            # A button leaves the menus as they are: somebody may be choosing in them.
            if page.view is not None and _is_choice(interaction):
                as_new(page.view, message)
            await interaction.edit_original_response(**page.edit_arguments())

    async def draw_until_shown() -> None:
        await deliver(edit)

    await client.redrawing.redraw(message.id, draw_until_shown)


def _is_choice(interaction: Interaction) -> bool:
    data: Mapping[str, object] = dict(interaction.data or {})
    return data.get("component_type") == discord.ComponentType.select.value

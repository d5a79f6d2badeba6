"""«Detener», while a text waits or is being written."""

from __future__ import annotations

import discord

from bot.client import Interaction
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge_click
from bot.texts import common as texts
from bot.ui.items import PersistentButton
from bot.ui.replies import owner_name


class StopButton(PersistentButton, action="stop"):
    """Ends a request; what it has written so far stays."""

    label = texts.STOP

    async def respond(self, interaction: Interaction) -> None:
        """Stop the request of the person who clicked."""
        jobs = interaction.client.jobs
        owner_id = jobs.owner_of(self.reply_id)
        if owner_id is None:
            raise UserError(texts.NOT_RUNNING)
        if owner_id != interaction.user.id:
            raise UserError(texts.NOT_YOURS.format(owner=owner_name(interaction, owner_id)))
        jobs.stop(self.reply_id)
        await acknowledge_click(interaction)


def stop_view(request_id: str) -> discord.ui.View:
    """Return the buttons of a plain message whose text is not finished."""
    view = discord.ui.View(timeout=None)
    view.add_item(StopButton(request_id))
    return view

"""A menu shows its placeholder again after each choice: its message is shown once more.

Discord keeps what a person chose in a menu until the message is edited, and chooses nothing when
the same is chosen twice.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord

from bot.client import Interaction
from bot.messages.responses import NETWORK_ERRORS

_log = logging.getLogger(__name__)

_EDITS = frozenset(
    {
        discord.InteractionResponseType.message_update,
        discord.InteractionResponseType.deferred_message_update,
    }
)


class Renewal:
    """Shows the message of one choice again, once, unless what answers the choice does."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Show it at once: what was chosen is answered in another message, perhaps much later."""
        if self._task is None:
            self._task = asyncio.create_task(renew(self._interaction), name="renew-menu")

    async def finish(self, *, is_done: bool) -> None:
        """Show it if nothing has.

        Args:
            is_done: Whether the choice was carried out; a page that refuses is not turned.
        """
        if not (is_done and self._interaction.response.type in _EDITS):
            self.start()
        if self._task is not None:
            await self._task


async def renew(interaction: Interaction) -> None:
    """Show the clicked message as it is; where that fails, its menus keep what was chosen."""
    message = interaction.message
    if message is None:
        return
    try:
        await interaction.followup.edit_message(message.id, view=_view_of(message))
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("a menu keeps its choice: %s", error)


def _view_of(message: discord.Message) -> discord.ui.View | discord.ui.LayoutView:
    """Return what a message shows; its items are not listened to a second time."""
    view: discord.ui.View | discord.ui.LayoutView
    if message.flags.components_v2:
        view = discord.ui.LayoutView.from_message(message, timeout=None)
        _name_attachments(view, message)
    else:
        view = discord.ui.View.from_message(message, timeout=None)
    view.stop()
    return view


def _name_attachments(view: discord.ui.LayoutView, message: discord.Message) -> None:
    """Name the message's own pictures as files: by their addresses they would be foreign ones."""
    names = {attachment.filename for attachment in message.attachments}
    for item in view.walk_children():
        if isinstance(item, discord.ui.MediaGallery):
            item.items = [_named(media, names) for media in item.items]


def _named(item: discord.MediaGalleryItem, names: set[str]) -> discord.MediaGalleryItem:
    name = PurePosixPath(urlsplit(item.media.url).path).name
    is_own: Any = item.media.attachment_id is not None or name in names
    if not is_own:
        return item
    return discord.MediaGalleryItem(
        f"attachment://{name}", description=item.description, spoiler=item.spoiler
    )

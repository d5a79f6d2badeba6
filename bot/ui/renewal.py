"""A menu shows its placeholder again after each choice: its message is shown once more.

Discord keeps what a person chose in a menu until another menu stands there, and chooses nothing
when the same is chosen twice. A menu is another one by its component's id, and where components
have none, in a plain message, by the values of its options: every other time they carry a mark.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import PurePosixPath
from secrets import randbelow
from typing import Any, TypeVar
from urllib.parse import urlsplit

import discord

from bot.client import Interaction
from bot.messages.responses import NETWORK_ERRORS, is_acknowledged

_log = logging.getLogger(__name__)

_FIRST_ID = 10_000
_MARK = "~"
_Any = discord.ui.View | discord.ui.LayoutView
_View = TypeVar("_View", bound=_Any)
_UPDATE = discord.InteractionResponseType.message_update
_DEFERRED_UPDATE = discord.InteractionResponseType.deferred_message_update


class Renewal:
    """Shows the message of one choice again, once, unless what answers the choice does."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Show it at once: what was chosen is answered in another message, perhaps much later."""
        if self._task is None:
            self._task = asyncio.create_task(renew(self._interaction), name="renew-menu")

    async def answer(self) -> None:
        """Show it as the first answer, where there is none yet and nothing else may reach it."""
        message = self._interaction.message
        if message is None or not message.flags.ephemeral or is_acknowledged(self._interaction):
            return
        try:
            await self._interaction.response.edit_message(view=_view_of(message))
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            _log.info("a menu keeps its choice: %s", error)

    async def finish(self, *, is_done: bool) -> None:
        """Show it if nothing has.

        Args:
            is_done: Whether the choice was carried out; a page that refuses is not turned.
        """
        kind = self._interaction.response.type
        if kind is not _UPDATE and not (is_done and kind is _DEFERRED_UPDATE):
            self.start()
        if self._task is not None:
            await self._task


def fresh_id() -> int:
    """Draw a component's id that no other of its message has: Discord counts the others from 1."""
    return _FIRST_ID + randbelow(2**31 - _FIRST_ID)


async def renew(interaction: Interaction) -> None:
    """Show the clicked message as it is; where that fails, its menus keep what was chosen.

    An interaction that was answered in another message may not reach this one.
    """
    message = interaction.message
    if message is None:
        return
    view = _view_of(message)
    try:
        try:
            await interaction.followup.edit_message(message.id, view=view)
        except discord.NotFound:
            if not message.flags.ephemeral:
                await message.edit(view=view)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("a menu keeps its choice: %s", error)


def _view_of(message: discord.Message) -> _Any:
    """Return what a message shows; its items are not listened to a second time."""
    view: _Any
    if message.flags.components_v2:
        view = discord.ui.LayoutView.from_message(message, timeout=None)
        _name_attachments(view, message)
    else:
        view = discord.ui.View.from_message(message, timeout=None)
    view.stop()
    return as_new(view, message)


def as_new(view: _View, message: discord.Message | None) -> _View:
    """Return a view whose menus are others than those of the message that it is to replace."""
    is_marked = message is not None and any(map(_is_marked, _menus_of(message)))
    for menu in view.walk_children():
        # A menu of ours is in the place of Discord's own.
        select = menu.item if isinstance(menu, discord.ui.DynamicItem) else menu
        if not isinstance(select, discord.ui.Select):
            continue
        select.id = fresh_id()
        if isinstance(view, discord.ui.LayoutView):
            continue
        for option in select.options:
            option.value = unmarked(option.value) + ("" if is_marked else _MARK)
    return view


def unmarked(value: str) -> str:
    """Return an option's value as it is meant."""
    return value.removesuffix(_MARK)


def _menus_of(message: discord.Message) -> Iterator[discord.SelectMenu]:
    for row in message.components:
        for item in getattr(row, "children", ()):
            if isinstance(item, discord.SelectMenu):
                yield item


def _is_marked(menu: discord.SelectMenu) -> bool:
    return any(option.value.endswith(_MARK) for option in menu.options)


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

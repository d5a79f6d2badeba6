"""A page of Components V2 from top to bottom: words, a picture, rows of controls."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.messages.live import Page
from bot.messages.place import Place
from bot.render.markdown import escape
from bot.render.numbers import in_words
from bot.texts import pages as texts


@dataclass(frozen=True)
class Picture:
    """What a page shows in a picture's place.

    Attributes:
        data: PNG bytes; None where it could not be drawn in time.
        name: Of its file.
        alt: What it says.
    """

    data: bytes | None
    name: str
    alt: str

    @property
    def item(self) -> discord.ui.Item[Any]:
        """The component: the picture, or its words."""
        if self.data is None:
            return discord.ui.TextDisplay[Any](texts.NO_PICTURE.format(alt=escape(self.alt)))
        return discord.ui.MediaGallery[Any](self.media)

    @property
    def media(self) -> discord.MediaGalleryItem:
        """The picture in a gallery."""
        return discord.MediaGalleryItem(f"attachment://{self.name}", description=self.alt)

    @property
    def files(self) -> tuple[discord.File, ...]:
        """What the message has to carry."""
        if self.data is None:
            return ()
        return (discord.File(io.BytesIO(self.data), self.name, description=self.alt),)


Block = str | Picture | discord.ui.Item[Any] | Sequence[discord.ui.Item[Any]]
"""Markdown ("": nothing), a picture, a component, or a row of controls (none: no row)."""


def layout(*blocks: Block, lead: Sequence[discord.ui.Item[Any]] = ()) -> discord.ui.LayoutView:
    """Lay out one container.

    Args:
        *blocks: From top to bottom.
        lead: Components that stand before them.
    """
    container: discord.ui.Container[Any] = discord.ui.Container(*lead)
    for block in blocks:
        if isinstance(block, str):
            # Discord refuses a text of nothing.
            if block:
                container.add_item(discord.ui.TextDisplay(in_words(block)))
        elif isinstance(block, Picture):
            container.add_item(block.item)
        elif isinstance(block, discord.ui.Item):
            container.add_item(block)
        elif block:
            container.add_item(discord.ui.ActionRow(*block))
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def layout_page(*blocks: Block, lead: Sequence[discord.ui.Item[Any]] = ()) -> Page:
    """Lay out a message of one container, with the files of its pictures; see `layout`."""
    pictures = (block for block in blocks if isinstance(block, Picture))
    files = tuple(file for picture in pictures for file in picture.files)
    return Page(view=layout(*blocks, lead=lead), files=files)


def audience(place: Place) -> str:
    """Say who sees a page of an explorer, and who published it."""
    if not place.is_public:
        return texts.ONLY_YOU
    return f"{texts.INVENTED} · {texts.PUBLISHED_BY.format(user_id=place.publisher)}"

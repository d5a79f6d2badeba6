"""A picture on a page of Components V2, or the same in words where there is none."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import discord

from bot.render.markdown import escape
from bot.texts import charts as texts


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

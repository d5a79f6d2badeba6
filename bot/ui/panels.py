"""Panels of Components V2 whose buttons and menus belong to no reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.ui.picture_page import layout

_TEXTS_PER_PANEL = 30


def panel(
    *texts: str,
    rows: Sequence[Sequence[discord.ui.Item[Any]]] = (),
    picture: discord.MediaGalleryItem | None = None,
) -> discord.ui.LayoutView:
    """Lay out Markdown blocks over rows of buttons or menus, in one container.

    Args:
        *texts: Already escaped, at most 4000 characters together.
        rows: One menu, or up to five buttons, each.
        picture: Shown below the texts.
    """
    gallery = () if picture is None else (discord.ui.MediaGallery[Any](picture),)
    return layout(*texts[:_TEXTS_PER_PANEL], *gallery, *rows)

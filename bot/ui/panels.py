"""Panels of Components V2 whose buttons and menus belong to no reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

_TEXTS_PER_PANEL = 30


def panel(
    *texts: str,
    rows: Sequence[Sequence[discord.ui.Item[Any]]] = (),
    picture: discord.MediaGalleryItem | None = None,
) -> PanelView:
    """Lay out Markdown blocks over rows of buttons or menus, in one container.

    Args:
        *texts: Already escaped, at most 4000 characters together.
        rows: One menu, or up to five buttons, each.
        picture: Shown below the texts.
    """
    view = PanelView(timeout=None)
    container: discord.ui.Container[PanelView] = discord.ui.Container()
    for text in texts[:_TEXTS_PER_PANEL]:
        container.add_item(discord.ui.TextDisplay(text))
    if picture is not None:
        container.add_item(discord.ui.MediaGallery(picture))
    for row in rows:
        container.add_item(discord.ui.ActionRow(*row))
    view.add_item(container)
    return view


class PanelView(discord.ui.LayoutView):
    """A message of one container; all its items are persistent."""

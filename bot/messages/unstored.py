"""What becomes of the buttons and menus of a text that could not be stored."""

from __future__ import annotations

from typing import Any

import discord

_Parent = discord.ui.View | discord.ui.LayoutView | discord.ui.Container[Any]


def remove_reply_items(view: discord.ui.View | discord.ui.LayoutView) -> None:
    """Take out of a view that nobody has seen yet what would only say that the text is gone."""
    _remove_from(view)


def _remove_from(parent: _Parent | discord.ui.ActionRow[Any]) -> None:
    for item in tuple(parent.children):
        if isinstance(item, discord.ui.Container | discord.ui.ActionRow):
            _remove_from(item)
        kept: frozenset[str] = getattr(item, "unstored_values", frozenset())
        if kept:
            menu: discord.ui.Select[Any] = item.item  # type: ignore[attr-defined]
            menu.options = [option for option in menu.options if option.value in kept]
        elif _is_idle(item):
            parent.remove_item(item)


def _is_idle(item: discord.ui.Item[Any]) -> bool:
    if isinstance(item, discord.ui.ActionRow):
        return not item.children
    return bool(getattr(item, "needs_reply", False))

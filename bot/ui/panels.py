"""Panels of Components V2 whose buttons and menus belong to no reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.ui.items import PersistentButton, PersistentSelect

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


def _panel_template(action: str, pattern: str) -> str:
    return rf"^u:{re.escape(action)}{pattern}$"


def _panel_id(action: str, words: tuple[str, ...]) -> str:
    return ":".join(("u", action, *words))


class PanelButton(PersistentButton, action="panel-button"):
    """A button named by words, `u:<action>[:<word>…]`.

    A subclass is declared with its action and the pattern of its words, one group each:
    `class View(PanelButton, action="ver", pattern=":(user|guild)")`.
    """

    def __init_subclass__(cls, *, action: str, pattern: str = "") -> None:
        cls.action = action
        super(PersistentButton, cls).__init_subclass__(template=_panel_template(action, pattern))

    def __init__(self, *words: str, label: str | None = None) -> None:
        self.words, self.args = words, ()
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label or self.label, style=self.style, custom_id=_panel_id(self.action, words)
        )
        super(PersistentButton, self).__init__(button)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Build the item again from a click, possibly on a message of an earlier process."""
        return cls(*match.groups())


class PanelSelect(PersistentSelect, action="panel-select"):
    """A menu named by words; see `PanelButton`."""

    def __init_subclass__(cls, *, action: str, pattern: str = "") -> None:
        cls.action = action
        super(PersistentSelect, cls).__init_subclass__(template=_panel_template(action, pattern))

    def __init__(
        self,
        *words: str,
        options: list[discord.SelectOption] | None = None,
        placeholder: str | None = None,
    ) -> None:
        self.words, self.args = words, ()
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=_panel_id(self.action, words),
            placeholder=placeholder or self.placeholder,
            options=options or [],
        )
        super(PersistentSelect, self).__init__(select)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Build the item again from a choice, possibly on a message of an earlier process."""
        return cls(*match.groups())

"""Buttons and menus that work after a restart: all they need is in their custom_id.

discord.py swallows what a `DynamicItem` raises, so every persistent item derives from one of the
two bases here, whose callback answers each error in Spanish.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import discord

from bot.client import Interaction
from bot.messages.errors import reply_error
from bot.ui.carried import StaleItemError, require_known

_NEVER = r"(?!)"
_REPLY_ID = r"(?P<reply_id>[0-9a-f]{32})"


def custom_id(action: str, reply_id: str, *args: int) -> str:
    """Build the custom_id `u:<action>:<reply_id>[:<arg>…]` (at most 100 characters)."""
    return ":".join(["u", action, reply_id, *map(str, args)])


def _template(action: str, args: tuple[str, ...]) -> str:
    named = "".join(rf":(?P<{name}>\d+)" for name in args)
    return rf"^u:{re.escape(action)}:{_REPLY_ID}{named}$"


async def _answer(
    item: PersistentButton | PersistentSelect, interaction: discord.Interaction[Any]
) -> None:
    """Run an item's `respond`, or say why not."""
    if (task := asyncio.current_task()) is not None:
        interaction.client.clicks.add(task)
        task.add_done_callback(interaction.client.clicks.discard)
    try:
        interaction.client.require_allowed(interaction)
        require_known(item.numbers)
        await item.respond(interaction)
    except Exception as error:  # noqa: BLE001 (discord.py would swallow it without an answer)
        await reply_error(interaction, error)


class PersistentButton(discord.ui.DynamicItem[discord.ui.Button[Any]], ABC, template=_NEVER):
    """A button named by a reply and whole-number arguments.

    A subclass is declared with its action and the names of its arguments,
    `class Page(PersistentButton, action="page", args=("index",))`, sets `label`, and writes
    `respond`.

    `needs_reply` says whether it does nothing for a reply that is not stored.

    Args:
        reply_id: Id of the reply it belongs to (32 hexadecimal digits).
        *args: One number for each declared argument, in order.
        label: Shown instead of the class's label.
    """

    action: ClassVar[str]
    needs_reply: ClassVar[bool] = True
    arg_names: ClassVar[tuple[str, ...]] = ()
    label: ClassVar[str] = ""
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, action: str, args: tuple[str, ...] = ()) -> None:
        cls.action, cls.arg_names = action, args
        super().__init_subclass__(template=_template(action, args))

    def __init__(
        self,
        reply_id: str,
        *args: int,
        label: str | None = None,
        disabled: bool = False,
        row: int | None = None,
    ) -> None:
        self.reply_id = reply_id
        self.args = args
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label or self.label,
            style=self.style,
            disabled=disabled,
            custom_id=custom_id(self.action, reply_id, *args),
        )
        super().__init__(button, row=row)

    @property
    def numbers(self) -> dict[str, int]:
        """The whole numbers of the custom_id by their names."""
        return dict(zip(self.arg_names, self.args, strict=True))

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 (discord.py's signature)
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py's signature)
        match: re.Match[str],
    ) -> Self:
        """Build the item again from a click, possibly on a message of an earlier process."""
        return cls(match["reply_id"], *(int(match[name]) for name in cls.arg_names))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer the click, errors included."""
        await _answer(self, interaction)

    @abstractmethod
    async def respond(self, interaction: Interaction) -> None:
        """Do what the button says; whatever it raises is said to the person who clicked."""


class PersistentSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], ABC, template=_NEVER):
    """A menu named by a reply and whole-number arguments; see `PersistentButton`.

    Args:
        reply_id: Id of the reply it belongs to.
        *args: One number for each declared argument, in order.
        options: The choices, 1 to 25; a menu rebuilt from a click needs none.
    """

    action: ClassVar[str]
    needs_reply: ClassVar[bool] = True
    arg_names: ClassVar[tuple[str, ...]] = ()
    placeholder: ClassVar[str] = ""

    def __init_subclass__(cls, *, action: str, args: tuple[str, ...] = ()) -> None:
        cls.action, cls.arg_names = action, args
        super().__init_subclass__(template=_template(action, args))

    def __init__(
        self,
        reply_id: str,
        *args: int,
        options: list[discord.SelectOption] | None = None,
        placeholder: str | None = None,
        row: int | None = None,
    ) -> None:
        self.reply_id = reply_id
        self.args = args
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=custom_id(self.action, reply_id, *args),
            placeholder=placeholder or self.placeholder,
            options=options or [],
        )
        super().__init__(select, row=row)

    @property
    def numbers(self) -> dict[str, int]:
        """The whole numbers of the custom_id by their names."""
        return dict(zip(self.arg_names, self.args, strict=True))

    @property
    def value(self) -> str:
        """The chosen option's value: anything, in a click made by hand."""
        if not self.item.values:
            raise StaleItemError
        return self.item.values[0]

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 (discord.py's signature)
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py's signature)
        match: re.Match[str],
    ) -> Self:
        """Build the item again from a choice, possibly on a message of an earlier process."""
        return cls(match["reply_id"], *(int(match[name]) for name in cls.arg_names))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer the choice, errors included."""
        await _answer(self, interaction)

    @abstractmethod
    async def respond(self, interaction: Interaction) -> None:
        """Do what was chosen; whatever it raises is said to the person who chose."""

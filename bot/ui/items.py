"""Buttons and menus that work after a restart: all they need is in their custom_id.

A custom_id is `u:<action>[:<word>…]`. The item of a panel means the words themselves; the item of
a reply means the reply's id and whole numbers by them. discord.py swallows what a `DynamicItem`
raises, so every item derives from `PersistentItem`, whose callback answers each error in Spanish.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar

import discord

from bot.client import Interaction
from bot.messages.errors import reply_error
from bot.messages.responses import when_thinking
from bot.texts.common import CHOOSE
from bot.ui.carried import StaleItemError, require_known
from bot.ui.renewal import Renewal, fresh_id, unmarked

_NEVER = r"(?!)"
_REPLY_ID = r":(?P<reply_id>[0-9a-f]{32})"

_Component = TypeVar("_Component", bound="discord.ui.Button[Any] | discord.ui.Select[Any]")


def custom_id(action: str, *words: str | int) -> str:
    """Build the custom_id `u:<action>[:<word>…]` (at most 100 characters)."""
    return ":".join(("u", action, *map(str, words)))


class PersistentItem(discord.ui.DynamicItem[_Component], ABC, template=_NEVER):
    """An item named by an action and words.

    A subclass is declared with its action and the pattern of its words, one group each:
    `class View(ButtonItem, action="ver", pattern=":(user|guild)")`, and writes `respond`. One
    without an action is a base of others.

    Attributes:
        action: Says in the custom_id what it does.
        words: Those of its custom_id, in order.
    """

    action: ClassVar[str]
    words: tuple[str, ...]

    def __init_subclass__(cls, *, action: str | None = None, pattern: str = "") -> None:
        if action is None:
            super().__init_subclass__(template=_NEVER)
            return
        cls.action = action
        super().__init_subclass__(template=rf"^u:{re.escape(action)}{pattern}$")

    @property
    def numbers(self) -> Mapping[str, int]:
        """The whole numbers among the words by their names."""
        return {}

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 (discord.py's signature)
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py's signature)
        match: re.Match[str],
    ) -> Self:
        """Build the item again from a click, possibly on a message of an earlier process."""
        named: Callable[..., Self] = cls
        return named(*match.groups())

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run `respond`, or say why not."""
        if (task := asyncio.current_task()) is not None:
            interaction.client.clicks.add(task)
            task.add_done_callback(interaction.client.clicks.discard)
        await self.answer(interaction)

    async def answer(self, interaction: Interaction) -> bool:
        """Run `respond`, or say why not; tell whether it did what it says."""
        try:
            interaction.client.require_allowed(interaction)
            require_known(self.numbers)
            await self.respond(interaction)
        except Exception as error:  # noqa: BLE001 (discord.py would swallow it without an answer)
            await self.refuse(interaction, error)
            return False
        return True

    async def refuse(self, interaction: Interaction, error: Exception) -> None:
        """Say an error."""
        await reply_error(interaction, error)

    @abstractmethod
    async def respond(self, interaction: Interaction) -> None:
        """Do what the item says; whatever it raises is said to the person who used it."""


class ButtonItem(PersistentItem[discord.ui.Button[Any]]):
    """A button; a subclass sets `label`.

    Args:
        *words: What its custom_id says behind the action.
        label: Shown instead of the class's label.
    """

    label: ClassVar[str] = ""
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(
        self,
        *words: str | int,
        label: str | None = None,
        disabled: bool = False,
        row: int | None = None,
    ) -> None:
        self.words = tuple(map(str, words))
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label or self.label,
            style=self.style,
            disabled=disabled,
            custom_id=custom_id(self.action, *words),
        )
        super().__init__(button, row=row)


class SelectItem(PersistentItem[discord.ui.Select[Any]]):
    """A menu; a subclass sets `placeholder`, and the values that a text needs not be stored for.

    Args:
        *words: What its custom_id says behind the action.
        options: The choices, 1 to 25; a menu rebuilt from a click needs none.
        placeholder: Shown instead of the class's.
    """

    placeholder: ClassVar[str] = CHOOSE
    unstored_values: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        *words: str | int,
        options: list[discord.SelectOption] | None = None,
        placeholder: str | None = None,
        row: int | None = None,
    ) -> None:
        self.words = tuple(map(str, words))
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=custom_id(self.action, *words),
            placeholder=placeholder or self.placeholder,
            options=options or [],
            id=fresh_id(),
        )
        super().__init__(select, row=row)

    @property
    def value(self) -> str:
        """The chosen option's value: anything, in a click made by hand."""
        if not self.item.values:
            raise StaleItemError
        return unmarked(self.item.values[0])

    async def answer(self, interaction: Interaction) -> bool:
        """Run `respond`, and let the menu show its placeholder again."""
        renewal = Renewal(interaction)
        when_thinking(interaction, renewal.start)
        is_done = await super().answer(interaction)
        await renewal.finish(is_done=is_done)
        return is_done

    async def refuse(self, interaction: Interaction, error: Exception) -> None:
        """Say an error behind the renewed menu."""
        await Renewal(interaction).answer()
        await super().refuse(interaction, error)


class _OfReply:
    """Reads an item's words as a reply's id and whole numbers.

    A subclass names the numbers: `class Page(PersistentButton, action="page", args=("index",))`.

    Attributes:
        arg_names: Names of the numbers, in order.
        needs_reply: Whether it does nothing for a reply that is not stored.
    """

    arg_names: ClassVar[tuple[str, ...]] = ()
    needs_reply: ClassVar[bool] = True
    words: tuple[str, ...]

    def __init_subclass__(cls, *, action: str | None = None, args: tuple[str, ...] = ()) -> None:
        cls.arg_names = args
        pattern = _REPLY_ID + "".join(rf":(?P<{name}>\d+)" for name in args)
        super().__init_subclass__(action=action, pattern=pattern)  # type: ignore[call-arg]

    @property
    def reply_id(self) -> str:
        """Id of the reply it belongs to (32 hexadecimal digits)."""
        return self.words[0]

    @property
    def args(self) -> tuple[int, ...]:
        """The numbers, in order."""
        return tuple(map(int, self.words[1:]))

    @property
    def numbers(self) -> Mapping[str, int]:
        """The numbers by their names."""
        return dict(zip(self.arg_names, self.args, strict=True))


class PersistentButton(_OfReply, ButtonItem):
    """A button named by a reply and whole numbers."""


class PersistentSelect(_OfReply, SelectItem):
    """A menu named by a reply and whole numbers."""

"""Buttons and menus of the pages inside the model; each carries its place in the custom_id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord

from bot.client import Interaction
from bot.features.explorer.inside import texts
from bot.features.explorer.inside.place import (
    LAST_LAYER,
    PARTS,
    PLACE_ARGS,
    InsidePage,
    InsidePlace,
)
from bot.messages.place import Role
from bot.render.numbers import integer
from bot.render.step import token_label
from bot.ui.carried import GREATEST, number_of, one_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.turning import publish, turn_to
from engine.explain import Attention, TokenVectors

MOST_OPTIONS = 25
"""Options in one menu: Discord's limit."""


class InsideButton(PersistentButton, action="por-dentro", args=(*PLACE_ARGS, "role")):
    """Turns to a page inside the model; from a copy in the channel, opens the clicker's own."""

    @classmethod
    def to(
        cls, reply_id: str, place: InsidePlace, role: Role, label: str, *, is_end: bool = False
    ) -> InsideButton:
        """Build the button that leads to a place."""
        return cls(reply_id, *place.args, role, label=label, disabled=is_end)

    async def respond(self, interaction: Interaction) -> None:
        """Show that page."""
        await _turn(interaction, self.reply_id, InsidePlace.of_args(self.args))


class PublishInsideButton(PersistentButton, action="publicar-dentro", args=PLACE_ARGS):
    """Puts a copy of the page in the channel."""

    label = texts.PUBLISH

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        place = InsidePlace.of_args(self.args).in_explorer
        await publish(interaction, self.reply_id, replace(place, publisher=interaction.user.id))


class PlaceMenu(PersistentSelect, action="dentro-menu", args=PLACE_ARGS):
    """A menu whose values are 0-based places."""

    @property
    def index(self) -> int:
        """The chosen place."""
        return number_of(self.value, GREATEST["token"] - 1)


class LayerMenu(PlaceMenu, action="dentro-capa", args=PLACE_ARGS):
    """Lists the layers."""

    @classmethod
    def at(cls, reply_id: str, place: InsidePlace, attention: Attention) -> LayerMenu:
        """Build the menu of a page."""
        options = menu_options(
            attention.layers, place.layer, lambda i: texts.LAYER.format(number=i + 1), texts.LAYERS
        )
        current = texts.LAYER.format(number=place.layer + 1)
        placeholder = texts.LAYER_MENU.format(current=current)
        return cls(reply_id, *place.args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Show the attention of that layer."""
        place = InsidePlace.of_args(self.args)
        await _turn(interaction, self.reply_id, replace(place, layer=self.index))


class HeadMenu(PlaceMenu, action="dentro-cabeza", args=PLACE_ARGS):
    """Lists the heads of a layer, their mean first."""

    @classmethod
    def at(cls, reply_id: str, place: InsidePlace, attention: Attention) -> HeadMenu:
        """Build the menu of a page."""
        options = menu_options(attention.heads + 1, place.head, _head_name, texts.HEADS, first=1)
        placeholder = texts.HEAD_MENU.format(current=_head_name(place.head))
        return cls(reply_id, *place.args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Show the attention of that head."""
        place = InsidePlace.of_args(self.args)
        await _turn(interaction, self.reply_id, replace(place, head=self.index))


class TokenMenu(PlaceMenu, action="dentro-token", args=PLACE_ARGS):
    """Lists the text's tokens."""

    @classmethod
    def at(cls, reply_id: str, place: InsidePlace, found: TokenVectors) -> TokenMenu:
        """Build the menu of a page."""

        def name(index: int) -> str:
            return texts.TOKEN.format(
                number=index + 1,
                token=token_label(found.tokens[index]),
                id=integer(found.token_ids[index]),
            )

        options = menu_options(len(found.tokens), found.position, name, texts.TOKENS)
        placeholder = texts.TOKEN_MENU.format(current=name(found.position))
        return cls(reply_id, *place.args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Show the vectors of that token."""
        place = InsidePlace.of_args(self.args)
        await _turn(interaction, self.reply_id, replace(place, token=self.index + 1))


class PartMenu(PlaceMenu, action="dentro-parte", args=PLACE_ARGS):
    """Lists the parts of an encoder-decoder's attention."""

    @classmethod
    def at(cls, reply_id: str, place: InsidePlace) -> PartMenu:
        """Build the menu of a page."""
        named = dict(zip(PARTS, texts.PART_NAMES, strict=True))
        options = [
            discord.SelectOption(label=label, value=str(int(page)), description=hint)
            for page, (_, label, hint) in named.items()
        ]
        current, _, _ = named[InsidePage(place.page)]
        placeholder = texts.PART_MENU.format(current=current)
        return cls(reply_id, *place.args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Show that part, in its last layer."""
        page = InsidePage(int(one_of(str(self.index), [str(int(part)) for part in PARTS])))
        place = InsidePlace.of_args(self.args).at(page)
        await _turn(interaction, self.reply_id, replace(place, layer=LAST_LAYER, head=0))


INSIDE_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    InsideButton,
    PublishInsideButton,
    LayerMenu,
    HeadMenu,
    TokenMenu,
    PartMenu,
)


def menu_options(
    count: int, current: int, name: Callable[[int], str], others: str, *, first: int = 0
) -> list[discord.SelectOption]:
    """List indexes below `count`: all of them, or those around the current one and ways on.

    Args:
        count: At least 1.
        current: The index that is shown; it is left out of no list.
        name: Names an index.
        others: Names a stretch of indexes that are not listed, with {first} and {last}.
        first: Index that people count as 1, plus 1 where 0 is something else.

    Returns:
        At most 25 options, whose values are indexes.
    """
    if count <= MOST_OPTIONS:
        return [discord.SelectOption(label=name(i), value=str(i)) for i in range(count)]
    size = MOST_OPTIONS - 2
    start = current // size * size
    stop = min(start + size, count)
    options = [discord.SelectOption(label=name(i), value=str(i)) for i in range(start, stop)]
    for low in (start - size, stop):
        if 0 <= low < count:
            high = min(low + size, count)
            label = others.format(first=max(low + 1 - first, 1), last=high - first)
            options.append(discord.SelectOption(label=label, value=str(low)))
    return options


def _head_name(head: int) -> str:
    return texts.HEAD.format(number=head) if head else texts.MEAN


async def _turn(interaction: Interaction, reply_id: str, place: InsidePlace) -> None:
    await turn_to(interaction, reply_id, place.in_explorer)

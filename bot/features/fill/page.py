"""The pages of a filled text with their buttons, and the ways between them.

They are stateless, as those of an explorer: a click carries its place, and the rest is read again.
A page in the channel is turned only by whoever published it; a click of anybody else opens theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

import discord

from bot.client import Client, Interaction
from bot.features.continuation import texts as continuation_texts
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.items import DeleteCopyButton
from bot.features.fill import texts
from bot.features.fill.asked import encoders
from bot.features.fill.content import content_of
from bot.features.fill.place import FillPage, FillPlace, FillReading
from bot.messages.live import Page
from bot.messages.responses import acknowledge, acknowledge_click
from bot.render.markdown import clip
from bot.storage.records import StoredReply
from bot.ui.carried import StaleItemError, one_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.picture_page import layout_page
from bot.ui.replies import made_public, stored_reply
from engine import ModelInfo
from engine.filling import FILL_ORDERS, Filling, FillOrder

_OTHER = "con:"
_PUBLISH = "publicar"
_LABEL_LIMIT = 80
_VALUE_LIMIT = 100
_MOST_OTHERS = 20
_ARGS = ("index", "order", "page")

Items = list[discord.ui.Item[Any]]


class Turn(IntEnum):
    """Why a button is there: two may lead to the same page, and custom_ids must differ."""

    BACK = 0
    ON = 1
    THERE = 2


class FillButton(PersistentButton, action="hueco", args=(*_ARGS, "publisher", "role")):
    """Turns to a page of a gap."""

    async def respond(self, interaction: Interaction) -> None:
        """Show it."""
        await _turn_to(interaction, self.reply_id, FillPlace.of(self.numbers))


class PublishFillButton(PersistentButton, action="publicar-hueco", args=_ARGS):
    """Puts a copy of the page in the channel."""

    label = explorer_texts.PUBLISH

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        await _publish(interaction, self.reply_id, FillPlace.of(self.numbers))


class FillMenu(PersistentSelect, action="mas-hueco", args=("index", "order", "publisher")):
    """The other orders, the other encoders, and a copy in the channel."""

    placeholder = texts.MORE_MENU

    async def respond(self, interaction: Interaction) -> None:
        """Fill in that order, or beside that encoder, or publish the page."""
        place = FillPlace.of(self.numbers)
        if self.value == _PUBLISH:
            await _publish(interaction, self.reply_id, place)
            return
        if self.value.startswith(_OTHER):
            name = self.value.removeprefix(_OTHER)
            if not any(info.name == name for info in interaction.client.engine.models()):
                raise StaleItemError
            await _turn_to(interaction, self.reply_id, place, name)
            return
        place = replace(place, order=_orders().index(one_of(self.value, _orders())))
        await _turn_to(interaction, self.reply_id, place)


async def fill_page(reading: FillReading) -> Page:
    """Build the page that a place names.

    Raises:
        UserError: The text may not be asked again.
        EngineError: The engine failed.
    """
    content = await content_of(reading)
    reply, place, count = reading.reply, content.place, len(content.filling.gaps)
    if reading.other is not None:
        return layout_page(*content.blocks, [_back(reply, place)], content.footer)
    is_gap = place.page is FillPage.GAP
    there = [_numbers(reply, place), _attention(reply, place)] if is_gap else [_back(reply, place)]
    own = _copy_buttons(reply, place) if is_gap else _publishing(reply, place)
    buttons = [*_arrows(reply, place, count), *there, *own]
    menu = _menu(reading.client, reply, place, content.filling) if is_gap else []
    return layout_page(*content.blocks, buttons, menu, content.footer)


def again_button(reply_id: str, owner_id: int) -> FillButton:
    """Return «Otra», by which the owner of a text that a crash cut off has it filled."""
    place = FillPlace(publisher=owner_id)
    return FillButton(reply_id, *place.args, int(Turn.THERE), label=continuation_texts.AGAIN)


async def _publish(interaction: Interaction, reply_id: str, place: FillPlace) -> None:
    """Send a copy of a page, which belongs to whoever clicked; its text is public from then on."""
    await acknowledge_click(interaction)
    reply = await _stored(interaction, reply_id)
    place = replace(place, publisher=interaction.user.id)
    page = await fill_page(_reading(interaction, reply, place))
    async with made_public(interaction, reply):
        await interaction.followup.send(**page.send_arguments())


async def _turn_to(
    interaction: Interaction, reply_id: str, place: FillPlace, other: str | None = None
) -> None:
    """Turn the clicked page, or open the clicker's own where it is not theirs.

    Raises:
        UserError: The reply is gone, or may not be asked again.
        EngineError: The engine failed.
    """
    if place.publisher in {0, interaction.user.id}:
        await acknowledge_click(interaction)
    else:
        place = place.private()
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
    reply = await _stored(interaction, reply_id)
    if reply.is_private:
        place = place.private()
    page = await fill_page(_reading(interaction, reply, place, other))
    await interaction.edit_original_response(**page.edit_arguments())


async def _stored(interaction: Interaction, reply_id: str) -> StoredReply:
    """Read a filled text.

    Raises:
        UserError: It is gone, another person's, or no text with gaps.
    """
    reply = await stored_reply(interaction, reply_id)
    if reply.kind != "rellenar":
        raise StaleItemError
    return reply


def _reading(
    interaction: Interaction, reply: StoredReply, place: FillPlace, other: str | None = None
) -> FillReading:
    return FillReading(
        client=interaction.client,
        reader_id=interaction.user.id,
        reply=reply,
        place=place,
        other=other,
    )


def _menu(client: Client, reply: StoredReply, place: FillPlace, filling: Filling) -> Items:
    """Return the menu of a page; none where it would be empty."""
    orders = [order for order in FILL_ORDERS if order != place.order_name]
    options = [*_order_options(orders if len(filling.gaps) > 1 else [])]
    options += _other_options([i for i in encoders(client) if i.name != filling.model])
    if not place.publisher:
        options.append(
            discord.SelectOption(
                label=explorer_texts.PUBLISH, value=_PUBLISH, description=texts.PUBLISH_HINT
            )
        )
    if not options:
        return []
    return [FillMenu(reply.reply_id, place.gap, place.order, place.publisher, options=options)]


def _order_options(orders: Sequence[FillOrder]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=texts.ORDER_NAMES[order], value=order, description=texts.ORDER_HINTS[order]
        )
        for order in orders
    ]


def _other_options(infos: Sequence[ModelInfo]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=clip(texts.COMPARE.format(model=info.display_name), _LABEL_LIMIT),
            value=_OTHER + info.name,
            description=texts.COMPARE_HINT,
        )
        for info in infos[:_MOST_OTHERS]
        if len(_OTHER + info.name) <= _VALUE_LIMIT
    ]


def _arrows(reply: StoredReply, place: FillPlace, count: int) -> Items:
    """Return «◀» and «▶» where there are several gaps."""
    if count == 1:
        return []
    back = replace(place, gap=max(place.gap - 1, 0))
    on = replace(place, gap=min(place.gap + 1, count - 1))
    return [
        _button(reply, back, Turn.BACK, texts.BEFORE, is_end=place.gap == 0),
        _button(reply, on, Turn.ON, texts.AFTER, is_end=place.gap == count - 1),
    ]


def _numbers(reply: StoredReply, place: FillPlace) -> FillButton:
    return _button(reply, replace(place, page=FillPage.NUMBERS), Turn.THERE, texts.NUMBERS)


def _attention(reply: StoredReply, place: FillPlace) -> FillButton:
    return _button(reply, replace(place, page=FillPage.ATTENTION), Turn.THERE, texts.ATTENTION)


def _back(reply: StoredReply, place: FillPlace) -> FillButton:
    return _button(reply, replace(place, page=FillPage.GAP), Turn.THERE, texts.BACK)


def _button(
    reply: StoredReply, place: FillPlace, turn: Turn, label: str, *, is_end: bool = False
) -> FillButton:
    return FillButton(reply.reply_id, *place.args, int(turn), label=label, disabled=is_end)


def _publishing(reply: StoredReply, place: FillPlace) -> Items:
    """Return «Publicar»; on a published page, what takes it away."""
    return _copy_buttons(reply, place) or [
        PublishFillButton(reply.reply_id, place.gap, place.order, int(place.page))
    ]


def _copy_buttons(reply: StoredReply, place: FillPlace) -> Items:
    if not place.publisher:
        return []
    return [DeleteCopyButton(reply.reply_id, place.publisher)]


def _orders() -> tuple[str, ...]:
    return FILL_ORDERS

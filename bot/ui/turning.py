"""The ways between the pages of an explorer: turn one, open one's own, publish one.

Pages are stateless: a click carries its `Place` and the rest is read again, so an explorer works
after a restart. A page in the channel is turned only by whoever published it; a click of anybody
else opens their own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import discord

from bot.client import Interaction, Reading
from bot.messages.live import Page
from bot.messages.place import Place, view_of
from bot.messages.responses import acknowledge, acknowledge_click
from bot.storage.records import StoredReply
from bot.ui.replies import made_public, stored_reply


async def turn_to(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Turn the clicked page to a place, or open the clicker's own where it is not theirs.

    Raises:
        UserError: The reply is gone, or the page refuses.
        EngineError: The page asks the engine, which failed.
    """
    is_for_one = interaction.client.pages[place.page].is_for_one
    is_stuck = is_for_one and not is_private(interaction)
    if is_stuck or place.publisher not in {0, interaction.user.id}:
        await open_at(interaction, reply_id, place)
        return
    with await _admitted(interaction, place):
        await acknowledge_click(interaction)
        await _show(interaction, await stored_reply(interaction, reply_id), place)


async def open_at(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Open the clicker's own explorer at a place.

    Raises:
        UserError: As `turn_to`.
        EngineError: As `turn_to`.
    """
    with await _admitted(interaction, place):
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if is_alive:
            reply = await stored_reply(interaction, reply_id)
            await _show(interaction, reply, place.private())


async def open_explorer(interaction: Interaction, reply: StoredReply, attempt: int = 0) -> None:
    """Open the clicker's own explorer of a stored reply, at its most surprising step.

    Args:
        interaction: Not answered yet.
        reply: Any reply with recorded steps; nothing is generated.
        attempt: 0-based attempt.

    Raises:
        UserError: Its steps were not recorded.
    """
    place = Place(attempt=attempt)
    view_of(reply, place)
    is_alive, _ = await acknowledge(interaction, ephemeral=True)
    if is_alive:
        await _show(interaction, reply, place)


async def open_beside(interaction: Interaction, reply: StoredReply, place: Place) -> None:
    """Send the clicker a page in a message of its own, after the first answer.

    Raises:
        UserError: As `turn_to`.
    """
    await _follow_up(interaction, await _page(interaction, reply, place), ephemeral=True)


async def publish(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Send a public copy of a page, whose text is public from then on.

    Args:
        interaction: Not answered yet.
        reply_id: Of the text.
        place: The page; its publisher is whoever clicked.

    Raises:
        UserError: As `turn_to`.
        EngineError: As `turn_to`.
    """
    with await _admitted(interaction, place):
        await acknowledge_click(interaction)
        reply = await stored_reply(interaction, reply_id)
        page = await _page(interaction, reply, place)
        async with made_public(interaction, reply):
            await _follow_up(interaction, page, ephemeral=False)


def is_private(interaction: Interaction) -> bool:
    """Tell whether only the clicker sees the clicked message."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _admitted(interaction: Interaction, place: Place) -> AbstractContextManager[object]:
    """Count a page that asks the engine as one of the clicker's requests while it is built."""
    client = interaction.client
    if not client.pages[place.page].is_costly:
        return nullcontext()
    return await client.limits.admit(interaction.user.id)


async def _page(interaction: Interaction, reply: StoredReply, place: Place) -> Page:
    client = interaction.client
    reading = Reading(client=client, reader_id=interaction.user.id, reply=reply, place=place)
    return await client.pages[place.page].build(reading)


async def _show(interaction: Interaction, reply: StoredReply, place: Place) -> None:
    page = await _page(interaction, reply, place)
    await interaction.edit_original_response(**page.edit_arguments())


async def _follow_up(interaction: Interaction, page: Page, *, ephemeral: bool) -> None:
    if isinstance(page.view, discord.ui.LayoutView):
        await interaction.followup.send(
            view=page.view,
            files=list(page.files),
            ephemeral=ephemeral,
            allowed_mentions=discord.AllowedMentions.none(),
        )

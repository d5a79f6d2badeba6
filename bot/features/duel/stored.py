"""The texts of a duel as a click finds them."""

from __future__ import annotations

from bot.client import Interaction
from bot.features.continuation.message import continuation_page
from bot.features.duel import texts
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.storage.records import StoredReply
from bot.texts import common
from bot.ui.carried import item_at, number_of
from bot.ui.replies import require_visible


async def stored_duel(interaction: Interaction, duel_id: str) -> tuple[StoredReply, ...]:
    """Return the texts of a duel that the clicker may see, at least one.

    Raises:
        UserError: They are gone, or shown to somebody else alone.
    """
    replies = await interaction.client.storage.replies.get_all(duel_ids(duel_id))
    if not replies:
        raise UserError(common.REPLY_GONE)
    for reply in replies:
        await require_visible(interaction, reply, interaction.message)
    return replies


async def chosen_text(interaction: Interaction, duel_id: str, place: str) -> StoredReply:
    """Return one text of a duel by what a menu has for it.

    Raises:
        UserError: It is gone, or shown to somebody else alone.
    """
    reply_id = item_at(duel_ids(duel_id), number_of(place))
    reply = await interaction.client.storage.replies.get(reply_id)
    if reply is None:
        raise UserError(texts.GONE)
    await require_visible(interaction, reply, interaction.message)
    return reply


def whole_page(interaction: Interaction, reply: StoredReply) -> Page:
    """Lay out one of the texts as a continuation.

    Raises:
        UserError: A crash came before it was written.
    """
    if not reply.completion.attempts:
        raise UserError(texts.GONE)
    return continuation_page(reply, Frame.of_reply(reply, ""), None, interaction.client.engine)

"""«Borrar»: takes a message and what is stored about it away."""

from __future__ import annotations

from collections.abc import Sequence

from bot.client import Interaction
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge_click
from bot.texts import common
from bot.ui.items import PersistentButton
from bot.ui.replies import is_owner, require_owner, require_visible


class DeleteButton(PersistentButton, action="borrar"):
    """Deletes the message and what is stored about it."""

    label = common.DELETE
    needs_reply = False

    async def respond(self, interaction: Interaction) -> None:
        """Delete it for its owner or a moderator."""
        await _delete(interaction, (self.reply_id,))


class DeleteDuelButton(PersistentButton, action="borrar-duelo"):
    """Deletes the message of a duel and all its texts."""

    label = common.DELETE
    needs_reply = False

    async def respond(self, interaction: Interaction) -> None:
        """Delete it for its owner or a moderator."""
        await _delete(interaction, duel_ids(self.reply_id))


async def _delete(interaction: Interaction, reply_ids: Sequence[str]) -> None:
    client = interaction.client
    replies = await client.storage.replies.get_all(reply_ids)
    for reply in replies:
        await require_visible(interaction, reply, interaction.message)
    is_moderator = interaction.permissions.manage_messages
    if replies and not (is_owner(interaction, replies[0]) or is_moderator):
        require_owner(interaction, replies[0])
    if not replies and not (is_moderator or _is_asker(interaction)):
        raise UserError(common.REPLY_GONE)
    await acknowledge_click(interaction)
    await client.storage.replies.delete(*reply_ids)
    for reply_id in reply_ids:
        client.pictures.forget(reply_id)
    await interaction.delete_original_response()


def _is_asker(interaction: Interaction) -> bool:
    metadata = interaction.message.interaction_metadata if interaction.message else None
    return metadata is not None and metadata.user.id == interaction.user.id

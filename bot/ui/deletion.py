"""«Borrar»: takes a message and what is stored about it away, for good after half a minute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.client import Interaction
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.responses import acknowledge_click, say
from bot.messages.trash import Discarded
from bot.storage.records import StoredReply
from bot.texts import common
from bot.ui.items import PersistentButton
from bot.ui.picture_page import layout_page
from bot.ui.renewal import as_new
from bot.ui.replies import is_owner, require_owner, require_visible
from bot.ui.turning import is_private


class DeleteButton(PersistentButton, action="borrar"):
    """Deletes the message and what is stored about it."""

    label = common.DELETE
    needs_reply = False

    async def respond(self, interaction: Interaction) -> None:
        """Delete it for its owner or a moderator."""
        await discard(interaction, (self.reply_id,))


class DeleteDuelButton(PersistentButton, action="borrar-duelo"):
    """Deletes the message of a duel and all its texts."""

    label = common.DELETE
    needs_reply = False

    async def respond(self, interaction: Interaction) -> None:
        """Delete it for its owner or a moderator."""
        await discard(interaction, duel_ids(self.reply_id))


class UndoButton(PersistentButton, action="deshacer"):
    """Brings a message back that was deleted a moment ago."""

    label = common.UNDO
    needs_reply = False

    async def respond(self, interaction: Interaction) -> None:
        """Show it again for whoever deleted it; where it is too late, take away what is left."""
        client = interaction.client
        discarded = client.trash.get(self.reply_id)
        if discarded is not None and discarded.by != interaction.user.id:
            raise UserError(common.UNDO_NOT_YOURS)
        if discarded is None:
            await acknowledge_click(interaction)
            await self._leave(interaction)
            return
        with client.trash.returning(self.reply_id):
            await acknowledge_click(interaction)
            await client.storage.replies.restore(discarded.removed)
            try:
                page = await discarded.build()
                await interaction.edit_original_response(**page.edit_arguments())
            except BaseException:
                # The message goes on saying that it is deleted, which has to be true.
                await client.storage.replies.remove(*discarded.removed.reply_ids)
                raise

    async def _leave(self, interaction: Interaction) -> None:
        """Take away what is left of a message, unless a click before this one brings it back."""
        client = interaction.client
        if client.trash.holds([self.reply_id]):
            return
        is_stored = await client.storage.replies.get(self.reply_id) is not None
        if is_stored or not _is_gone_page(interaction.message):
            return
        await interaction.delete_original_response()
        await say(interaction, common.UNDO_TOO_LATE)


async def discard(interaction: Interaction, reply_ids: Sequence[str]) -> None:
    """Delete the clicked message and its texts, for their owner or a moderator.

    Args:
        interaction: Not answered yet.
        reply_ids: Of all that the message shows.

    Raises:
        UserError: The person may not.
    """
    client = interaction.client
    replies = await client.storage.replies.get_all(reply_ids)
    for reply in replies:
        await require_visible(interaction, reply, interaction.message)
    is_moderator = interaction.permissions.manage_messages
    if replies and not (is_owner(interaction, replies[0]) or is_moderator):
        require_owner(interaction, replies[0])
    if not replies and not (is_moderator or _is_asker(interaction)):
        raise UserError(common.REPLY_GONE)
    if client.trash.holds(reply_ids):
        await acknowledge_click(interaction)
        return
    with client.trash.moving(reply_ids):
        await _delete(interaction, replies, reply_ids)


async def _delete(
    interaction: Interaction, replies: tuple[StoredReply, ...], reply_ids: Sequence[str]
) -> None:
    client = interaction.client
    await acknowledge_click(interaction)
    if not replies:
        await interaction.delete_original_response()
        return
    removed = await client.storage.replies.remove(*reply_ids)
    for reply_id in reply_ids:
        client.pictures.forget(reply_id)
    key = replies[0].reply_id
    discarded = Discarded(
        by=interaction.user.id,
        removed=removed,
        build=_builder(interaction, replies),
        end=interaction.delete_original_response,
    )
    client.trash.put(key, discarded)
    await interaction.edit_original_response(**_gone_page(interaction, key).edit_arguments())


def _builder(
    interaction: Interaction, replies: tuple[StoredReply, ...]
) -> Callable[[], Awaitable[Page]]:
    """Return what builds the message again; words that are not stored come from itself."""
    client = interaction.client
    kind = client.kinds[replies[0].kind]

    async def page() -> Page:
        if kind.redrawn is not None:
            shown = await kind.redrawn(interaction, replies[0])
        else:
            shown = await kind.finished(client, replies, is_private(interaction))
        if shown.view is not None:
            # «Borrar» may have been chosen in a menu.
            as_new(shown.view, interaction.message)
        return shown

    return page


def _gone_page(interaction: Interaction, reply_id: str) -> Page:
    if interaction.message is not None and interaction.message.flags.components_v2:
        return layout_page(common.DELETED, (UndoButton(reply_id),))
    view = discord.ui.View(timeout=None)
    view.add_item(UndoButton(reply_id))
    return Page(content=common.DELETED, view=view)


def _is_gone_page(message: discord.Message | None) -> bool:
    """Tell whether «Deshacer» is all that can be clicked in a message."""
    if message is None:
        return False
    items = discord.ui.LayoutView.from_message(message, timeout=None).walk_children()
    clickable = [str(item.custom_id) for item in items if hasattr(item, "custom_id")]
    return len(clickable) == 1 and clickable[0].startswith(f"u:{UndoButton.action}:")


def _is_asker(interaction: Interaction) -> bool:
    metadata = interaction.message.interaction_metadata if interaction.message else None
    return metadata is not None and metadata.user.id == interaction.user.id

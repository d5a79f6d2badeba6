"""The stored reply that an item belongs to, and who may do what with it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

from bot.client import Interaction
from bot.messages.errors import UserError
from bot.messages.responses import NETWORK_ERRORS
from bot.render.markdown import escape
from bot.storage.errors import StorageError
from bot.storage.records import StoredReply
from bot.texts import common as texts

_log = logging.getLogger(__name__)


async def stored_reply(interaction: Interaction, reply_id: str) -> StoredReply:
    """Read the reply that an item belongs to.

    Raises:
        UserError: It was deleted or is past its retention, or it is another person's private one.
    """
    reply = await interaction.client.storage.replies.get(reply_id)
    if reply is None:
        raise UserError(texts.REPLY_GONE)
    await require_visible(interaction, reply, interaction.message)
    return reply


async def require_visible(
    interaction: Interaction, reply: StoredReply, message: discord.Message | None
) -> None:
    """Refuse a private reply to anybody but its owner, whoever knows its id.

    A reply of an old version does not say that it is public; its own message in a channel does.

    Args:
        interaction: Of the reader.
        reply: What is to be read.
        message: The one that was clicked, which everybody sees who can click it.

    Raises:
        UserError: It is another person's, which is not even said to exist.
    """
    if not reply.is_private or is_owner(interaction, reply):
        return
    if message is None or message.id != reply.message_id or message.flags.ephemeral:
        raise UserError(texts.REPLY_GONE)
    try:
        await interaction.client.storage.replies.set_public(reply.reply_id)
    except StorageError as error:
        # It is read all the same; the next click tries again.
        _log.error("the reply %s still counts as private: %r", reply.reply_id[:8], error)


@asynccontextmanager
async def made_public(interaction: Interaction, reply: StoredReply) -> AsyncIterator[None]:
    """Let everybody read a reply before a message shows it; take that back if none does.

    Whoever sees a message may click it before its sender hears that it is there.

    Args:
        interaction: Of whoever publishes.
        reply: As it was read before.

    Raises:
        StorageError: It could not be noted, so nothing may be sent.
    """
    replies = interaction.client.storage.replies
    await replies.set_public(reply.reply_id)
    try:
        yield
    except NETWORK_ERRORS:
        raise  # The message may be there all the same.
    except Exception:
        if reply.is_private:
            try:
                await replies.set_public(reply.reply_id, is_public=False)
            except StorageError as error:
                _log.error("the reply %s stays public: %r", reply.reply_id[:8], error)
        raise


def require_kept(reply: StoredReply, refusal: str, *, with_ids: bool = False) -> None:
    """Refuse a text whose prompt is another person's message.

    Args:
        reply: The text.
        refusal: What is said then.
        with_ids: Refuse it too where the prompt's token ids are not stored, as in old replies.

    Raises:
        UserError: It is refused.
    """
    if not reply.is_prompt_kept or (with_ids and not reply.completion.prompt_ids):
        raise UserError(refusal)


def is_owner(interaction: Interaction, reply: StoredReply) -> bool:
    """Tell whether the person who clicked asked for the reply."""
    return interaction.user.id == reply.owner_id


def require_owner(interaction: Interaction, reply: StoredReply) -> None:
    """Refuse a click of somebody else.

    Raises:
        UserError: It names the owner and says what can be done instead.
    """
    if not is_owner(interaction, reply):
        raise UserError(texts.NOT_YOURS.format(owner=owner_name(interaction, reply.owner_id)))


def owner_name(interaction: Interaction, owner_id: int) -> str:
    """Name a reply's owner: from the message, else as a mention (which pings nobody)."""
    metadata = interaction.message.interaction_metadata if interaction.message else None
    if metadata is not None and metadata.user.id == owner_id:
        return escape(metadata.user.display_name)
    return f"<@{owner_id}>"

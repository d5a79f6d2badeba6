"""The words of a message that a menu was used on."""

from __future__ import annotations

import copy

import discord


def text_of(message: discord.Message) -> str:
    """Return a message's text as people see it; a forwarded one has it in its snapshot."""
    if not message.content and message.message_snapshots:
        message = copy.copy(message)
        message.content = message.message_snapshots[0].content
    return message.clean_content


def is_text_of(message: discord.Message, user_id: int) -> bool:
    """Tell whether a person wrote a message; of a forwarded one nobody knows who did."""
    return message.author.id == user_id and not message.message_snapshots

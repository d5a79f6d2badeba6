"""What this process knows of a person who wants everything deleted, and does for them."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import NamedTuple

from bot.client import Client
from bot.storage.errors import StorageError

_log = logging.getLogger(__name__)

_MARK = "deleted"
_MARK_S = 600.0
"""How long the others have to notice; then the person's number is forgotten too."""


class Stopped(NamedTuple):
    """What was stopped."""

    requests: int
    others: int


async def stop_all_of(client: Client, user_id: int) -> Stopped:
    """End a person's requests, files and cells without a word.

    Raises:
        TimeoutError: One of them did not end within a few seconds.
    """
    requests = await client.jobs.stop_all_of(user_id)
    files = await client.batches.withdraw(user_id)
    return Stopped(requests, files + await client.lessons.running.withdraw(user_id))


async def forget_all_of(client: Client, user_id: int) -> None:
    """Drop what is in memory and may have a person's words, of whomever it is."""
    await client.trash.empty()
    client.pictures.forget()
    client.at_hand.forget(user_id)


async def tell_others(client: Client, user_id: int) -> bool:
    """Mark for the other processes of the bot that everything of a person is deleted.

    Returns:
        Whether they will know; where there are none, they do.
    """
    process = client.storage.process
    if process.is_alone:
        return True
    try:
        await client.storage.holds.put(f"{_MARK}:{user_id}:{process.name}", _MARK_S)
    except StorageError as error:
        _log.error("the other processes do not know of a deletion: %r", error)
        return False
    return True


async def told_by_others(client: Client) -> set[tuple[int, datetime]]:
    """Return who has been deleted by other processes lately, with a moment that tells when."""
    marks = await client.storage.holds.under(f"{_MARK}:")
    parts = [(key.split(":"), until) for key, until in marks.items()]
    own = client.storage.process.name
    return {(int(user_id), until) for (_, user_id, name), until in parts if name != own}

"""Everything about one person is deleted, a few rows at a time: others write in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import CTE, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import personal
from bot.storage.database import Database
from bot.storage.preferences import row_of
from bot.storage.records import StoredReply, UserData
from bot.storage.replies import values_of
from bot.storage.schema import (
    batches,
    branches,
    games,
    guesses,
    holds,
    jobs,
    lesson_doubts,
    lessons,
    preferences,
    replies,
    votes,
)
from engine import Completion, EngineError, GenerationRequest
from engine.packing import unpack

logger = logging.getLogger(__name__)

BATCH_BYTES = 4_000_000
"""Of the texts deleted at once: whoever else writes waits for them."""
_RELEASES = 10
"""Texts of others rewritten at once: each takes milliseconds."""


async def delete_person(database: Database, user_id: int) -> UserData:
    """Delete what exists about a person when this begins; return what it was.

    Their words are also taken out of what others have branched from their texts.
    """
    async with database.reading() as connection:
        found = await personal.count_rows(connection, user_id)
        sizes = await _sizes(connection, user_id)
    if found.is_empty:
        return found
    async with database.deleting() as connection:
        await connection.execute(delete(preferences).where(row_of("user", user_id)))
        await connection.execute(delete(jobs).where(jobs.c.owner_id == user_id))
        await connection.execute(delete(votes).where(votes.c.voter_id == user_id))
        await connection.execute(delete(batches).where(batches.c.owner_id == user_id))
        await connection.execute(delete(lesson_doubts).where(lesson_doubts.c.person_id == user_id))
        await connection.execute(delete(lessons).where(lessons.c.owner_id == user_id))
        await connection.execute(delete(guesses).where(guesses.c.voter_id == user_id))
        await connection.execute(delete(games).where(games.c.host_id == user_id))
        await connection.execute(delete(holds).where(holds.c.person_id == user_id))
    released: set[str] = set()
    for ids in _batches(sizes):
        while not await _delete_texts(database, user_id, ids, released):
            pass
    database.has_deleted.set()
    return found


async def _sizes(connection: AsyncConnection, user_id: int) -> list[tuple[str, int]]:
    """Return the ids and bytes of a person's texts."""
    query = select(replies.c.reply_id, replies.c.size_bytes).where(replies.c.owner_id == user_id)
    return [(row.reply_id, row.size_bytes) for row in await connection.execute(query)]


def _batches(sizes: list[tuple[str, int]]) -> Iterator[list[str]]:
    """Group ids, so that a group passes `BATCH_BYTES` by one text at most."""
    batch, total = [], 0
    for reply_id, size_bytes in sizes:
        batch.append(reply_id)
        total += size_bytes
        if total >= BATCH_BYTES:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


async def _delete_texts(
    database: Database, user_id: int, ids: Sequence[str], released: set[str]
) -> bool:
    """Delete texts, once nothing of others has their words; otherwise take them out of a few.

    Args:
        database: Where they are.
        user_id: Their owner.
        ids: The texts.
        released: What the words have been taken out of; grows.

    Returns:
        Whether the texts are gone.
    """
    async with database.deleting() as connection:
        below = await _of_others(connection, user_id, ids)
        due = [reply_id for reply_id in below if reply_id not in released]
        for reply_id in due[:_RELEASES]:
            await _release(connection, reply_id)
        released.update(due[:_RELEASES])
        if len(due) > _RELEASES:
            return False
        await connection.execute(delete(replies).where(replies.c.reply_id.in_(ids)))
    return True


async def _of_others(
    connection: AsyncConnection, user_id: int, ids: Sequence[str]
) -> Sequence[str]:
    """Return the ids of what others have branched from these texts, however far below."""
    below = _below(ids)
    query = select(replies.c.reply_id).join(below, below.c.reply_id == replies.c.reply_id)
    return (await connection.scalars(query.where(replies.c.owner_id != user_id))).all()


def _below(ids: Sequence[str]) -> CTE:
    below = (
        select(branches.c.reply_id)
        .where(branches.c.parent_id.in_(ids))
        .cte("below", recursive=True)
    )
    deeper = select(branches.c.reply_id).join(below, below.c.reply_id == branches.c.parent_id)
    return below.union(deeper)


async def _release(connection: AsyncConnection, reply_id: str) -> None:
    """Take the words that a text goes on from out of it.

    What this version cannot read is deleted: the words may be in it.
    """
    is_it = replies.c.reply_id == reply_id
    row = (await connection.execute(select(replies).where(is_it))).one()
    try:
        values = await asyncio.to_thread(_released, row)
    except (ValueError, KeyError, TypeError, EngineError) as error:
        extra = {"reply_id": reply_id[:8], "reason": type(error).__name__}
        logger.warning("replies.unreadable", extra=extra)
        await connection.execute(delete(replies).where(is_it))
    else:
        await connection.execute(update(replies).where(is_it).values(**values))


def _released(row: Row[Any]) -> dict[str, Any]:
    """Return a row without the words that its text goes on from, nor their token ids."""
    fields = dict(row._mapping)
    del fields["size_bytes"]
    request = replace(unpack(GenerationRequest, row.request), prefix_ids=())
    fields |= {"request": request, "completion": unpack(Completion, row.completion)}
    return values_of(StoredReply(**fields | {"is_prompt_kept": False}))

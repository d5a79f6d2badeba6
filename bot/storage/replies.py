"""Finished texts with their traces."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, update

from bot.storage.database import Database
from bot.storage.packing import pack, unpack
from bot.storage.records import StoredReply
from bot.storage.schema import replies as table
from engine import Completion, EngineError, GenerationRequest

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
ROW_OVERHEAD_BYTES = 1024
"""What a reply takes beside its packed values: columns, indexes, half-filled pages (measured)."""

_BATCH = 20
"""Replies deleted at once: other writers get their turn in between."""


class RepliesRepository:
    """One row per reply; its values are packed and unpacked in a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, reply: StoredReply) -> None:
        """Insert or replace a reply; another person's prompt is left out."""
        await self._database.put(table, await asyncio.to_thread(_values, reply))

    async def get(self, reply_id: str) -> StoredReply | None:
        """Return a reply, or None if it is gone or this version cannot read it."""
        return await self._first(table.c.reply_id == reply_id)

    async def find_by_message(self, message_id: int) -> StoredReply | None:
        """Return the newest reply that a message shows, or None."""
        return await self._first(table.c.message_id == message_id)

    async def set_message(self, reply_id: str, channel_id: int, message_id: int) -> None:
        """Note the message that shows a reply."""
        change = update(table).where(table.c.reply_id == reply_id)
        async with self._database.writing() as connection:
            await connection.execute(change.values(channel_id=channel_id, message_id=message_id))

    async def delete(self, reply_id: str) -> None:
        """Delete a reply, if it is there."""
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.reply_id == reply_id))

    async def prune(self, retention_days: int, max_data_mb: int, now: datetime) -> int:
        """Delete what is older, then the oldest beyond the size; give its space back.

        Args:
            retention_days: Days that a reply is kept.
            max_data_mb: Most megabytes (10⁶ bytes) of all replies.
            now: Aware.

        Returns:
            The number of replies deleted.
        """
        doomed = await self._doomed(now - timedelta(days=retention_days), max_data_mb * MEGABYTE)
        for start in range(0, len(doomed), _BATCH):
            batch = doomed[start : start + _BATCH]
            async with self._database.writing() as connection:
                await connection.execute(delete(table).where(table.c.reply_id.in_(batch)))
        if doomed:
            await self._database.give_back_space()
            logger.info("replies.pruned", extra={"removed": len(doomed)})
        return len(doomed)

    async def _doomed(self, expired_before: datetime, limit_bytes: int) -> list[str]:
        """Return the ids of what is too old or too much, oldest first."""
        newest_first = (table.c.created_at.desc(), table.c.reply_id.desc())
        total = func.sum(table.c.size_bytes).over(order_by=newest_first)
        ages = select(table.c.reply_id, table.c.created_at, total.label("total")).subquery()
        query = (
            select(ages.c.reply_id)
            .where(or_(ages.c.created_at < expired_before, ages.c.total > limit_bytes))
            .order_by(ages.c.created_at)
        )
        async with self._database.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def _first(self, condition: ColumnElement[bool]) -> StoredReply | None:
        query = select(table).where(condition).order_by(table.c.created_at.desc()).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else await asyncio.to_thread(_reply, row)


def _values(reply: StoredReply) -> dict[str, Any]:
    kept = reply.without_foreign_prompt()
    request, completion = pack(kept.request), pack(kept.completion)
    return {
        "reply_id": kept.reply_id,
        "kind": kept.kind,
        "owner_id": kept.owner_id,
        "guild_id": kept.guild_id,
        "channel_id": kept.channel_id,
        "message_id": kept.message_id,
        "is_prompt_kept": kept.is_prompt_kept,
        "created_at": kept.created_at,
        "size_bytes": len(request) + len(completion) + ROW_OVERHEAD_BYTES,
        "request": request,
        "completion": completion,
    }


def _reply(row: Row[Any]) -> StoredReply | None:
    fields = dict(row._mapping)
    del fields["size_bytes"]
    try:
        fields["request"] = unpack(GenerationRequest, row.request)
        fields["completion"] = unpack(Completion, row.completion)
    except (ValueError, EngineError) as error:
        logger.warning("replies.unreadable", extra={"reply_id": row.reply_id, "reason": str(error)})
        return None
    return StoredReply(**fields)

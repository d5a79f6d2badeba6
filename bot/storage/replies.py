"""Finished texts with their traces."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, delete, func, or_, select, update

from bot.storage import removal
from bot.storage.database import Database, upsert
from bot.storage.process import Process
from bot.storage.records import StoredReply
from bot.storage.removal import Removed
from bot.storage.schema import jobs
from bot.storage.schema import replies as table
from engine import Completion, EngineError, GenerationRequest
from engine.packing import pack, unpack

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
ROW_OVERHEAD_BYTES = 1024
"""What a reply takes beside its packed values: columns, indexes, half-filled pages (measured)."""

_KEPT_UNPACKED = 16
_Values = tuple[GenerationRequest, Completion]
_BATCH = 20
"""Replies deleted at once: other writers get their turn in between."""


class RepliesRepository:
    """One row per reply; its values are packed and unpacked in a thread.

    A whole class may open the same reply at once, so the last ones stay unpacked.
    """

    def __init__(self, database: Database, process: Process) -> None:
        self._database = database
        self._process = process
        self._unpacking = threading.Lock()
        self._unpacked: OrderedDict[tuple[bytes, bytes], _Values] = OrderedDict()

    async def save(self, *replies: StoredReply) -> None:
        """Insert or replace replies, all or none; another person's prompt is left out."""
        rows = await asyncio.to_thread(lambda: [values_of(reply) for reply in replies])
        await self._database.put(table, *rows)

    async def save_of_job(self, job_id: str, *replies: StoredReply) -> bool:
        """Save replies unless their job's row is gone: its owner may have deleted everything.

        Another process may also have taken it over, and is writing them.

        Returns:
            Whether they were saved.
        """
        rows = await asyncio.to_thread(lambda: [values_of(reply) for reply in replies])
        row = select(jobs.c.job_id).where(
            jobs.c.job_id == job_id, self._process.has(jobs.c.process)
        )
        row = row.with_for_update()
        async with self._database.writing() as connection:
            if await connection.scalar(row) is None:
                return False
            for values in rows:
                await connection.execute(upsert(connection.dialect, table, values))
        return True

    async def get(self, reply_id: str) -> StoredReply | None:
        """Return a reply, or None if it is gone or this version cannot read it."""
        return await self._first(table.c.reply_id == reply_id)

    async def get_all(self, reply_ids: Sequence[str]) -> tuple[StoredReply, ...]:
        """Return those replies that are here and can be read, in the order of their ids."""
        query = select(table).where(table.c.reply_id.in_(reply_ids)).order_by(table.c.reply_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = await asyncio.to_thread(lambda: [self._reply(row) for row in rows])
        return tuple(reply for reply in found if reply is not None)

    async def find_by_message(self, message_id: int) -> StoredReply | None:
        """Return the newest reply that a message shows, the first of several, or None."""
        return await self._first(table.c.message_id == message_id)

    async def set_message(self, reply_ids: Sequence[str], channel_id: int, message_id: int) -> None:
        """Note the message that shows replies."""
        change = update(table).where(table.c.reply_id.in_(reply_ids))
        values = {"channel_id": channel_id, "message_id": message_id}
        await self._database.execute(change.values(values))

    async def set_public(self, reply_id: str, *, is_public: bool = True) -> None:
        """Note that a reply is shown in a channel, or that it is not after all."""
        change = update(table).where(table.c.reply_id == reply_id)
        await self._database.execute(change.values(is_private=not is_public))

    async def keep(self, reply_id: str, attempt: int | None) -> None:
        """Note the 0-based attempt that the message shows from now on; None means all."""
        change = update(table).where(table.c.reply_id == reply_id)
        await self._database.execute(change.values(kept=attempt))

    async def delete(self, *reply_ids: str) -> None:
        """Delete replies, those that are there."""
        async with self._database.deleting() as connection:
            await connection.execute(delete(table).where(table.c.reply_id.in_(reply_ids)))
        self._database.has_deleted.set()
        self.forget()

    async def remove(self, *reply_ids: str) -> Removed:
        """Delete replies as `delete` does; return what `restore` puts back."""
        async with self._database.deleting() as connection:
            removed = await removal.remove(connection, reply_ids)
        self._database.has_deleted.set()
        self.forget()
        return removed

    async def restore(self, removed: Removed) -> None:
        """Put back what was removed."""
        async with self._database.writing() as connection:
            await removal.restore(connection, removed)

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
            async with self._database.deleting() as connection:
                await connection.execute(delete(table).where(table.c.reply_id.in_(batch)))
        if doomed:
            self._database.has_deleted.set()
            logger.info("replies.pruned", extra={"removed": len(doomed)})
        return len(doomed)

    async def _doomed(self, expired_before: datetime, limit_bytes: int) -> list[str]:
        """Return the ids of what is too old or too much, oldest first."""
        newest_first = (table.c.created_at.desc(), table.c.reply_id.desc())
        total = func.sum(table.c.size_bytes, type_=BigInteger).over(order_by=newest_first)
        ages = select(table.c.reply_id, table.c.created_at, total.label("total")).subquery()
        query = (
            select(ages.c.reply_id)
            .where(or_(ages.c.created_at < expired_before, ages.c.total > limit_bytes))
            .order_by(ages.c.created_at)
        )
        async with self._database.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def _first(self, condition: ColumnElement[bool]) -> StoredReply | None:
        newest_first = (table.c.created_at.desc(), table.c.reply_id)
        query = select(table).where(condition).order_by(*newest_first).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else await asyncio.to_thread(self._reply, row)

    def forget(self) -> None:
        """Drop what is kept in memory."""
        with self._unpacking:
            self._unpacked.clear()

    def _reply(self, row: Row[Any]) -> StoredReply | None:
        fields = dict(row._mapping)
        del fields["size_bytes"]
        try:
            fields["request"], fields["completion"] = self._unpack(row.request, row.completion)
        except (ValueError, EngineError) as error:
            extra = {"reply_id": row.reply_id[:8], "reason": type(error).__name__}
            logger.warning("replies.unreadable", extra=extra)
            return None
        return StoredReply(**fields)

    def _unpack(self, request: bytes, completion: bytes) -> _Values:
        """Unpack once what several threads ask for at once."""
        with self._unpacking:
            key = (request, completion)
            if key not in self._unpacked:
                self._unpacked[key] = (
                    unpack(GenerationRequest, request),
                    unpack(Completion, completion),
                )
            self._unpacked.move_to_end(key)
            while len(self._unpacked) > _KEPT_UNPACKED:
                self._unpacked.popitem(last=False)
            return self._unpacked[key]


def values_of(reply: StoredReply) -> dict[str, Any]:
    """Return a reply's row; another person's prompt is left out. Takes milliseconds."""
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
        "is_private": kept.is_private,
        "kept": kept.kept,
    }

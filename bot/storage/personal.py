"""Everything that is kept about one person: counting it, reading it and deleting it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import CTE, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.packing import unpack, unpack_fields
from bot.storage.preferences import decode, row_of
from bot.storage.records import PersonalText, Preferences, StoredReply, UserData
from bot.storage.replies import values_of
from bot.storage.schema import branches, jobs, preferences, replies
from engine import Completion, EngineError, GenerationRequest

logger = logging.getLogger(__name__)


async def count_rows(connection: AsyncConnection, user_id: int) -> UserData:
    """Return what exists about a person."""
    texts = (
        await connection.execute(
            select(
                func.count(),
                func.min(replies.c.created_at),
                func.max(replies.c.created_at),
                func.coalesce(func.sum(replies.c.size_bytes), 0),
            ).where(replies.c.owner_id == user_id)
        )
    ).one()
    running = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(jobs.c.size_bytes), 0)).where(
                jobs.c.owner_id == user_id
            )
        )
    ).one()
    chosen = (
        await connection.execute(
            select(preferences.c.params, preferences.c.model).where(row_of("user", user_id))
        )
    ).one_or_none()
    chosen_bytes = 0 if chosen is None else len(f"{chosen.params}{chosen.model or ''}".encode())
    return UserData(
        user_id=user_id,
        preferences=Preferences() if chosen is None else decode(chosen.params, chosen.model),
        replies=texts[0],
        jobs=running[0],
        first_at=texts[1],
        last_at=texts[2],
        size_bytes=int(texts[3]) + int(running[1]) + chosen_bytes,
    )


async def newest_ids(connection: AsyncConnection, user_id: int, limit: int) -> list[str]:
    """Return the ids of a person's texts, newest first."""
    query = (
        select(replies.c.reply_id)
        .where(replies.c.owner_id == user_id)
        .order_by(replies.c.created_at.desc(), replies.c.reply_id.desc())
        .limit(limit)
    )
    return list((await connection.scalars(query)).all())


async def rows_of(connection: AsyncConnection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the rows of these texts that are still there, newest first."""
    query = select(replies).where(replies.c.reply_id.in_(ids))
    order = (replies.c.created_at.desc(), replies.c.reply_id.desc())
    return (await connection.execute(query.order_by(*order))).all()


def read_texts(rows: Sequence[Row[Any]]) -> list[PersonalText]:
    """Unpack rows, without what this version cannot read. Takes milliseconds each."""
    found = []
    for row in rows:
        try:
            found.append(_text(row))
        except (ValueError, KeyError, TypeError, EngineError) as error:
            extra = {"reply_id": row.reply_id[:8], "reason": type(error).__name__}
            logger.warning("replies.unreadable", extra=extra)
    return found


def _text(row: Row[Any]) -> PersonalText:
    completion = unpack_fields(row.completion)
    return PersonalText(
        kind=row.kind,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        created_at=row.created_at,
        request=unpack(GenerationRequest, row.request),
        model=completion["model"],
        texts=tuple(attempt["text"] for attempt in completion["attempts"]),
        prefix_text=completion.get("prefix_text"),
    )


async def delete_rows(connection: AsyncConnection, user_id: int) -> None:
    """Delete every row of a person."""
    await connection.execute(delete(preferences).where(row_of("user", user_id)))
    await connection.execute(delete(replies).where(replies.c.owner_id == user_id))
    await connection.execute(delete(jobs).where(jobs.c.owner_id == user_id))


async def release_branches(connection: AsyncConnection, user_id: int) -> None:
    """Take a person's words out of what others have branched from their texts.

    What this version cannot read is deleted: the words may be in it.
    """
    below = _branched_from(user_id)
    query = select(replies.c.reply_id).join(below, below.c.reply_id == replies.c.reply_id)
    ids = (await connection.scalars(query.where(replies.c.owner_id != user_id))).all()
    for reply_id in ids:
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


def _branched_from(user_id: int) -> CTE:
    """Return the ids of all that hangs on a person's texts, however far below."""
    below = (
        select(branches.c.reply_id)
        .join(replies, replies.c.reply_id == branches.c.parent_id)
        .where(replies.c.owner_id == user_id)
        .cte("below", recursive=True)
    )
    deeper = select(branches.c.reply_id).join(below, below.c.reply_id == branches.c.parent_id)
    return below.union(deeper)


def _released(row: Row[Any]) -> dict[str, Any]:
    """Return a row without the words that its text goes on from, nor their token ids."""
    fields = dict(row._mapping)
    del fields["size_bytes"]
    request = replace(unpack(GenerationRequest, row.request), prefix_ids=())
    fields |= {"request": request, "completion": unpack(Completion, row.completion)}
    return values_of(StoredReply(**fields | {"is_prompt_kept": False}))

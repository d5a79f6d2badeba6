"""Everything that is kept about one person: counting it and deleting it."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.preferences import decode, row_of
from bot.storage.records import Preferences, UserData
from bot.storage.schema import jobs, preferences, replies


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


async def delete_rows(connection: AsyncConnection, user_id: int) -> None:
    """Delete every row of a person."""
    await connection.execute(delete(preferences).where(row_of("user", user_id)))
    await connection.execute(delete(replies).where(replies.c.owner_id == user_id))
    await connection.execute(delete(jobs).where(jobs.c.owner_id == user_id))

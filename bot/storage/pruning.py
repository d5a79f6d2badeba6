"""What is too old or too much, of anything that goes on for a while and then ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Table, delete, func, select

from bot.storage.database import Database

_LEFT_BEHIND = timedelta(days=30)


async def prune_ended(
    database: Database,
    table: Table,
    has_ended: ColumnElement[bool],
    *,
    retention_days: int,
    limit_bytes: int,
    now: datetime,
) -> int:
    """Delete what ended and is older, then the oldest of it beyond the size.

    What still goes on a month later has been left behind: by a version that cannot read it, or by
    another bot.

    Args:
        database: Where it is.
        table: With one key, `created_at` and `size_bytes`; what belongs to a row goes with it.
        has_ended: Of a row.
        retention_days: How long it is kept.
        limit_bytes: How much all of it may take.
        now: The time to delete by.

    Returns:
        The number of rows deleted.
    """
    (key,) = table.primary_key
    oldest = now - timedelta(days=retention_days)
    newest_first = (table.c.created_at.desc(), key.desc())
    total = func.sum(table.c.size_bytes, type_=BigInteger).over(order_by=newest_first)
    found = select(
        key.label("key"),
        table.c.created_at,
        has_ended.label("has_ended"),
        total.label("total"),
    ).subquery()
    is_left_behind = found.c.created_at < oldest - _LEFT_BEHIND
    is_old = (found.c.created_at < oldest) & (found.c.has_ended | is_left_behind)
    is_too_much = found.c.has_ended & (found.c.total > limit_bytes)
    async with database.reading() as connection:
        doomed = list(
            (await connection.scalars(select(found.c.key).where(is_old | is_too_much))).all()
        )
    if doomed:
        async with database.deleting() as connection:
            await connection.execute(delete(table).where(key.in_(doomed)))
        database.has_deleted.set()
    return len(doomed)

"""Which time to delete by: the clock may be wrong, and what is deleted does not come back.

A clock that is a year ahead (a machine that starts before it has asked for the time, a slip of an
admin) would make all texts old at once. So the time to delete by is kept in the database. It begins
with the newest text, follows the clock, and moves by `STEP` at most each time: hourly, that is no
delay while the bot runs, and a wrong clock costs `STEP` of the oldest texts an hour instead of all.
After a long pause of the bot it catches up within days, on a server where nobody writes too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.storage.database import Database
from bot.storage.schema import replies
from bot.storage.state import StateRepository

STEP = timedelta(hours=6)
KEY = "deleted_by"


async def time_to_delete_by(database: Database, now: datetime) -> datetime:
    """Move the time to delete by towards the clock, and return it; never later than the clock.

    Args:
        database: Keeps it.
        now: By the clock; aware.
    """
    state = StateRepository(database)
    stored = await state.get(KEY)
    before = await _newest(database) if stored is None else datetime.fromisoformat(stored)
    if before is None:
        before = now
    moved = max(before, min(now, before + STEP))
    await state.set(KEY, moved.isoformat())
    return min(now, moved)


async def _newest(database: Database) -> datetime | None:
    async with database.reading() as connection:
        newest: datetime | None = await connection.scalar(select(func.max(replies.c.created_at)))
    return newest

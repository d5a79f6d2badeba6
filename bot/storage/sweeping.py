"""What deleted rows leave behind in an SQLite file is taken out, in small steps, while others work.

`secure_delete` overwrites a row as it is deleted. That leaves its page images in the write-ahead
log, its space in the file, and now and then a copy of a cell that SQLite had moved within its tree.
Writing the whole file anew would end all three at once, and keep everybody waiting meanwhile.
The small tables and all indexes are written anew instead. The trees of the texts and of the files'
rows are too large for that: a copy that a row left in one, when rows before it grew or went, stays
until SQLite uses that place again. It is rare (1 of 390 random histories in which rows grow by a
message's id).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from bot.storage import sqlite
from bot.storage.database import Database
from bot.storage.errors import StorageError
from bot.storage.schema import (
    batch_rows,
    batches,
    branches,
    game_rounds,
    games,
    guesses,
    jobs,
    lesson_cells,
    lesson_doubts,
    lessons,
    preferences,
    replies,
    votes,
)

logger = logging.getLogger(__name__)

OnDamage = Callable[[StorageError], None]
LARGE_BYTES = 64_000_000
RETRY_S = 60.0
"""Seconds until a sweep that failed is tried again."""
_SMALL_TABLES = tuple(
    table.name
    for table in (
        preferences,
        jobs,
        branches,
        votes,
        batches,
        lessons,
        lesson_doubts,
        games,
        game_rounds,
        guesses,
    )
)
_LARGE_TABLES = (replies.name, batch_rows.name, lesson_cells.name)
_PAGES = 512
"""Pages given back at once: 2 MB."""
_LOG_RETRY_S = 0.1
"""Seconds until the log is tried again while somebody reads it; doubles up to `RETRY_S`."""


@asynccontextmanager
async def swept(database: Database, on_damage: OnDamage) -> AsyncIterator[None]:
    """Sweep in the background: at once, since a process may end before it has, and when asked.

    Args:
        database: What is swept; only SQLite needs it.
        on_damage: Told what a look at a large file finds; that file is not swept any more, since
            what it still has may be wanted. A small one was looked at before.
    """
    if database.path is None:
        yield
        return
    database.has_deleted.set()
    sweeping = asyncio.create_task(_sweep_sound(database, database.path, on_damage))
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


def is_large(path: Path) -> bool:
    """Whether damage is looked for while the bot works: a start does not wait for a slow disk."""
    return sqlite.size_bytes(path) > LARGE_BYTES


async def sweep(database: Database, path: Path) -> None:
    """Leave nothing of deleted rows in the file nor in its log.

    Raises:
        StorageError: Another program keeps the file locked, the disk is full, …
    """
    await database.maintain(database.reserve.lend)
    for table in _SMALL_TABLES:
        await database.maintain(partial(sqlite.rebuild_table, path, table))
    for table in _LARGE_TABLES:
        for index in await database.maintain(partial(sqlite.index_names, path, table)):
            await database.maintain(partial(sqlite.rebuild_index, path, index))
    while await database.maintain(partial(sqlite.shrink, path, _PAGES)):
        pass
    pause_s = _LOG_RETRY_S
    await asyncio.to_thread(sqlite.copy_log, path)
    while not await database.maintain(partial(sqlite.empty_log, path)):
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, RETRY_S)
        await asyncio.to_thread(sqlite.copy_log, path)
    await database.maintain(database.reserve.fill)


async def _sweep_sound(database: Database, path: Path, on_damage: OnDamage) -> None:
    try:
        if is_large(path):
            await sqlite.require_sound_in_background(path)
    except StorageError as error:
        logger.error("storage.damaged", extra={"reason": str(error)})
        on_damage(error)
    else:
        await _sweep_for_ever(database, path)


async def _sweep_for_ever(database: Database, path: Path) -> None:
    while await database.has_deleted.wait():
        database.has_deleted.clear()
        try:
            await sweep(database, path)
        except StorageError as error:
            logger.warning("storage.not_swept", extra={"reason": str(error)})
            database.has_deleted.set()
            await asyncio.sleep(RETRY_S)

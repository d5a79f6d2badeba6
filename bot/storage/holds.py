"""What one process, or one person, holds until a moment: a turn, a pause, a mark for the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.storage.database import Database, taking
from bot.storage.errors import StorageError
from bot.storage.process import Process
from bot.storage.schema import holds as table

logger = logging.getLogger(__name__)

_LEAST_WAIT_S = 0.05


class HoldsRepository:
    """Key → until when it is held; of all who want it at once, exactly one gets it."""

    def __init__(self, database: Database, process: Process) -> None:
        self._database = database
        self._process = process

    async def take(self, key: str, seconds: float, person_id: int | None = None) -> float:
        """Hold a key that nobody holds.

        Args:
            key: At most 64 characters.
            seconds: For how long.
            person_id: Whose it is: it goes with everything about that person.

        Returns:
            0 where it is the caller's now, else the seconds until it is worth asking again.
        """
        now = self._process.now()
        values = {"key": key, "until": now + timedelta(seconds=seconds), "person_id": person_id}
        async with self._database.writing() as connection:
            statement = taking(connection.dialect, table, values, table.c.until <= now)
            if await connection.scalar(statement) is not None:
                return 0.0
            until = await connection.scalar(select(table.c.until).where(table.c.key == key))
        return _LEAST_WAIT_S if until is None else max(_LEAST_WAIT_S, (until - now).total_seconds())

    async def release(self, key: str) -> None:
        """Let go of a key."""
        await self._database.execute(delete(table).where(table.c.key == key))

    async def put(self, key: str, seconds: float) -> None:
        """Hold a key from now on, whoever held it."""
        until = self._process.now() + timedelta(seconds=seconds)
        await self._database.put(table, {"key": key, "until": until, "person_id": None})

    async def under(self, prefix: str) -> Mapping[str, datetime]:
        """Return the keys that begin so and are held, with the moments until when."""
        query = select(table.c.key, table.c.until).where(
            table.c.key.startswith(prefix, autoescape=True), table.c.until > self._process.now()
        )
        async with self._database.reading() as connection:
            return {row.key: row.until for row in await connection.execute(query)}

    @asynccontextmanager
    async def alone(self, key: str, seconds: float) -> AsyncIterator[None]:
        """Keep others out while the block runs, at most for some seconds; wait until they are.

        A database that takes no note, as on a full disk, keeps nobody out.
        """
        try:
            wait_s = await self.take(key, seconds)
            while wait_s:
                # Whoever has it may let go of it earlier.
                await asyncio.sleep(min(wait_s, 1.0))
                wait_s = await self.take(key, seconds)
        except StorageError as error:
            logger.error("%s is not held: %r", key, error)
        try:
            yield
        finally:
            try:
                await self.release(key)
            except StorageError as error:
                logger.error("%s is held for a while: %r", key, error)

    async def prune(self) -> None:
        """Forget what nobody holds any more."""
        await self._database.execute(delete(table).where(table.c.until <= self._process.now()))

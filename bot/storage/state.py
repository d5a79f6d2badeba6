"""Small facts of the installation itself, such as the hash of the synced commands."""

from __future__ import annotations

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.schema import state as table


class StateRepository:
    """Key → text. Nothing about a person belongs here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """Return a value, or None."""
        async with self._database.reading() as connection:
            value = await connection.scalar(select(table.c.value).where(table.c.key == key))
        return None if value is None else str(value)

    async def set(self, key: str, value: str) -> None:
        """Write a value."""
        await self._database.put(table, {"key": key, "value": value})

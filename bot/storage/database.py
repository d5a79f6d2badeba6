"""Connections to the database: the only place that knows which one it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Table,
    UpdateBase,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.storage import sqlite
from bot.storage.errors import StorageError, translated_errors
from bot.storage.group_commit import GroupCommit
from bot.storage.reserve import Reserve

DATABASE_FILE = "unicornio.db"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_BEGIN = "unicornio_begin"
_SQLITE_CONNECTIONS = 4
_CONNECT_S = 10.0
_ANSWER_S = 30.0
"""Longest wait for a server elsewhere: whoever waits for one that is cut off keeps all others from
writing."""

T = TypeVar("T")
Upsert = sqlite_dialect.Insert | postgresql.Insert


def resolve_url(database_url: str | None, data_dir: Path) -> URL:
    """Return the URL with its asynchronous driver; none means SQLite inside `data_dir`.

    Raises:
        StorageError: unavailable when the URL names no file or another kind of database.
    """
    if not database_url:
        return URL.create("sqlite+aiosqlite", database=str(data_dir / DATABASE_FILE))
    with translated_errors():
        url = make_url(database_url)
    backend = url.get_backend_name()
    if backend not in _DRIVERS or (backend == "sqlite" and url.database in {None, "", ":memory:"}):
        raise StorageError("unavailable", reason=f"not a supported database: {url!r}")
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def sqlite_path(url: URL) -> Path | None:
    """Return the database file, or None when it is not SQLite."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def upsert(
    dialect: Dialect,
    table: Table,
    values: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
) -> Upsert:
    """Insert a row, or change the one that has its primary key.

    Args:
        dialect: Of the database.
        table: Has a primary key.
        values: Column → value of the new row.
        changes: Column → value where there is such a row; None means all the values.
    """
    keys = [column.name for column in table.primary_key]
    if changes is None:
        changes = {name: value for name, value in values.items() if name not in keys}
    statement = _insert(dialect, table).values(**values)
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def replacing(dialect: Dialect, table: Table) -> Upsert:
    """Insert or replace whole rows: one statement for however many, given as its parameters."""
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changes = {name: column for name, column in statement.excluded.items() if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def claim(dialect: Dialect, table: Table, values: Mapping[str, Any]) -> UpdateBase:
    """Insert a row unless there is one; lock the one that is there, and return it.

    Unlike a SELECT, it makes two transactions that begin with the same missing row take turns.
    """
    key = next(column.name for column in table.primary_key)
    return upsert(dialect, table, values, {key: values[key]}).returning(table)


def taking(
    dialect: Dialect, table: Table, values: Mapping[str, Any], is_free: ColumnElement[bool]
) -> UpdateBase:
    """Insert a row, or replace the one that has its key where that one is free.

    It returns the key where the row is the new one, and nothing where it is not.
    """
    key = next(column.name for column in table.primary_key)
    changes = {name: value for name, value in values.items() if name != key}
    statement = _insert(dialect, table).values(**values)
    return statement.on_conflict_do_update(
        index_elements=[key], set_=changes, where=is_free
    ).returning(table.c[key])


class Database:
    """An open database. Every failure leaves it as a `StorageError`.

    Args:
        url: From `resolve_url`.

    Attributes:
        path: The SQLite file, or None.
        has_deleted: Set by whoever deletes: what the rows leave behind is then taken out.
        reserve: Room for that on a full disk.
    """

    def __init__(self, url: URL) -> None:
        self.path = sqlite_path(url)
        with translated_errors(self.path):
            # Parameters hold people's texts: they stay out of error messages.
            self._engine = create_async_engine(
                url,
                hide_parameters=True,
                pool_pre_ping=not self.path,
                **_options(is_file=self.path is not None),
            )
        self.has_deleted = asyncio.Event()
        self.reserve = Reserve(self.path)
        # SQLite has one writer: a fair queue here instead of its polling.
        self._writing = asyncio.Lock()
        self._together = GroupCommit(self.writing)
        self._replacing: dict[Table, Upsert] = {}
        if self.path:
            event.listen(self._engine.sync_engine, "connect", lambda raw, _: sqlite.configure(raw))
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection whose queries see one moment of the database.

        Raises:
            StorageError: Whatever fails, inside too.
        """
        with translated_errors(self.path):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, committed at the end unless an exception leaves it.

        Raises:
            StorageError: Whatever fails, inside too.
        """
        async with self._writing, self._transaction() as connection:
            yield connection

    @asynccontextmanager
    async def deleting(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction as `writing` does, for what makes room: it has a reserve of it.

        Raises:
            StorageError: Whatever fails, inside too.
        """
        async with self._writing:
            # Not before its turn: the sweep before it takes the room again at its end.
            await asyncio.to_thread(self.reserve.lend)
            async with self._transaction() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with translated_errors(self.path):
            async with self._engine.connect() as connection:
                await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                async with connection.begin():
                    yield connection

    async def execute(self, *statements: Executable) -> None:
        """Execute statements that bear being executed twice, all or none of them.

        Other callers' may share their transaction; see `GroupCommit`.
        """
        await self._together.execute(*statements)

    async def put(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Insert or replace rows, each with all of its columns: all or none of them."""
        if table not in self._replacing:
            self._replacing[table] = replacing(self._engine.dialect, table)
        await self._together.execute_rows(self._replacing[table], rows)

    async def maintain(self, step: Callable[[], T]) -> T:
        """Run a short step of maintenance in a thread while nobody of ours writes.

        Cancelling it waits for the step to end.
        """
        async with self._writing:
            running = asyncio.ensure_future(asyncio.to_thread(step))
            try:
                return await asyncio.shield(running)
            finally:
                await asyncio.wait({running})

    async def size_bytes(self) -> int:
        """Return the bytes that the database takes."""
        if self.path:
            return await asyncio.to_thread(sqlite.size_bytes, self.path)
        async with self.reading() as connection:
            size = await connection.scalar(text("SELECT pg_database_size(current_database())"))
            return int(size or 0)

    async def clock_ahead(self) -> timedelta:
        """Return how far the database's clock is ahead of this machine's, where it is elsewhere."""
        if self.path:
            return timedelta()
        async with self.reading() as connection:
            before = datetime.now(UTC)
            there: datetime | None = await connection.scalar(select(func.clock_timestamp()))
            assert there is not None
            return there - (before + (datetime.now(UTC) - before) / 2)

    async def close(self) -> None:
        """Close every connection, after the writes that are under way."""
        await self._together.settle()
        with translated_errors(self.path):
            await self._engine.dispose()


def _options(*, is_file: bool) -> dict[str, Any]:
    if is_file:
        # A thread each: more of them would only wait for one another.
        return {"pool_size": _SQLITE_CONNECTIONS, "max_overflow": 0}
    return {"connect_args": {"timeout": _CONNECT_S, "command_timeout": _ANSWER_S}}


def _insert(dialect: Dialect, table: Table) -> Upsert:
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite_dialect.insert
    return insert(table)


def _begin_sqlite(connection: Connection) -> None:
    """Begin as asked: a transaction that will write takes the lock at once, or waits for it."""
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

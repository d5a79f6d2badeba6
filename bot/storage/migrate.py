"""Bring the database to the schema of the code, all or nothing."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage import sqlite
from bot.storage.backups import Backups
from bot.storage.errors import StorageError, translated_errors

logger = logging.getLogger(__name__)
_ADVISORY_LOCK = 0x756E69636F726E
"""Number of PostgreSQL's lock that lets one host migrate at a time (ASCII «unicorn»)."""


def alembic_config() -> Config:
    """Point Alembic at the migrations of this package."""
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def head_revision() -> str:
    """Return the schema version of the code."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def stored_revision(connection: Connection) -> str | None:
    """Return the schema version of a database, or None for an empty one.

    Raises:
        StorageError: newer_schema.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(alembic_config())
    if revision is not None and revision not in {s.revision for s in scripts.walk_revisions()}:
        raise StorageError("newer_schema", reason=f"{revision} > {scripts.get_current_head()}")
    return revision


def sqlite_revision(path: Path) -> str | None:
    """Return the schema version of a file without changing it; None when it is empty or missing.

    Raises:
        StorageError: newer_schema, corrupt, …
    """
    if not path.exists():
        return None
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with translated_errors(path), engine.connect() as connection:
        return stored_revision(connection)


def migrate_sqlite(path: Path, backups: Backups, now: datetime) -> None:
    """Upgrade a file, after a backup; when a step fails it stays as it was.

    Raises:
        StorageError: newer_schema, corrupt, no_space, …
    """
    revision = sqlite_revision(path)
    sqlite.set_up(path)
    if revision == head_revision():
        return
    if revision is not None:
        sqlite.require_sound(path)
        logger.info("storage.backup", extra={"path": str(backups.add(path, revision, now))})
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": sqlite.BUSY_TIMEOUT_S},
    )
    with translated_errors(path), engine.connect() as connection:
        for pragma in sqlite.PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        # Ignored inside a transaction, and a rebuilt table would cascade to its children.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        _upgrade(connection)
        _require_foreign_keys(connection, path)
        connection.commit()


async def migrate_postgresql(url: URL) -> None:
    """Upgrade a shared database; hosts that start together take turns.

    Raises:
        StorageError: newer_schema, unavailable, …
    """
    with translated_errors():
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            if await connection.run_sync(stored_revision) != head_revision():
                await connection.run_sync(_upgrade)


async def postgresql_revision(url: URL) -> str | None:
    """Return the schema version of a shared database, or None for an empty one."""
    with translated_errors():
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as connection:
            return await connection.run_sync(stored_revision)


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    logger.info("storage.upgraded", extra={"revision": head_revision()})


def _require_foreign_keys(connection: Connection, path: Path) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StorageError("corrupt", path=path, reason=f"{len(broken)} broken foreign keys")

"""What only SQLite needs: PRAGMAs, copies, and giving space and deleted bytes back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bot.storage.errors import StorageError, translated_errors

BUSY_TIMEOUT_S = 30
PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
    "journal_size_limit=4194304",
    # An acknowledged setting survives a power cut too.
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)
"""What every connection needs for itself: none of these waits for a lock."""
_PATIENCE_MS = 1000
"""Milliseconds that maintenance waits for a lock that another program holds."""
_LOG_PATIENCE_MS = 50
"""Milliseconds that emptying the log waits for its readers: who writes waits for it meanwhile."""


def configure(connection: Any) -> None:
    """Prepare a DB-API connection: PRAGMAs, and transactions begun by us alone."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def connection_to(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a synchronous connection for maintenance.

    Raises:
        StorageError: Whatever fails, inside too.
    """
    with (
        translated_errors(path),
        closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)) as opened,
    ):
        configure(opened)
        yield opened


def set_up(path: Path) -> None:
    """Write what the file itself keeps, which takes the write lock: only where it is missing.

    A file that was made elsewhere, with tables but without `auto_vacuum`, serves as well; the space
    of its deleted rows is used again instead of being given back.
    """
    with connection_to(path) as connection:
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode=WAL")


def shrink(path: Path, pages: int) -> bool:
    """Cut some free pages off the file; return whether there are more to cut off."""
    with _maintaining(path) as connection:
        (before,) = connection.execute("PRAGMA freelist_count").fetchone()
        # Frees one page per step, and `execute` takes a single step.
        connection.executescript(f"PRAGMA incremental_vacuum({pages})")
        (after,) = connection.execute("PRAGMA freelist_count").fetchone()
    # Without `auto_vacuum` in the file, nothing is cut off.
    return bool(0 < after < before)


def index_names(path: Path, table: str) -> tuple[str, ...]:
    """Return the names of a table's indexes, those of its keys included."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
    with _maintaining(path) as connection:
        return tuple(name for (name,) in connection.execute(query, (table,)))


def rebuild_index(path: Path, name: str) -> None:
    """Write an index anew, so that it has no bytes of deleted keys."""
    with _maintaining(path) as connection:
        connection.execute(f"REINDEX {name}")


def rebuild_table(path: Path, name: str) -> None:
    """Write a table and its indexes anew, so that they have no bytes of deleted rows."""
    with _maintaining(path) as connection:
        # Its rows come back: what refers to them must not go meanwhile.
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM main.{name}")
        # Without a condition all pages are cleared, not one row after the other.
        connection.execute(f"DELETE FROM main.{name}")
        connection.execute(f"INSERT INTO main.{name} SELECT * FROM kept")
        connection.execute("COMMIT")


def copy_log(path: Path) -> None:
    """Copy the write-ahead log into the database as far as that holds up nobody."""
    with _maintaining(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def empty_log(path: Path) -> bool:
    """Cut the write-ahead log to nothing; return whether no reader was in the way."""
    with _maintaining(path) as connection:
        connection.execute(f"PRAGMA busy_timeout={_LOG_PATIENCE_MS}")
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


@contextmanager
def _maintaining(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection that would rather fail, and be tried again, than wait for a lock."""
    with connection_to(path) as connection:
        connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        yield connection


def copy(source: Path, target: Path) -> None:
    """Copy a database that may be in use, its log included; nothing is left of a failed copy."""
    with connection_to(source) as connection, translated_errors(target):
        try:
            target.touch(mode=0o600)
            with closing(sqlite3.connect(target)) as copied:
                connection.backup(copied)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def require_sound(path: Path) -> None:
    """Look for damage: a few tenths of a second for 100 MB, more where the disk is slow.

    Raises:
        StorageError: corrupt.
    """
    with connection_to(path) as connection:
        _require_sound(connection, path)


async def require_sound_in_background(path: Path) -> None:
    """Do the same in a thread; being cancelled ends it at once.

    Raises:
        StorageError: corrupt.
    """
    with connection_to(path) as connection:
        looking = asyncio.ensure_future(asyncio.to_thread(_require_sound, connection, path))
        try:
            await asyncio.shield(looking)
        except asyncio.CancelledError:
            connection.interrupt()
            raise
        finally:
            await asyncio.gather(looking, return_exceptions=True)


def _require_sound(connection: sqlite3.Connection, path: Path) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StorageError("corrupt", path=path, reason=" ".join(verdict.split()))


def size_bytes(path: Path) -> int:
    """Return the bytes of the database and its log."""
    files = (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
    with translated_errors(path):
        return sum(file.stat().st_size for file in files if file.exists())

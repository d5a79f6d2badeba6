"""What only SQLite needs: PRAGMAs, copies, and giving space and deleted bytes back."""

from __future__ import annotations

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


def give_back_space(path: Path) -> None:
    """Cut the free pages off the file and empty the write-ahead log."""
    with connection_to(path) as connection:
        # Frees one page per step, and `execute` takes a single step.
        connection.executescript("PRAGMA incremental_vacuum")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def rewrite(path: Path) -> None:
    """Write the database anew, so that nothing deleted is left in it or in its log.

    `secure_delete` alone is not enough: rebalancing a tree can leave copies of moved keys behind.

    Raises:
        StorageError: unavailable when a reader kept the log from being emptied; no_space.
    """
    with connection_to(path) as connection:
        connection.execute("VACUUM")
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StorageError("unavailable", path=path, reason="the log is still being read")


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
    """Look for damage.

    Raises:
        StorageError: corrupt.
    """
    with connection_to(path) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StorageError("corrupt", path=path, reason=verdict)


def size_bytes(path: Path) -> int:
    """Return the bytes of the database and its log."""
    files = (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
    with translated_errors(path):
        return sum(file.stat().st_size for file in files if file.exists())

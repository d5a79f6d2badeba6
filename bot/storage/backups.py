"""Copies taken before an upgrade: the way back if it goes wrong, and nothing else.

The newest `KEEP` are kept, for `MAX_AGE` at most, and the deletion of a person's data removes all
of them, because a copy would still hold it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage import sqlite
from bot.storage.database import resolve_url, sqlite_path
from bot.storage.errors import StorageError, translated_errors

KEEP = 3
MAX_AGE = timedelta(days=7)
_PATTERN = "unicornio-*.db"
_UNFINISHED = "unicornio-*.part"


class Backups:
    """The folder of copies.

    Args:
        folder: Created with the first copy.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, database: Path, revision: str, now: datetime) -> Path:
        """Copy a database of schema `revision` and return the copy.

        Raises:
            StorageError: Nothing is left of a copy that could not be finished.
        """
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
        target = self.folder / f"unicornio-{revision}-{stamp}.db"
        unfinished = target.with_suffix(".part")
        with translated_errors(target):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                sqlite.copy(database, unfinished)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)
        return target

    def paths(self) -> tuple[Path, ...]:
        """Return the copies, newest first."""
        with translated_errors(self.folder):
            return tuple(
                sorted(self.folder.glob(_PATTERN), key=lambda p: p.stat().st_mtime, reverse=True)
            )

    def remove_old(self, now: datetime) -> int:
        """Remove what exceeds `KEEP` or `MAX_AGE`; return how many."""
        oldest = (now - MAX_AGE).timestamp()
        return self._remove(
            path
            for rank, path in enumerate(self.paths())
            if rank >= KEEP or path.stat().st_mtime < oldest
        )

    def remove_all(self) -> int:
        """Remove every copy; return how many."""
        return self._remove(self.paths())

    def size_bytes(self) -> int:
        """Return the bytes of all copies."""
        return sum(path.stat().st_size for path in self.paths())

    def _remove(self, paths: Iterable[Path]) -> int:
        with translated_errors(self.folder):
            removed = tuple(paths)
            for path in (*removed, *self.folder.glob(_UNFINISHED)):
                path.unlink(missing_ok=True)
        return len(removed)


def save_copy(database_url: str | None, data_dir: Path, target: Path) -> None:
    """Copy the bot's database, which may be in use, to a new file.

    Raises:
        StorageError: Among others unavailable, when it is not SQLite or there is none yet.
    """
    source = sqlite_path(resolve_url(database_url, data_dir))
    if source is None or not source.is_file():
        raise StorageError("unavailable", path=source, reason="there is no SQLite database")
    if target.exists():
        raise FileExistsError(target)
    sqlite.copy(source, target)

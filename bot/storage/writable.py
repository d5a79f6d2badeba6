"""Look at the storage without opening it, beside a running bot if need be."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.storage import lock, sqlite
from bot.storage.database import resolve_url, sqlite_path
from bot.storage.errors import translated_errors
from bot.storage.migrate import head_revision, postgresql_revision, sqlite_revision

_PROBE_BYTES = 65536


@dataclass(frozen=True, kw_only=True)
class StorageReport:
    """A storage that can be used.

    Attributes:
        database: URL, its password hidden.
        revision: Schema version, or None when the database is still to be created.
        is_upgrade_due: Whether the next start will upgrade it.
        size_bytes: Bytes of an SQLite database, 0 for others.
        free_bytes: Bytes left on the data folder's disk.
        running_pid: The bot that uses the folder now, or None.
    """

    database: str
    revision: str | None
    is_upgrade_due: bool
    size_bytes: int
    free_bytes: int
    running_pid: int | None


async def check_storage(database_url: str | None, data_dir: Path) -> StorageReport:
    """Try the data folder and the database; only an empty folder may be left behind.

    Raises:
        StorageError: Why the bot could not start on them.
    """
    url = resolve_url(database_url, data_dir)
    path = sqlite_path(url)
    for folder in {data_dir, path.parent if path else data_dir}:
        await asyncio.to_thread(_probe, folder)
    if path is None:
        revision = await postgresql_revision(url)
    else:
        revision = await asyncio.to_thread(_sound_revision, path)
    return StorageReport(
        database=url.render_as_string(hide_password=True),
        revision=revision,
        is_upgrade_due=revision not in {None, head_revision()},
        size_bytes=sqlite.size_bytes(path) if path else 0,
        free_bytes=shutil.disk_usage(data_dir).free,
        running_pid=lock.holder(data_dir),
    )


def _probe(folder: Path) -> None:
    with translated_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())


def _sound_revision(path: Path) -> str | None:
    revision = sqlite_revision(path)
    if revision is not None:
        sqlite.require_sound(path)
    return revision

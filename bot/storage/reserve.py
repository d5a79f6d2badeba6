"""Room on the disk that is kept for deletions: even what is deleted is written to the log first.

On a full disk nobody could delete anything otherwise, and so never make room.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

SIZE_BYTES = 16 * 1024 * 1024
"""The log before SQLite copies it back (4 MB), a batch of deletions, and as much again."""
_SUFFIX = "-reserve"


class Reserve:
    """A file beside the database that holds nothing but room.

    Args:
        database: The database file; None for a database that is not a file here.
    """

    def __init__(self, database: Path | None) -> None:
        self._path = database and database.with_name(f"{database.name}{_SUFFIX}")

    def fill(self) -> bool:
        """Take the room where the disk has it to spare; tell whether it is held."""
        if self._path is None:
            return True
        try:
            if self._path.exists() and self._path.stat().st_size == SIZE_BYTES:
                return True
            if shutil.disk_usage(self._path.parent).free <= SIZE_BYTES:
                return False
            self._path.touch(mode=0o600)
            # Not zeros: some file systems keep no room for those.
            self._path.write_bytes(os.urandom(SIZE_BYTES))
        except OSError as error:
            _log_failure(error)
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            return False
        return True

    def lend(self) -> None:
        """Give the room to what is about to be written, where the disk has less than that left."""
        try:
            if self._path is not None and shutil.disk_usage(self._path.parent).free < SIZE_BYTES:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            # A deletion may do without; where it cannot, it says so itself.
            _log_failure(error)


def _log_failure(error: OSError) -> None:
    logger.warning("storage.no_reserve", extra={"reason": str(error)})

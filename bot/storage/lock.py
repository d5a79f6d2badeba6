"""One process per data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.errors import StorageError, translated_errors

LOCK_FILE = "unicornio.lock"


@contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel frees it however the process ends.

    Raises:
        StorageError: locked (with the other process's pid), or why the file cannot be written.
    """
    path = data_dir / LOCK_FILE
    with translated_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path)
        yield
    finally:
        # The file stays: removing it would let two processes lock two files of one name.
        os.close(descriptor)


def holder(data_dir: Path) -> int | None:
    """Return the pid of the process that holds the folder, or None.

    Raises:
        StorageError: The lock file cannot be read.
    """
    path = data_dir / LOCK_FILE
    with translated_errors(path):
        if not path.exists():
            return None
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _written_pid(file.fileno())
    return None


def _acquire(descriptor: int, path: Path) -> None:
    with translated_errors(path):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError("locked", path=path, pid=_written_pid(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _written_pid(descriptor: int) -> int | None:
    written = os.pread(descriptor, 32, 0).strip()
    return int(written) if written.isdigit() else None

"""The one error type that leaves the storage, and the one place that translates the others."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

StorageErrorCode = Literal[
    "locked", "read_only", "no_space", "corrupt", "newer_schema", "unavailable"
]
STORAGE_ERROR_CODES: tuple[str, ...] = get_args(StorageErrorCode)


class StorageError(Exception):
    """Say why the storage could not do something, with a stable code.

    Args:
        code: One of `STORAGE_ERROR_CODES`; callers choose their wording by it. `locked`: another
            process uses the data folder; `unavailable`: anything that has no code of its own.
        path: File or folder concerned, if known.
        reason: What the system or the driver said, for the log; never the data of a query.
        pid: The process that holds the lock (locked).
    """

    def __init__(
        self,
        code: StorageErrorCode,
        *,
        path: Path | None = None,
        reason: str | None = None,
        pid: int | None = None,
    ) -> None:
        self.code: StorageErrorCode = code
        self.path = path
        self.reason = reason
        self.pid = pid
        facts = {"path": path, "reason": reason, "pid": pid}
        known = ", ".join(f"{key}={value}" for key, value in facts.items() if value is not None)
        super().__init__(f"{code}({known})" if known else code)


@contextmanager
def translated_errors(path: Path | None = None) -> Iterator[None]:
    """Turn what drivers, files and Alembic raise into a `StorageError`.

    Raises:
        StorageError: With the code that the original failure means.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, CommandError, OSError, ModuleNotFoundError) as error:
        cause = _cause(error)
        raise StorageError(_code(cause), path=path, reason=str(cause)) from error


def _cause(error: BaseException) -> BaseException:
    """Return the driver's own error under SQLAlchemy's, which quotes the query."""
    while (inner := getattr(error, "orig", None) or error.__cause__) is not None:
        error = inner
    return error


def _code(error: BaseException) -> StorageErrorCode:
    sqlite_name = getattr(error, "sqlite_errorname", None)
    if sqlite_name is not None:
        return _first_match(sqlite_name, _SQLITE_CODES)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate is not None:
        return _first_match(sqlstate, _POSTGRESQL_CODES)
    if isinstance(error, OSError):
        return _OS_CODES.get(error.errno or 0, "unavailable")
    return "unavailable"


def _first_match(name: str, codes: MappingProxyType[str, StorageErrorCode]) -> StorageErrorCode:
    matches = (code for prefix, code in codes.items() if name.startswith(prefix))
    return next(matches, "unavailable")


_SQLITE_CODES: MappingProxyType[str, StorageErrorCode] = MappingProxyType(
    {
        "SQLITE_FULL": "no_space",
        # A quota or a file size limit: SQLite keeps SQLITE_FULL for ENOSPC alone.
        "SQLITE_IOERR_WRITE": "no_space",
        "SQLITE_IOERR_SHMSIZE": "no_space",
        "SQLITE_READONLY": "read_only",
        "SQLITE_PERM": "read_only",
        "SQLITE_CORRUPT": "corrupt",
        "SQLITE_NOTADB": "corrupt",
    }
)
"""Prefixes of https://www.sqlite.org/rescode.html."""

_POSTGRESQL_CODES: MappingProxyType[str, StorageErrorCode] = MappingProxyType(
    {
        "53100": "no_space",
        "25006": "read_only",
        "42501": "read_only",
        "XX001": "corrupt",
        "XX002": "corrupt",
    }
)
"""SQLSTATE values of PostgreSQL's appendix A."""

_OS_CODES: MappingProxyType[int, StorageErrorCode] = MappingProxyType(
    {
        errno.ENOSPC: "no_space",
        errno.EDQUOT: "no_space",
        errno.EFBIG: "no_space",
        errno.EROFS: "read_only",
        errno.EACCES: "read_only",
        errno.EPERM: "read_only",
    }
)

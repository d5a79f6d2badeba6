"""Keep the bot from storing anything, so that no machine is too quick for a test."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


def opened(data_dir: Path) -> closing[sqlite3.Connection]:
    """Return the bot's database, open beside it."""
    return closing(sqlite3.connect(data_dir / "unicornio.db", isolation_level=None, timeout=30))


@contextmanager
def held(data_dir: Path, question: str) -> Iterator[int]:
    """Let the bot store nothing meanwhile; yield the number that a question has as its answer."""
    with opened(data_dir) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database.execute(question).fetchone()[0]


async def stored(d: Any, data_dir: Path, question: str) -> None:
    """Wait until the answer to a question is no longer 0."""
    with opened(data_dir) as database:
        while not database.execute(question).fetchone()[0]:
            assert d.proc.returncode is None, d.bot_log()[-3000:]
            await asyncio.sleep(0.005)

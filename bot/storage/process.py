"""This process among those that share a database: its name, and a clock that all agree on."""

from __future__ import annotations

import logging
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, true

from bot.storage.database import Database

logger = logging.getLogger(__name__)

NAME_FILE = "unicornio.process"
ALONE = ""
"""The name of a process that has the bot to itself."""
_NAME_LENGTH = 16


class Process:
    """One process of a bot.

    Args:
        database: What it may share.
        name: Nobody else's; `ALONE` where there is nobody else.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self.name = name
        self._ahead = timedelta()

    @property
    def is_alone(self) -> bool:
        """Whether the bot has no other process."""
        return self.name == ALONE

    def has(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Hold for rows whose column names this process; alone, it has every row of its bot."""
        return true() if self.is_alone else column == self.name

    def now(self) -> datetime:
        """Return the time of the database, as far as it is known; aware, UTC."""
        return datetime.now(UTC) + self._ahead

    async def ask_time(self) -> None:
        """Learn how far the database's clock is ahead of this machine's."""
        self._ahead = await self._database.clock_ahead()


def name_of(data_dir: Path) -> str:
    """Return the name of whoever has locked a data folder: the same after each restart.

    Whoever has the lock knows by it that the former process of this name is dead. The file says
    which file it is: in a copy of the folder, whose owner may be alive, it is not the name.
    """
    path = data_dir / NAME_FILE
    try:
        if path.exists():
            name, _, number = path.read_text(encoding="ascii").strip().partition(" ")
            if len(name) == _NAME_LENGTH and number == str(path.stat().st_ino):
                return name
        name = secrets.token_hex(_NAME_LENGTH // 2)
        with path.open("w", encoding="ascii") as file:
            file.write(f"{name} {os.fstat(file.fileno()).st_ino}\n")
    except (OSError, ValueError) as error:
        # Then the leases of this process have to run out before another takes its jobs over.
        logger.warning("storage.unnamed", extra={"reason": type(error).__name__})
        return secrets.token_hex(_NAME_LENGTH // 2)
    return name

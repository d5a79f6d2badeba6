"""One transaction for the writes of many: what waits while one is under way shares the next.

A commit waits for the disk. Twenty people who ask at once would wait for twenty of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.errors import StorageError
from bot.storage.rounds import Rounds

_SETTLE_S = 5.0
"""A database that somebody else has locked must not hold up the end of the process."""

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(eq=False)
class _Write:
    """What one caller wants to be written, all or nothing.

    Attributes:
        statements: Each is executed once, or once for each of the rows.
        rows: Parameters of the statements; None where they have none of their own.
    """

    statements: Sequence[Executable]
    rows: Sequence[Mapping[str, Any]] | None = None
    is_done: bool = False
    error: StorageError | None = None


class GroupCommit:
    """Writes in the order of the calls; the first caller in turn writes for all that wait.

    Args:
        transaction: Opens a transaction, committed at its end; may wait for its turn.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rounds = Rounds()
        self._waiting: list[_Write] = []
        self._running: set[asyncio.Future[None]] = set()

    async def settle(self) -> None:
        """Wait a few seconds for the end of the transactions that are under way."""
        if self._running:
            await asyncio.wait(self._running, timeout=_SETTLE_S)

    async def execute(self, *statements: Executable) -> None:
        """Execute statements that bear being executed twice, all or none of them.

        Raises:
            StorageError: These statements failed, whatever became of those of others.
        """
        await self._write(_Write(statements))

    async def execute_rows(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement for each of some rows, as `execute` does.

        Callers with the very same statement share one trip to the database.
        """
        await self._write(_Write((statement,), rows))

    async def _write(self, own: _Write) -> None:
        self._waiting.append(own)
        try:
            await self._rounds.until(lambda: own.is_done, self._write_waiting)
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        if own.error is not None:
            raise own.error

    async def _write_waiting(self) -> None:
        """Write for all that wait, to the end also where the caller is called off.

        A transaction that is left in the middle would keep its lock.
        """
        running = asyncio.ensure_future(self._transact())
        self._running.add(running)
        running.add_done_callback(self._finish)
        await asyncio.shield(running)

    def _finish(self, running: asyncio.Future[None]) -> None:
        self._running.discard(running)
        if not running.cancelled():
            # The caller has it too, unless it was called off.
            running.exception()

    async def _transact(self) -> None:
        taken: list[_Write] = []
        try:
            async with self._transaction() as connection:
                taken, self._waiting = self._waiting, []
                await _execute(connection, taken)
        except StorageError as error:
            if not taken:
                self._fail_waiting(error)
            elif len(taken) < 2:
                raise
            else:
                await self._write_apart(taken)
        else:
            for write in taken:
                write.is_done = True
        finally:
            # A round that was cut off leaves what it had taken to the next one in turn.
            self._waiting[:0] = [write for write in taken if not write.is_done]

    def _fail_waiting(self, error: StorageError) -> None:
        """Fail all who wait for a transaction that could not begin: each would wait as long."""
        for write in self._waiting:
            write.is_done, write.error = True, error
        self._waiting = []

    async def _write_apart(self, writes: Sequence[_Write]) -> None:
        """Write what failed together, each alone, to find out whose failure it was."""
        for write in writes:
            try:
                async with self._transaction() as connection:
                    await _execute(connection, (write,))
            except StorageError as error:
                write.error = error
            write.is_done = True


async def _execute(connection: AsyncConnection, writes: Sequence[_Write]) -> None:
    """Execute in order; neighbours with rows for the same statement go together."""
    steps = ((statement, write.rows) for write in writes for statement in write.statements)
    for (_, has_rows), neighbours in groupby(steps, key=lambda s: (id(s[0]), s[1] is not None)):
        together = list(neighbours)
        statement = together[0][0]
        if not has_rows:
            for _ in together:
                await connection.execute(statement)
        elif rows := [dict(row) for _, rows in together for row in rows or ()]:
            await connection.execute(statement, rows)

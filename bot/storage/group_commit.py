"""One transaction for the writes of many: what waits while one is under way shares the next.

A commit waits for the disk. Twenty people who ask at once would wait for twenty of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.errors import StorageError

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(eq=False)
class _Write:
    """What one caller wants to be written, all or nothing."""

    statements: Sequence[Executable]
    is_done: bool = False
    error: StorageError | None = None


class GroupCommit:
    """Writes in the order of the calls; the first caller in turn writes for all that wait.

    Args:
        transaction: Opens a transaction, committed at its end; may wait for its turn.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = asyncio.Lock()
        self._waiting: list[_Write] = []

    async def execute(self, *statements: Executable) -> None:
        """Execute statements that bear being executed twice, all or none of them.

        Raises:
            StorageError: These statements failed, whatever became of those of others.
        """
        own = _Write(statements)
        self._waiting.append(own)
        try:
            async with self._turn:
                if not own.is_done:
                    await self._write_waiting()
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        if own.error is not None:
            raise own.error

    async def _write_waiting(self) -> None:
        taken: list[_Write] = []
        try:
            async with self._transaction() as connection:
                taken, self._waiting = self._waiting, []
                await _execute(connection, taken)
        except StorageError:
            if len(taken) < 2:
                raise
            await self._write_apart(taken)
        else:
            for write in taken:
                write.is_done = True
        finally:
            # A writer that was called off leaves the others to the next one in turn.
            self._waiting[:0] = [write for write in taken if not write.is_done]

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
    for write in writes:
        for statement in write.statements:
            await connection.execute(statement)

"""The row of a job under way, by which a crash is told to its owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.storage import Storage
from bot.storage.errors import StorageError
from bot.storage.records import Job

_log = logging.getLogger(__name__)

NOTE_TIMEOUT_S = 1.0
"""Longest wait for a job's row: Discord takes no acknowledgement after three seconds."""


class JobRows:
    """Writes and deletes the rows; a job is served without one where that fails.

    Args:
        storage: Keeps them.
    """

    def __init__(self, storage: Storage) -> None:
        self._jobs = storage.jobs

    @asynccontextmanager
    async def noted(self, job: Job) -> AsyncIterator[None]:
        """Keep a row while somebody is answered, whom an error is told by who handles it.

        It is written before, so that Discord is told nothing that a crash would leave unanswered.
        """
        noting = asyncio.create_task(self.start(job))
        try:
            await asyncio.wait({noting}, timeout=NOTE_TIMEOUT_S)
            yield
        finally:
            await self.finish(job.job_id, noting)

    async def start(self, job: Job) -> bool:
        """Write the row, and tell whether it is there; a text needs none."""
        try:
            await self._jobs.start(job)
        except StorageError as error:
            _log.error(
                "a crash would not be told to the owner of job %s: %r", job.job_id[:8], error
            )
            return False
        return True

    async def finish(self, job_id: str, starting: asyncio.Task[bool]) -> None:
        """Delete the row, which may still be on its way."""
        if not await starting:
            return
        try:
            await self._jobs.finish(job_id)
        except StorageError as error:
            _log.error("the row of job %s stays: %r", job_id[:8], error)

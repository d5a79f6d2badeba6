"""The row of a job under way, by which a crash is told to its owner."""

from __future__ import annotations

import asyncio
import logging

from bot.jobs.running_job import RunningJob
from bot.storage import Storage
from bot.storage.errors import StorageError

_log = logging.getLogger(__name__)


class JobRows:
    """Writes and deletes the rows; a job is served without one where that fails.

    Args:
        storage: Keeps them.
    """

    def __init__(self, storage: Storage) -> None:
        self._jobs = storage.jobs

    async def start(self, job: RunningJob) -> bool:
        """Write the row, and tell whether it is there; a text needs none."""
        try:
            await self._jobs.start(job.row())
        except StorageError as error:
            _log.error(
                "a crash would not be told to the owner of job %s: %r", job.job_id[:8], error
            )
            return False
        return True

    async def finish(self, job: RunningJob, starting: asyncio.Task[bool]) -> None:
        """Delete the row, which may still be on its way."""
        if not await starting:
            return
        try:
            await self._jobs.finish(job.job_id)
        except StorageError as error:
            _log.error("the row of job %s stays: %r", job.job_id[:8], error)

"""What a process does for, and because of, the others that serve the same bot.

It keeps the leases of its own requests, answers those whose process is gone, and drops
what it has of people who have had everything deleted elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from bot.client import Client
from bot.recovery import answer_interrupted
from bot.storage.errors import StorageError
from bot.storage.jobs import LEASE
from bot.storage.records import Job
from bot.ui.leaving import forget_all_of, stop_all_of, told_by_others

_log = logging.getLogger(__name__)

TICK_S = 5.0
_FRESH_S = LEASE.total_seconds() / 2


class Neighbours:
    """One process among those of a bot.

    Args:
        client: Logged in.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._renewed_at_s: float | None = None
        self._known: set[tuple[int, datetime]] = set()

    async def inherit(self) -> tuple[Job, ...]:
        """Take over, at a start, what the former process of this name has left."""
        assert self._client.application_id is not None
        jobs = self._client.storage.jobs
        return await jobs.take_over(self._client.application_id, is_starting=True)

    async def tick(self) -> None:
        """Renew, take over, and forget whom others have deleted; called every `TICK_S` seconds."""
        storage = self._client.storage
        try:
            await storage.process.ask_time()
            await storage.jobs.renew()
            if self._has_just_renewed():
                assert self._client.application_id is not None
                left = await storage.jobs.take_over(self._client.application_id)
                if left:
                    _log.warning("%d jobs of a process that is gone are taken over", len(left))
                    self._in_background(answer_interrupted(self._client, left))
            deleted = await told_by_others(self._client)
            for user_id, _ in deleted - self._known:
                self._in_background(self._forget(user_id))
            self._known = deleted
        except StorageError as error:
            _log.error("what the processes share is not up to date: %r", error)

    def _has_just_renewed(self) -> bool:
        """Tell whether the renewal before this one was in time.

        After a pause of the database all leases have run out: each process first gets a moment to
        renew its own.
        """
        now_s = asyncio.get_running_loop().time()
        before_s, self._renewed_at_s = self._renewed_at_s, now_s
        return before_s is not None and now_s - before_s < _FRESH_S

    async def _forget(self, user_id: int) -> None:
        """Drop what this process has of a person, and what its own requests have stored since."""
        try:
            stopped = await stop_all_of(self._client, user_id)
            if any(stopped):
                await self._client.storage.delete_user(user_id)
            await self._client.storage.forget_copies()
        except (TimeoutError, StorageError) as error:
            _log.error("a person who is deleted elsewhere may have left something: %r", error)
        finally:
            await forget_all_of(self._client, user_id)

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        """Do what takes its time apart from the leases, which have to be renewed meanwhile."""
        task = asyncio.create_task(work)
        self._client.clicks.add(task)
        task.add_done_callback(self._client.clicks.discard)

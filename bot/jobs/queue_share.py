"""A part of the queue, for requests that come all at once and must not be refused because of it."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from engine import Engine


class QueueShare:
    """Half of the engine's queue: the other half is left to whoever comes meanwhile.

    Args:
        engine: Says how long its queue is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._taken = 0
        self._waiting: list[tuple[datetime, str]] = []
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def taking(self, places: int, created_at: datetime, job_id: str) -> AsyncIterator[None]:
        """Hold places for the block, once there is room for them and for all that is older.

        What is larger than the share has it to itself.

        Args:
            places: In the queue.
            created_at: When it was asked for.
            job_id: Its name.
        """
        turn = (created_at, job_id)
        async with self._changed:
            insort(self._waiting, turn)
            try:
                await self._changed.wait_for(lambda: self._has_room(turn, places))
                self._taken += places
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
        try:
            yield
        finally:
            self._taken -= places
            async with self._changed:
                self._changed.notify_all()

    def _has_room(self, turn: tuple[datetime, str], places: int) -> bool:
        share = self._engine.stats().queue_limit // 2
        is_first = self._waiting[0] == turn
        return is_first and (not self._taken or self._taken + places <= share)

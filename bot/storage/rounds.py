"""Work that many callers share: whoever comes while it is under way waits for the next round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Rounds:
    """One round of work at a time; the callers whose work it did all go on at its end.

    A lock would wake them one after the other, each in a turn of the event loop.
    """

    def __init__(self) -> None:
        self._end: asyncio.Event | None = None

    async def until(self, is_done: Callable[[], bool], work: Callable[[], Awaitable[None]]) -> None:
        """Wait until something is done; do the next round where nobody else does.

        Args:
            is_done: Whether the caller's part has been done, by itself or by another.
            work: Does what waits, the caller's part included. What it raises is for this caller;
                called off, it leaves the others' parts to the one who comes next.
        """
        while not is_done():
            if self._end is not None:
                await self._end.wait()
                continue
            self._end = end = asyncio.Event()
            try:
                await work()
            finally:
                self._end = None
                end.set()

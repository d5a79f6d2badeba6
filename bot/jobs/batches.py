"""The files of prompts that are being worked through: a task each, which others may stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from bot.jobs.elsewhere import Elsewhere

_log = logging.getLogger(__name__)

_END_TIMEOUT_S = 5.0


@dataclass(eq=False, kw_only=True)
class RunningBatch:
    """One file under way.

    Attributes:
        stopping: Set when its owner wants what there is.
        is_withdrawn: Whether nobody is to be told how it ended: its owner deletes everything.
        is_ending: Whether all that is left is to say how it ended: its owner may begin another.
        request_ids: Requests that the engine has of it at this moment.
    """

    batch_id: str
    owner_id: int
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    is_withdrawn: bool = False
    is_ending: bool = False
    request_ids: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class RunningBatches:
    """The files under way of one bot instance; one a person.

    Args:
        cancel: Stops a request of the engine.
        elsewhere: What the same person asks of the bot's other processes; None: there are none.
    """

    def __init__(self, cancel: Callable[[str], bool], elsewhere: Elsewhere | None = None) -> None:
        self._cancel = cancel
        self._elsewhere = elsewhere
        self._running: dict[str, RunningBatch] = {}
        self._beginning: set[int] = set()

    def of(self, owner_id: int) -> RunningBatch | None:
        """Return a person's file that is under way."""
        running = self._running.values()
        mine = (one for one in running if one.owner_id == owner_id and not one.is_ending)
        return next(mine, None)

    @contextmanager
    def beginning(self, owner_id: int) -> Iterator[bool]:
        """Hold a person's place while their file is read, which takes its time.

        Yields:
            Whether the place was free.
        """
        is_free = owner_id not in self._beginning and self.of(owner_id) is None
        if is_free:
            self._beginning.add(owner_id)
        try:
            yield is_free
        finally:
            if is_free:
                self._beginning.discard(owner_id)

    @asynccontextmanager
    async def beginning_elsewhere(self, owner_id: int) -> AsyncIterator[bool]:
        """Hold a person's place with the bot's other processes too, which takes a moment.

        Yields:
            Whether the place was free.
        """
        if self._elsewhere is None:
            yield True
            return
        here = [one.batch_id for one in self._running.values() if one.owner_id == owner_id]
        async with self._elsewhere.beginning_batch(owner_id, here) as is_free:
            yield is_free

    def get(self, batch_id: str) -> RunningBatch | None:
        """Return a file that is under way."""
        return self._running.get(batch_id)

    def start(self, running: RunningBatch, work: Callable[[RunningBatch], Awaitable[None]]) -> None:
        """Work through a file in a task of its own."""

        async def run() -> None:
            try:
                await work(running)
            except Exception:  # noqa: BLE001 (nobody else waits for this task)
                _log.exception("the batch %s broke off", running.batch_id[:8])
            finally:
                # One that began again meanwhile has its place.
                if self._running.get(running.batch_id) is running:
                    del self._running[running.batch_id]

        self._running[running.batch_id] = running
        running.task = asyncio.create_task(run(), name="batch")

    def stop(self, running: RunningBatch) -> None:
        """End a file soon; what is written of it stays."""
        running.stopping.set()
        for request_id in tuple(running.request_ids):
            self._cancel(request_id)

    async def withdraw(self, owner_id: int) -> int:
        """End a person's files without a word, and wait for that; return how many.

        Raises:
            TimeoutError: One of them did not end within a few seconds.
        """
        mine = [one for one in self._running.values() if one.owner_id == owner_id]
        for one in mine:
            one.is_withdrawn = True
            self.stop(one)
        if await _wait(mine):
            raise TimeoutError
        return len(mine)

    async def close(self) -> None:
        """Leave the files where they are: the next start goes on with them."""
        running = [*self._running.values()]
        for one in running:
            if one.task is not None:
                one.task.cancel()
            for request_id in tuple(one.request_ids):
                self._cancel(request_id)
        await _wait(running)


async def _wait(running: list[RunningBatch]) -> int:
    tasks = {one.task for one in running if one.task is not None}
    if not tasks:
        return 0
    _, late = await asyncio.wait(tasks, timeout=_END_TIMEOUT_S)
    return len(late)

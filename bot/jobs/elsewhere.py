"""What a person asks of the other processes of one bot: asked only where there are others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.storage import Storage
from bot.storage.errors import StorageError

_log = logging.getLogger(__name__)

_PATIENCE_S = 1.0
"""Longest wait for the database: Discord takes no acknowledgement after three seconds."""

_BATCH_S = 60.0
"""Longest time that a file is read."""

T = TypeVar("T")


class Elsewhere:
    """Answers from the database; where it does not, a person has asked nothing elsewhere.

    Two requests that two processes accept within the same few milliseconds do not see each other's
    row yet: then a person has one more than the cap. Pauses are exact.

    Args:
        storage: Shared.
        application_id: Of the bot, once it is logged in.
    """

    def __init__(self, storage: Storage, application_id: Callable[[], int | None]) -> None:
        self._jobs = storage.jobs
        self._holds = storage.holds
        self._batches = storage.batches
        self._application_id = application_id
        self._forgiving: set[asyncio.Task[None]] = set()

    async def running(self, user_id: int) -> int:
        """Return how many of a person's requests the other processes serve."""
        return await _soon(self._jobs.elsewhere(user_id, self._application_id() or 0), 0)

    async def take_pause(self, user_id: int, pause_s: float) -> float:
        """Begin a person's pause, unless it has begun; return how many seconds are left of it."""
        return await _soon(self._holds.take(self._key(user_id), pause_s, user_id), 0.0)

    @asynccontextmanager
    async def beginning_batch(self, user_id: int, here: Collection[str]) -> AsyncIterator[bool]:
        """Hold a person's place for a file among all processes while the block runs.

        Args:
            user_id: Of the person.
            here: Their files that this process knows of.

        Yields:
            Whether no other process reads one of theirs, or works through it.
        """
        application_id = self._application_id() or 0
        key = f"batch:{application_id}:{user_id}"
        if await _soon(self._holds.take(key, _BATCH_S, user_id), 0.0):
            yield False
            return
        try:
            running = self._batches.is_running(user_id, application_id, but=here)
            yield not await _soon(running, False)
        finally:
            await _soon(self._holds.release(key), None)

    def forgive(self, user_id: int) -> None:
        """End a person's pause soon."""
        releasing = self._holds.release(self._key(user_id))
        task = asyncio.create_task(_soon(releasing, None))
        self._forgiving.add(task)
        task.add_done_callback(self._forgiving.discard)

    def _key(self, user_id: int) -> str:
        return f"pause:{self._application_id()}:{user_id}"


async def _soon(asking: Coroutine[Any, Any, T], otherwise: T) -> T:
    """Wait a moment for an answer; a question that is late is let go on to its end."""
    task = asyncio.create_task(_answer(asking, otherwise))
    await asyncio.wait({task}, timeout=_PATIENCE_S)
    return task.result() if task.done() else otherwise


async def _answer(asking: Coroutine[Any, Any, T], otherwise: T) -> T:
    try:
        return await asking
    except StorageError as error:
        _log.error("the other processes' part of the limits is not known: %r", error)
        return otherwise

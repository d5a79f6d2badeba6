"""Drawing beside everything else: each person in turn, not for ever, and in nobody's way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any
from weakref import WeakValueDictionary

from bot.render.sheet import SlowPictureError

_log = logging.getLogger(__name__)

WAIT_LIMIT_S = 15.0
"""By the clock, and more than `DRAWING_LIMIT_S`, since a busy machine draws slowly."""


class Drawing:
    """One thread that draws, and the line before it.

    A person's pictures stand behind one another, and only the first of them stands in the line of
    all: nobody waits for more than one picture of any other person. The thread belongs to no loop,
    so nothing waits for its end.

    Args:
        limit_s: Longest that one picture is waited for.
    """

    def __init__(self, limit_s: float = WAIT_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._thread = _new_thread()
        self._line = asyncio.Lock()
        self._lines: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._end: Future[None] = Future()

    @contextlib.asynccontextmanager
    async def turn_of(self, person_id: int) -> AsyncIterator[None]:
        """Wait until it is a person's turn, and keep it."""
        own = self._lines.setdefault(person_id, asyncio.Lock())
        async with own, self._line:
            yield

    async def draw(self, picture: Callable[[], bytes]) -> bytes | None:
        """Draw a picture in its turn; None where it takes too long, or the bot ends."""
        if self._end.done():
            return None
        drawn = self._thread.submit(picture)
        # By the true clock, in a thread: the loop's own may be a simulated one.
        either: tuple[Future[Any], ...] = (drawn, self._end)
        await asyncio.to_thread(wait, either, self._limit_s, FIRST_COMPLETED)
        if drawn.done():
            try:
                return drawn.result()
            except SlowPictureError:
                _log.warning("a picture took too long and was given up")
        elif not self._end.done():
            _log.warning("a picture does not end: its thread is left to itself")
            self._thread.shutdown(wait=False)
            self._thread = _new_thread()
        return None

    def close(self) -> None:
        """Give up what is being drawn and draw nothing more."""
        if not self._end.done():
            self._end.set_result(None)
        self._thread.shutdown(wait=False, cancel_futures=True)


def _new_thread() -> ThreadPoolExecutor:
    # matplotlib keeps its fonts open for each thread: one thread has them once.
    return ThreadPoolExecutor(1, thread_name_prefix="drawing")

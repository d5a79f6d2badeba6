"""The way from the worker threads to the event loop: newest only, one pending wake-up."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

from engine.errors import EngineError
from engine.trace import Progress, Queued

ResultT = TypeVar("ResultT")

TEXT_INTERVAL_S = 0.1
"""Time after a text before the next one is worth making: nobody shows them faster."""


class Mailbox(Generic[ResultT]):
    """What one waiting caller has not seen yet.

    Any thread posts, the event loop receives. A slot holds the newest value only and at most one
    wake-up is pending, so a slow reader costs the writer nothing.

    Args:
        loop: The caller's event loop.
        has_events: False when only the outcome is wanted.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, has_events: bool) -> None:
        self._loop = loop
        self._has_events = has_events
        self._lock = threading.Lock()
        self._wake = asyncio.Event()
        self._is_wake_pending = False
        self._position: int | None = None
        self._progress: dict[int, Progress] = {}
        self._outcome: tuple[ResultT | EngineError, ...] = ()
        self._text_due_at = 0.0

    @property
    def has_events(self) -> bool:
        """Tell whether anybody looks at positions and progress."""
        return self._has_events

    @property
    def wants_text(self) -> bool:
        """Tell whether a reader would see a text that is made now."""
        return self._has_events and time.monotonic() >= self._text_due_at

    def post_position(self, position: int) -> None:
        """Replace the place in the queue."""
        if self._has_events:
            with self._lock:
                self._position = position
                self._wake_up()

    def post_progress(self, progress: Iterable[Progress], *, wakes: bool = True) -> None:
        """Replace the text of each attempt that is named.

        Args:
            progress: The texts.
            wakes: Whether the reader learns of it now; else by `wake_all`.
        """
        with self._lock:
            newest = {item.attempt: item for item in progress}
            if self._has_events and newest:
                self._text_due_at = time.monotonic() + TEXT_INTERVAL_S
                self._progress.update(newest)
                if wakes:
                    self._wake_up()

    def finish(self, outcome: ResultT | EngineError) -> None:
        """Post the end; the error is raised to the reader."""
        with self._lock:
            self._outcome = (outcome,)
            self._wake_up()

    async def receive(self) -> tuple[Queued | Progress, ...]:
        """Wait for something new and return it; nothing means that the outcome is there."""
        while True:
            with self._lock:
                self._wake.clear()
                self._is_wake_pending = False
                events = self._take_events()
                if events or self._outcome:
                    return events
            await self._wake.wait()

    async def result(self) -> ResultT:
        """Wait for the outcome, without looking at what comes before it.

        Raises:
            EngineError: The outcome was an error.
        """
        while await self.receive():
            pass
        (outcome,) = self._outcome
        if isinstance(outcome, EngineError):
            raise outcome
        return outcome

    def _take_events(self) -> tuple[Queued | Progress, ...]:
        queued = () if self._position is None else (Queued(position=self._position),)
        progress = tuple(self._progress[attempt] for attempt in sorted(self._progress))
        self._position = None
        self._progress.clear()
        return (*queued, *progress)

    def _wake_up(self) -> None:
        if not self._is_wake_pending:
            self._is_wake_pending = True
            _call(self._loop, [self._wake])

    def _take_wake(self) -> asyncio.Event | None:
        """Return what wakes the reader, if there is something new and nobody has told it so."""
        with self._lock:
            if self._is_wake_pending or not self._progress:
                return None
            self._is_wake_pending = True
            return self._wake


def wake_all(mailboxes: Iterable[Mailbox[Any]]) -> None:
    """Tell the readers of texts posted without a wake-up, those of one event loop by one call.

    Each call ends the turn of the thread that makes it: the loop's begins, and has little to do.
    """
    wakes: dict[asyncio.AbstractEventLoop, list[asyncio.Event]] = {}
    for mailbox in mailboxes:
        if (wake := mailbox._take_wake()) is not None:
            wakes.setdefault(mailbox._loop, []).append(wake)
    for loop, events in wakes.items():
        _call(loop, events)


def _call(loop: asyncio.AbstractEventLoop, wakes: Sequence[asyncio.Event]) -> None:
    # A loop that has ended has nobody left who reads.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(_set_all, wakes)


def _set_all(wakes: Sequence[asyncio.Event]) -> None:
    for wake in wakes:
        wake.set()

"""Calls as the records of their answers, the newest of everything, twice a second at most."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

from engine.api import Engine
from engine.filling.values import FillRequest
from engine.remote import wire
from engine.remote.wire import Question, Record
from engine.requests import GenerationRequest, ScoreRequest
from engine.trace import Done, Event, Progress, Queued

ALIVE_S: Final = 1.0
"""Longest silence."""
FLUSH_S: Final = 0.5
"""Between two records of a text: what comes meanwhile goes together."""
RECORDS_PER_S: Final = 16
"""Of all texts together, until each would wait for `ALIVE_S`. A message changes every second at
most, and a record wakes the replica's loop, which takes its turn from the decoding thread."""


class Answers:
    """Answers the calls that one engine is given.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts = 0

    async def records(self, request: Question) -> AsyncGenerator[Record, None]:
        """Answer a call; leaving the iterator stops it.

        Nothing is yielded before the engine has admitted a text.

        Raises:
            EngineError: The engine refuses or fails.
        """
        # Closed with this iterator, not when it is collected.
        async with aclosing(self._of(request)) as found:
            async for record in found:
                yield record

    def _of(self, request: Question) -> AsyncGenerator[Record, None]:
        if isinstance(request, GenerationRequest):
            return self._written(request)
        return _answered(self._engine, request)

    async def _written(self, request: GenerationRequest) -> AsyncGenerator[Record, None]:
        self._texts += 1
        try:
            async with aclosing(_written(self._engine, request, self.flush_s)) as written:
                async for record in written:
                    yield record
        finally:
            self._texts -= 1

    def flush_s(self) -> float:
        """Return how long a text waits between two records: longer with more texts."""
        return max(FLUSH_S, min(ALIVE_S, self._texts / RECORDS_PER_S))


async def _answered(engine: Engine, request: Question) -> AsyncGenerator[Record, None]:
    task = asyncio.create_task(_answer(engine, request))
    try:
        yield {"v": wire.VERSION, "kind": "opened"}
        while not (await asyncio.wait({task}, timeout=ALIVE_S))[0]:
            yield {"kind": "alive"}
        yield await asyncio.to_thread(wire.done_record, task.result())
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _answer(engine: Engine, request: Question) -> Any:
    if isinstance(request, ScoreRequest):
        return await engine.score(request)
    if isinstance(request, FillRequest):
        return await engine.fill(request)
    assert not isinstance(request, GenerationRequest)
    return await engine.explain(request)


class _Newest:
    """What of a text has not been sent yet."""

    def __init__(self) -> None:
        self._position: int | None = None
        self._progress: dict[int, Progress] = {}
        self._sent: Counter[int] = Counter()

    @property
    def is_begun(self) -> bool:
        """Tell whether anything that was written has been sent."""
        return bool(self._sent)

    def take(self, event: Event) -> None:
        """Let an event replace what it makes old."""
        if isinstance(event, Queued):
            self._position = event.position
        elif isinstance(event, Progress):
            self._progress[event.attempt] = event

    def records(self) -> list[Record]:
        """Return what is new."""
        found = [] if self._position is None else [wire.queued_record(self._position)]
        for attempt, progress in self._progress.items():
            found.append(wire.progress_record(progress, self._sent[attempt]))
            self._sent[attempt] = len(progress.token_ids)
        self._position = None
        self._progress.clear()
        return found


async def _written(
    engine: Engine, request: GenerationRequest, flush_s: Callable[[], float]
) -> AsyncGenerator[Record, None]:
    newest = _Newest()
    loop = asyncio.get_running_loop()
    async with aclosing(engine.stream(request)) as events:
        newest.take(await anext(events))
        yield {"v": wire.VERSION, "kind": "opened"}
        flushed_s = 0.0
        waiting = asyncio.ensure_future(_next(events))
        try:
            while True:
                pause_s = flush_s() if newest.is_begun else FLUSH_S
                due_s = flushed_s + pause_s - loop.time()
                is_silent = False
                if due_s <= 0:
                    found = newest.records()
                    for record in found:
                        yield record
                    is_silent = not found
                    flushed_s = flushed_s if is_silent else loop.time()
                    due_s = ALIVE_S if is_silent else pause_s
                if not (await asyncio.wait({waiting}, timeout=due_s))[0]:
                    if is_silent:
                        yield {"kind": "alive"}
                    continue
                event = waiting.result()
                if isinstance(event, Done):
                    yield await asyncio.to_thread(wire.done_record, event.completion)
                    return
                newest.take(event)
                waiting = asyncio.ensure_future(_next(events))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)

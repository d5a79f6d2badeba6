"""A call as the records of its answer, the newest of everything, twice a second."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
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
"""Between two records of a text: what comes meanwhile goes together. A message changes every second
at most, and a record costs the replica and Ray's proxy a millisecond each."""


async def records(engine: Engine, request: Question) -> AsyncGenerator[Record, None]:
    """Answer a call; leaving the iterator stops it.

    Nothing is yielded before the engine has admitted a text.

    Raises:
        EngineError: The engine refuses or fails.
    """
    if isinstance(request, GenerationRequest):
        async with aclosing(_written(engine, request)) as written:
            async for record in written:
                yield record
        return
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


async def _written(engine: Engine, request: GenerationRequest) -> AsyncGenerator[Record, None]:
    newest = _Newest()
    loop = asyncio.get_running_loop()
    async with aclosing(engine.stream(request)) as events:
        newest.take(await anext(events))
        yield {"v": wire.VERSION, "kind": "opened"}
        flushed_s = 0.0
        waiting = asyncio.ensure_future(_next(events))
        try:
            while True:
                due_s = flushed_s + FLUSH_S - loop.time()
                if due_s <= 0:
                    found = newest.records()
                    for record in found:
                        yield record
                    flushed_s = loop.time() if found else flushed_s
                    due_s = FLUSH_S if found else ALIVE_S
                if not (await asyncio.wait({waiting}, timeout=due_s))[0]:
                    if due_s == ALIVE_S:
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

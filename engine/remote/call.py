"""A call that is not answered yet: what comes for it, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Final

from engine.errors import EngineError, ErrorCode
from engine.remote.connection import Outgoing
from engine.remote.wire import Record, queued_record

_PLACE_S: Final = 0.5
"""Between two looks at the place of a call that nobody has taken yet."""


class RemoteCall:
    """One call of a caller, over however many replicas it goes.

    Attributes:
        stop_reason: Why it must end, once it must.
        is_taken: A replica has had it.
    """

    def __init__(self) -> None:
        self.stop_reason: ErrorCode | None = None
        self.is_taken = False
        self._body: Outgoing | None = None
        self._is_open = False
        self._inbox: asyncio.Queue[Record | Exception] = asyncio.Queue()

    def stop(self, reason: ErrorCode) -> None:
        """End it: what a replica writes is asked for, anything else ends at once."""
        if self.stop_reason is not None:
            return
        self.stop_reason = reason
        if self._body is not None and self._is_open:
            self._body.stop()
        else:
            self._inbox.put_nowait(EngineError(reason))

    def abandon(self) -> None:
        """End it at once: there is nobody any more who speaks to replicas."""
        self.stop_reason = self.stop_reason or "closed"
        self._inbox.put_nowait(EngineError("cancelled" if self.is_taken else "closed"))

    @asynccontextmanager
    async def exchange(
        self, body: Outgoing, records: AsyncGenerator[Record, None], place: Callable[[], int]
    ) -> AsyncIterator[AsyncGenerator[Record, None]]:
        """Receive records while the block runs; leaving it closes the connection.

        Args:
            body: What is being sent.
            records: What comes.
            place: Says where it stands in the line while no replica has it.
        """
        self._body = body
        pump = asyncio.create_task(self._receive(records))
        try:
            async with aclosing(self._items(place)) as items:
                yield items
        finally:
            self._is_open = False
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def _receive(self, records: AsyncGenerator[Record, None]) -> None:
        try:
            async with aclosing(records):
                async for record in records:
                    self._is_open = self.is_taken = True
                    self._inbox.put_nowait(record)
        except Exception as error:  # noqa: BLE001 (raised to whoever reads)
            self._inbox.put_nowait(error)

    async def _items(self, place: Callable[[], int]) -> AsyncGenerator[Record, None]:
        if not self.is_taken:
            yield queued_record(place())
        while True:
            try:
                async with asyncio.timeout(None if self.is_taken else _PLACE_S):
                    item = await self._inbox.get()
            except TimeoutError:
                yield queued_record(place())
                continue
            if isinstance(item, Exception):
                raise item
            yield item

"""The addresses that replicas are reached at: what they say of themselves, and who gets a call."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from engine.errors import EngineError, ModelUnavailable
from engine.remote.connection import BrokenError, Connection, FullError, Outgoing, Timeouts
from engine.remote.status import (
    ReplicaStatus,
    arithmetic_of,
    completed,
    differing,
    together,
)
from engine.remote.wire import Arithmetic, Question, Record
from engine.trace import EngineStats

logger = logging.getLogger(__name__)

LOOK_S: Final = 2.0
"""Between two looks at what the replicas say of themselves."""
_FORGOTTEN_S: Final = 15.0
_PAUSES_S: Final = (0.1, 0.25, 0.5, 1.0)
_SHUN_S: Final = 5.0


class Fleet:
    """Every address, each with one replica or many behind it.

    The first replica that says what it is decides how each model computes. One that computes
    otherwise takes no call of ours, since its tokens might be others, and counts for nothing.

    Args:
        addresses: At least one.
        timeouts: How long each may keep silent.
        patience_s: How long nobody may answer before that is said.
    """

    def __init__(self, addresses: Sequence[str], timeouts: Timeouts, patience_s: float) -> None:
        self._connections = [Connection(address, timeouts) for address in addresses]
        self._patience_s = patience_s
        self._statuses: dict[str, tuple[float, ReplicaStatus]] = {}
        self._open: Counter[Connection] = Counter()
        self._shunned: dict[Connection, float] = {}
        self._odd: set[str] = set()
        self._turn = itertools.count()
        self.arithmetic: Arithmetic = {}

    @property
    def status(self) -> ReplicaStatus | None:
        """What a replica said at the last look that succeeded; None before the first."""
        seen = max(self._statuses.values(), key=lambda seen: seen[0], default=None)
        return None if seen is None else seen[1]

    def stats(self, waiting: int) -> EngineStats:
        """Add up what the replicas have said of late.

        Args:
            waiting: Calls that no replica has yet.
        """
        oldest = time.monotonic() - _FORGOTTEN_S
        recent = [status for seen_s, status in self._statuses.values() if seen_s >= oldest]
        if not recent and self.status is not None:
            recent = [self.status]
        return together((status.stats for status in recent), waiting)

    async def look(self) -> None:
        """Ask every address what is behind it.

        Raises:
            ModelUnavailable: None says it.
        """
        found = await asyncio.gather(*map(self._look, self._connections))
        failures = [failure for failure in found if failure is not None]
        if len(failures) == len(self._connections):
            raise failures[0]

    async def records(
        self, request: Question, body: Outgoing, avoided: str | None, *, is_patient: bool
    ) -> AsyncGenerator[Record, None]:
        """Send a call to an address that takes it, and yield its records.

        Args:
            request: What is asked; named in errors.
            body: The call.
            avoided: A host to ask only where no other answers.
            is_patient: Whether to wait for a place where all are full.

        Raises:
            BrokenError: A replica had the call, and did not answer it to its end.
            EngineError: queue_full with `retry_after_s`.
            ModelUnavailable: Nobody has taken it.
        """
        until_s = time.monotonic() + self._patience_s
        for turn in itertools.count():
            failure: FullError | BrokenError | None = None
            for connection in self._in_order(avoided):
                self._open[connection] += 1
                try:
                    async with aclosing(connection.records(body)) as records:
                        async for record in records:
                            yield record
                    return
                except FullError as full:
                    failure = full
                except BrokenError as broken:
                    self._shunned[connection] = time.monotonic()
                    if broken.is_opened:
                        raise
                    failure = failure if isinstance(failure, FullError) else broken
                finally:
                    self._open[connection] -= 1
            assert failure is not None
            pause_s = _PAUSES_S[min(turn, len(_PAUSES_S) - 1)]
            is_over = time.monotonic() + pause_s > until_s or body.is_stopped
            if isinstance(failure, FullError):
                if is_over or not is_patient:
                    raise self._full(failure.error)
            elif is_over:
                raise ModelUnavailable(request.model, failure.reason, host=failure.host)
            await asyncio.sleep(pause_s)

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            await connection.close()

    async def _look(self, connection: Connection) -> ModelUnavailable | None:
        try:
            status = await connection.status()
        except BrokenError as broken:
            return ModelUnavailable(None, broken.reason, host=broken.host)
        arithmetic = arithmetic_of(status.models)
        other = differing(self.arithmetic, arithmetic)
        if other is not None:
            if status.replica not in self._odd:
                logger.error("%s computes %s otherwise: it gets no calls", connection.host, other)
            self._odd.add(status.replica)
            return ModelUnavailable(other, "revision_changed", host=connection.host)
        self.arithmetic = completed(self.arithmetic, arithmetic)
        self._note(status)
        return None

    def _note(self, status: ReplicaStatus) -> None:
        """Keep the newest of each replica, and drop those that are gone: each had its own name."""
        now_s = time.monotonic()
        self._statuses[status.replica] = (now_s, status)
        for replica, (seen_s, _) in list(self._statuses.items()):
            if seen_s < now_s - _FORGOTTEN_S:
                del self._statuses[replica]

    def _in_order(self, avoided: str | None) -> list[Connection]:
        """Return the addresses, the least busy first, those that failed of late last."""
        now_s, turn = time.monotonic(), next(self._turn)

        def rank(place: int) -> tuple[bool, bool, int, int]:
            connection = self._connections[place]
            is_shunned = now_s - self._shunned.get(connection, -_SHUN_S) < _SHUN_S
            order = (place - turn) % len(self._connections)
            return connection.host == avoided, is_shunned, self._open[connection], order

        places = sorted(range(len(self._connections)), key=rank)
        return [self._connections[place] for place in places]

    def _full(self, error: EngineError) -> EngineError:
        stats = self.stats(0)
        details = {
            "position": stats.queued + 1,
            "limit": stats.queue_limit,
            "retry_after_s": None
            if stats.queue_wait_s is None
            else max(1, round(stats.queue_wait_s)),
        }
        return EngineError("queue_full", **{**details, **error.details})

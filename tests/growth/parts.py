"""What a reply passes through: places that serve one after the other, and writers that share."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from tests.growth.clock import Clock


class Station:
    """Servers that take whoever comes first, each for a time that is known when it comes.

    Args:
        clock: Of the simulation.
        servers: How many serve at once.
    """

    def __init__(self, clock: Clock, servers: int = 1) -> None:
        self._clock = clock
        self._free_s = [0.0] * servers
        self._used_s = 0.0

    def wait_s(self, service_s: float, from_s: float | None = None) -> float:
        """Take a turn; return the seconds to the end of it.

        Args:
            service_s: How long it takes.
            from_s: When it is asked for; None: now.
        """
        from_s = self._clock.now_s if from_s is None else from_s
        end_s = max(from_s, self._free_s[0]) + service_s
        heapq.heapreplace(self._free_s, end_s)
        self._used_s += service_s
        return end_s - from_s

    def load(self, seconds: float) -> float:
        """Return the share of some seconds that was asked for: above one the queue grows."""
        return self._used_s / len(self._free_s) / seconds


class GroupWriter:
    """One transaction at a time; what comes meanwhile shares the next (`bot.storage.group_commit`).

    Args:
        clock: Of the simulation.
        transaction_s: Called with the moment of its beginning; how long the next one takes.
    """

    def __init__(self, clock: Clock, transaction_s: Callable[[float], float]) -> None:
        self._clock = clock
        self._transaction_s = transaction_s
        # The end of the transaction under way, and of the one that is being filled.
        self._end_s = self._next_end_s = 0.0
        self.transactions = 0

    def wait_s(self) -> float:
        """Write something; return the seconds to the end of its transaction."""
        now_s = self._clock.now_s
        if now_s >= self._next_end_s:
            self._end_s = self._next_end_s = self._begin(now_s)
        elif now_s >= self._end_s:
            # What was being filled is under way.
            self._end_s = self._next_end_s
            self._next_end_s = self._begin(self._end_s)
        elif self._next_end_s == self._end_s:
            self._next_end_s = self._begin(self._end_s)
        return self._next_end_s - now_s

    def _begin(self, from_s: float) -> float:
        self.transactions += 1
        return from_s + self._transaction_s(from_s)

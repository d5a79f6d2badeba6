"""How fast the engine has been lately."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_S = 60.0
RECENT_SERVICES = 32


class Rates:
    """Counters that worker threads feed and anybody reads.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._busy_workers = 0
        self._busy_since = 0.0
        self._by_second: deque[tuple[int, int, float]] = deque()
        self._services: deque[tuple[float, int]] = deque(maxlen=RECENT_SERVICES)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count the time inside as time spent on tokens; workers that overlap count once."""
        self._change_workers(1)
        try:
            yield
        finally:
            self._change_workers(-1)

    def add_tokens(self, tokens: int) -> None:
        """Count new tokens."""
        with self._lock:
            self._add(tokens, 0.0)

    def add_service(self, seconds: float, places: int) -> None:
        """Count one request that was served."""
        with self._lock:
            self._services.append((seconds, places))

    def tokens_per_s(self) -> float | None:
        """Return new tokens over the seconds spent on them in the last minute, None if idle."""
        with self._lock:
            self._forget_old()
            busy_s = sum(seconds for _, _, seconds in self._by_second)
            return sum(tokens for _, tokens, _ in self._by_second) / busy_s if busy_s else None

    def seconds_per_place(self) -> float | None:
        """Return the mean service time of a queue place among the last requests."""
        with self._lock:
            places = sum(places for _, places in self._services)
            return sum(seconds for seconds, _ in self._services) / places if places else None

    def _change_workers(self, change: int) -> None:
        with self._lock:
            now = self._clock()
            if self._busy_workers:
                self._add(0, now - self._busy_since)
            self._busy_since = now
            self._busy_workers += change

    def _add(self, tokens: int, busy_s: float) -> None:
        now = int(self._clock())
        if self._by_second and self._by_second[-1][0] == now:
            _, earlier_tokens, earlier_s = self._by_second.pop()
            tokens, busy_s = tokens + earlier_tokens, busy_s + earlier_s
        self._by_second.append((now, tokens, busy_s))
        self._forget_old()

    def _forget_old(self) -> None:
        oldest = self._clock() - WINDOW_S
        while self._by_second and self._by_second[0][0] < oldest:
            self._by_second.popleft()

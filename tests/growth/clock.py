"""Simulated time, and processes in it: generators that yield what they wait for."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from itertools import count
from math import inf
from typing import Any

Resume = Callable[[Any], None]
Wish = float | Callable[[Resume], None]
"""Seconds to wait for, or a function that is given what to call once the wait is over."""
Process = Generator[Wish, Any, Any]


class Clock:
    """What happens when, in the order of the moments; of one moment, in the order of the calls."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def at(self, when_s: float, call: Callable[[], None]) -> None:
        """Call something at a moment."""
        heapq.heappush(self._coming, (when_s, next(self._numbers), call))

    def start(self, process: Process) -> None:
        """Let a process run up to its first wait, and on from there when that is over."""
        self._step(process, None)

    def run(self, until_s: float = inf) -> None:
        """Let time pass, up to a moment or until nothing is to come."""
        while self._coming and self._coming[0][0] <= until_s:
            self.now_s, _, call = heapq.heappop(self._coming)
            call()
        if until_s < inf:
            self.now_s = until_s

    def _step(self, process: Process, value: Any) -> None:
        try:
            wish = process.send(value)
        except StopIteration:
            return
        if callable(wish):
            wish(lambda answer: self._step(process, answer))
        else:
            self.at(self.now_s + wish, lambda: self._step(process, None))

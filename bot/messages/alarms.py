"""Things to be done at a later moment of this process, each by its key.

They are discord.py's loops: a simulated Discord does not wait for these, but its clock reaches
them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from discord.ext import tasks

_LEAST_S = 0.001


class Alarms:
    """What waits for its moment; a restart forgets it, so that whoever sets it knows it again."""

    def __init__(self) -> None:
        self._timers: dict[str, tasks.Loop[Any]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._timers

    def set(self, key: str, delay_s: float, act: Callable[[], Awaitable[object]]) -> None:
        """Do something once, later; what has the same key and still waits is called off.

        Args:
            key: Names it.
            delay_s: Seconds until then; what is due already is done at once.
            act: Answers its own errors.
        """
        self.cancel(key)

        # The first round comes at once.
        @tasks.loop(seconds=max(delay_s, _LEAST_S), count=2)
        async def timer() -> None:
            if timer.current_loop and self._timers.get(key) is timer:
                del self._timers[key]
                await act()

        self._timers[key] = timer
        timer.start()

    def cancel(self, key: str) -> None:
        """Call off what waits under a key, if anything does."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        """Call off everything."""
        for key in tuple(self._timers):
            self.cancel(key)

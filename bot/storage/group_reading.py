"""One query for the questions of many: what comes while one is under way shares the next.

Twenty people who ask at once would else wait for twenty trips to the database and back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.storage.rounds import Rounds

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(eq=False)
class _Question(Generic[K, V]):
    """What one caller wants to know: what had been written before it asked is in the answer."""

    keys: Collection[K]
    answer: Mapping[K, V] | None = None


class GroupReading(Generic[K, V]):
    """Reads for all that wait.

    Args:
        read: Returns what there is of some keys, in one query.
    """

    def __init__(self, read: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._rounds = Rounds()
        self._waiting: list[_Question[K, V]] = []

    async def get(self, *keys: K) -> Mapping[K, V]:
        """Return what there is of the keys, perhaps with keys of others.

        Raises:
            StorageError: It cannot be read.
        """
        own: _Question[K, V] = _Question(keys)
        self._waiting.append(own)
        try:
            await self._rounds.until(lambda: own.answer is not None, self._read_waiting)
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        return own.answer or {}

    async def _read_waiting(self) -> None:
        taken, self._waiting = self._waiting, []
        try:
            answer = await self._read({key for question in taken for key in question.keys})
            for question in taken:
                question.answer = answer
        finally:
            # A failure is for who read; the others ask again, each for itself.
            self._waiting[:0] = [question for question in taken if question.answer is None]

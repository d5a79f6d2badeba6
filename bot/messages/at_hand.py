"""What the pages of a message were made of, while somebody may turn them.

It is in memory only, and of what came last: nothing of it is stored.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar
from uuid import uuid4

KEPT = 256

_T = TypeVar("_T")


class AtHand(Generic[_T]):
    """The newest things by their keys, the oldest dropped first.

    Args:
        limit: How many are kept.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._things: OrderedDict[str, tuple[int, _T]] = OrderedDict()

    def put(self, owner_id: int, thing: _T, key: str | None = None) -> str:
        """Keep a thing of a person; return its key, 32 random hexadecimal digits if not given."""
        key = key or uuid4().hex
        self._things[key] = (owner_id, thing)
        if len(self._things) > self._limit:
            self._things.popitem(last=False)
        return key

    def get(self, key: str) -> _T | None:
        """Return a thing, if it is still here."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[1]

    def forget(self, owner_id: int) -> None:
        """Drop everything of a person."""
        for key in [key for key, (owner, _) in self._things.items() if owner == owner_id]:
            del self._things[key]

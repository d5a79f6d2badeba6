"""Pictures that were drawn lately."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable

PICTURES_KEPT = 64
"""At most 100 kB each."""


class PictureCache:
    """The pictures of one bot instance: drawn in a thread, one at a time, the oldest dropped first.

    Args:
        limit: How many pictures are kept.
    """

    def __init__(self, limit: int = PICTURES_KEPT) -> None:
        self._limit = limit
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    async def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """Return the picture of that key, drawn now if it is not here."""
        async with self._drawing:
            picture = self._pictures.get(key)
            if picture is None:
                picture = await asyncio.to_thread(draw)
            self._pictures[key] = picture
            self._pictures.move_to_end(key)
            if len(self._pictures) > self._limit:
                self._pictures.popitem(last=False)
        return picture

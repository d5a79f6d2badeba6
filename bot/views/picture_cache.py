"""Pictures that were drawn lately."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

PICTURES_KEPT = 64
"""At most 100 kB each."""

PictureKey = tuple[str | int, ...]
"""What a picture shows; the id of its reply is among it."""


class PictureCache:
    """The pictures of one bot instance: drawn in a thread, one at a time, the oldest dropped first.

    Args:
        limit: How many pictures are kept.
    """

    def __init__(self, limit: int = PICTURES_KEPT) -> None:
        self._limit = limit
        self._pictures: OrderedDict[PictureKey, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()
        self._deletions = 0

    def kept(self, key: PictureKey) -> bytes | None:
        """Return the picture of that key if it is here, without waiting for any other."""
        return self._pictures.get(key)

    async def get(self, key: PictureKey, draw: Callable[[], bytes]) -> bytes:
        """Return the picture of that key, drawn now if it is not here."""
        async with self._drawing:
            picture = self._pictures.get(key)
            if picture is None:
                deletions = self._deletions
                picture = await asyncio.to_thread(draw)
                if deletions != self._deletions:
                    # It may show what was deleted meanwhile.
                    return picture
            self._pictures[key] = picture
            self._pictures.move_to_end(key)
            if len(self._pictures) > self._limit:
                self._pictures.popitem(last=False)
        return picture

    def forget(self, reply_id: str | None = None) -> None:
        """Drop the pictures of a deleted reply; those of all without an id."""
        self._deletions += 1
        for key in tuple(self._pictures):
            if reply_id is None or reply_id in key:
                del self._pictures[key]

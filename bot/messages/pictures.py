"""Pictures that were drawn lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from bot.messages.drawing import Drawing

PICTURES_KEPT = 64
"""At most 100 kB each."""

PictureKey = tuple[str | int, ...]
"""What a picture shows; the id of its reply is among it."""


class PictureCache:
    """The pictures of one bot instance, the oldest dropped first.

    Args:
        limit: How many pictures are kept.
        drawing: Draws them.
    """

    def __init__(self, limit: int = PICTURES_KEPT, drawing: Drawing | None = None) -> None:
        self._limit = limit
        self._pictures: OrderedDict[PictureKey, bytes] = OrderedDict()
        self._drawing = drawing or Drawing()
        self._deletions = 0

    def kept(self, key: PictureKey) -> bytes | None:
        """Return the picture of that key if it is here, without waiting for any other."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
        return self._pictures.get(key)

    async def get(self, key: PictureKey, draw: Callable[[], bytes], reader_id: int) -> bytes | None:
        """Return the picture of that key, drawn now if it is not here.

        Args:
            key: What it shows.
            draw: Draws it, in a thread.
            reader_id: For whom, whose turn it has to be.

        Returns:
            PNG bytes, or None where it cannot be drawn in time: the page says it in words.
        """
        if (kept := self.kept(key)) is not None:
            return kept
        async with self._drawing.turn_of(reader_id):
            if (kept := self.kept(key)) is not None:
                return kept
            deletions = self._deletions
            picture = await self._drawing.draw(draw)
        # It may show what was deleted meanwhile.
        if picture is not None and deletions == self._deletions:
            self._keep(key, picture)
        return picture

    async def draw_once(self, draw: Callable[[], bytes], reader_id: int) -> bytes | None:
        """Draw a picture that is not kept; None where it cannot be drawn in time."""
        async with self._drawing.turn_of(reader_id):
            return await self._drawing.draw(draw)

    def _keep(self, key: PictureKey, picture: bytes) -> None:
        self._pictures[key] = picture
        if len(self._pictures) > self._limit:
            self._pictures.popitem(last=False)

    def forget(self, reply_id: str | None = None) -> None:
        """Drop the pictures of a deleted reply; those of all without an id."""
        self._deletions += 1
        for key in tuple(self._pictures):
            if reply_id is None or reply_id in key:
                del self._pictures[key]

    def close(self) -> None:
        """Leave undrawn what is not drawn yet: its pages say it in words."""
        self._drawing.close()

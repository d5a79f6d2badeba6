"""Messages that many people change at once: few edits, and the last one shows all that changed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.storage.rounds import Rounds

_MESSAGES_KEPT = 256


@dataclass(eq=False)
class _Message:
    """One message under edition.

    Attributes:
        asked: How many times it was asked to be drawn.
        drawn: How many of these a drawing has shown.
        waiting: How many wait for a drawing.
        next_at: When the next drawing may begin, by the loop's clock.
    """

    asked: int = 0
    drawn: int = 0
    waiting: int = 0
    next_at: float = 0.0
    rounds: Rounds = field(default_factory=Rounds)


class Redrawing:
    """Draws each message anew, one drawing at a time.

    Args:
        interval_s: Shortest time between two drawings of a message.
    """

    def __init__(self, *, interval_s: float) -> None:
        self._interval_s = interval_s
        self._messages: OrderedDict[int, _Message] = OrderedDict()

    async def redraw(
        self, message_id: int, draw: Callable[[], Awaitable[None]], *, least_s: float = 0.0
    ) -> None:
        """Return once a drawing that began after this call is shown.

        Args:
            message_id: Which message.
            draw: Reads what there is to show, and shows it; whoever asks meanwhile shares the next.
                What it raises is for the caller that it was drawn for.
            least_s: Shortest time between two drawings of this message, where it is longer than
                usual. Where there is none at all, as by a clock that stands still, it stays so.
        """
        message = self._messages.setdefault(message_id, _Message())
        self._messages.move_to_end(message_id)
        message.asked += 1
        message.waiting += 1
        mine = message.asked
        try:
            await message.rounds.until(
                lambda: message.drawn >= mine, partial(self._round, message, draw, least_s)
            )
        finally:
            message.waiting -= 1
            self._forget_old()

    def note(self, message_id: int, *, least_s: float = 0.0) -> None:
        """Take note that a message was shown just now: its next drawing keeps its distance.

        Args:
            message_id: Which message.
            least_s: As in `redraw`.
        """
        message = self._messages.setdefault(message_id, _Message())
        self._keep_distance(message, least_s)
        self._forget_old()

    def _keep_distance(self, message: _Message, least_s: float) -> None:
        if self._interval_s:
            now = asyncio.get_running_loop().time()
            message.next_at = max(message.next_at, now + max(self._interval_s, least_s))

    async def _round(
        self, message: _Message, draw: Callable[[], Awaitable[None]], least_s: float
    ) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, message.next_at - loop.time()))
        asked = message.asked
        try:
            await draw()
        finally:
            # From its end on: a slow answer does not bring the next edit nearer to this one.
            self._keep_distance(message, least_s)
        message.drawn = asked

    def _forget_old(self) -> None:
        """Drop the messages that were drawn longest ago, unless somebody waits for them."""
        while len(self._messages) > _MESSAGES_KEPT:
            message_id, oldest = next(iter(self._messages.items()))
            if oldest.waiting:
                return
            del self._messages[message_id]

"""Messages that were deleted a moment ago and may be wanted back.

What the database had of them is deleted at once, so that nothing is left of them after a restart;
here it is kept for as long as «Deshacer» is offered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import discord

from bot.messages.alarms import Alarms
from bot.messages.live import Page
from bot.messages.responses import NETWORK_ERRORS
from bot.storage.removal import Removed

_log = logging.getLogger(__name__)

UNDO_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Discarded:
    """A deleted message.

    Attributes:
        by: Id of whoever deleted it, who alone may undo that.
        removed: What the database had.
        build: Builds what it showed.
        end: Takes the message away for good.
    """

    by: int
    removed: Removed
    build: Callable[[], Awaitable[Page]]
    end: Callable[[], Awaitable[object]]


class Trash:
    """The messages deleted within the last `UNDO_S` seconds, by the id of their reply."""

    def __init__(self) -> None:
        self._discarded: dict[str, Discarded] = {}
        self._alarms = Alarms()
        self._moving: set[str] = set()
        self._rests = asyncio.Event()
        self._rests.set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for its end."""
        return not self._discarded

    def put(self, reply_id: str, discarded: Discarded) -> None:
        """Keep a message until its time is over."""

        async def end() -> None:
            self._discarded.pop(reply_id, None)
            await _end(discarded)

        self._discarded[reply_id] = discarded
        self._alarms.set(reply_id, UNDO_S, end)

    def get(self, reply_id: str) -> Discarded | None:
        """Return a message, or None where it is too late."""
        return self._discarded.get(reply_id)

    def holds(self, reply_ids: Iterable[str]) -> bool:
        """Tell whether one of these is in it, or on its way in or out: another click was first."""
        return any(
            reply_id in self._discarded or reply_id in self._moving for reply_id in reply_ids
        )

    @contextmanager
    def moving(self, reply_ids: Iterable[str]) -> Iterator[None]:
        """Keep other clicks off messages that are being deleted or brought back."""
        moving = set(reply_ids)
        self._moving |= moving
        self._rests.clear()
        try:
            yield
        finally:
            self._moving -= moving
            if not self._moving:
                self._rests.set()

    @contextmanager
    def returning(self, reply_id: str) -> Iterator[None]:
        """Bring a message back within; it is put in again where that fails."""
        discarded = self._discarded.pop(reply_id)
        self._alarms.cancel(reply_id)
        with self.moving([reply_id]):
            try:
                yield
            except BaseException:
                self.put(reply_id, discarded)
                raise

    async def empty(self) -> None:
        """End all of them now: the bot closes, or somebody whose words they may have wants it."""
        # What is being brought back would be written behind a deletion of all.
        await self._rests.wait()
        while self._discarded:
            reply_id, discarded = self._discarded.popitem()
            self._alarms.cancel(reply_id)
            await _end(discarded)


async def _end(discarded: Discarded) -> None:
    """Take the message away; one that stays says that its text is deleted."""
    try:
        await discarded.end()
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("a deleted text's message stays: %s", error)

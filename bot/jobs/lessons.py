"""The lessons of one bot: the cells that are being computed, and the messages that show them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

import discord

from bot.jobs.batches import RunningBatches
from bot.messages.errors import UserError
from bot.messages.responses import NETWORK_ERRORS
from bot.storage.errors import StorageError

_log = logging.getLogger(__name__)

CONTROL = ""
"""Stands among the cells that are due for the teacher's message."""


class RunningLessons:
    """What only this process knows of its lessons; all else is stored.

    Args:
        cancel: Stops a request of the engine.
        draw: Brings the messages of a lesson to what is stored: those of the cells that are due,
            and the teacher's.
        interval_s: Shortest time between two drawings of a lesson.

    Attributes:
        running: The cells under way, by their lesson; kept as files of prompts are.
        resumed: Lesson → cell that was computed again after a restart, until the lesson moves.
        progress: Lesson → how much of its long cell is done, and of how many.
        with_files: Messages that have been sent their files, and keep them when edited.
        replaced: Teacher's messages that whoever sent a newer one deletes, and nobody else.
    """

    def __init__(
        self,
        cancel: Callable[[str], bool],
        draw: Callable[[str, set[str]], Awaitable[None]],
        *,
        interval_s: float,
    ) -> None:
        self.running = RunningBatches(cancel)
        self.resumed: dict[str, str] = {}
        self.progress: dict[str, tuple[int, int]] = {}
        self.with_files: set[int] = set()
        self.replaced: set[int] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._draw = draw
        self._interval_s = interval_s
        self._due: defaultdict[str, set[str]] = defaultdict(set)
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._drawing: dict[str, asyncio.Task[None]] = {}
        self._next_at: dict[str, float] = {}

    async def show(self, lesson_id: str, *cells: str) -> None:
        """Bring the messages of a lesson to what is stored; return once they are.

        One drawing at a time; who asks meanwhile shares the next, and what it raises.

        Args:
            lesson_id: The lesson.
            *cells: Those that have changed; `CONTROL` sends the teacher's message anew, below all.

        Raises:
            UserError: Nothing can be shown there, and why.
            discord.HTTPException: Discord fails.
        """
        self._due[lesson_id].update(cells)
        if lesson_id not in self._waiting:
            drawing = asyncio.create_task(self._draw_next(lesson_id), name="lesson")
            self._waiting[lesson_id] = drawing
        # Whoever is called off does not call off what others wait for.
        await asyncio.shield(self._waiting[lesson_id])

    async def _draw_next(self, lesson_id: str) -> None:
        """Draw a lesson once the drawing under way has ended, and some time after it."""
        if (before := self._drawing.get(lesson_id)) is not None:
            await asyncio.wait({before})
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at.get(lesson_id, 0.0) - loop.time()))
        self._drawing[lesson_id] = self._waiting.pop(lesson_id)
        due = self._due.pop(lesson_id, set())
        self._next_at[lesson_id] = loop.time() + self._interval_s
        try:
            await self._draw(lesson_id, due)
        except BaseException:
            self._due[lesson_id].update(due)
            raise
        finally:
            del self._drawing[lesson_id]

    async def show_quietly(self, lesson_id: str, *cells: str) -> None:
        """Do the same where nobody waits for an answer; a failure leaves a log line."""
        try:
            await self.show(lesson_id, *cells)
        except (UserError, StorageError, discord.HTTPException, *NETWORK_ERRORS) as error:
            _log.warning("the lesson %s is not shown as it is: %r", lesson_id[:8], error)

    def tell(self, lesson_id: str, cell: str, done: int, count: int) -> None:
        """Show soon how much of a long cell is done."""
        self.progress[lesson_id] = (done, count)
        telling = asyncio.create_task(self.show_quietly(lesson_id, cell), name="lesson-progress")
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

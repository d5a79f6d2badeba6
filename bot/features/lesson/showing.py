"""A lesson's messages, brought to what is stored (`RunningLessons.show` says when).

A message that somebody has deleted is sent again; the teacher's is
sent anew below each cell, so that it is always the last.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from bot.client import Client
from bot.features.lesson import texts
from bot.features.lesson.cells import cell_of
from bot.features.lesson.pages import cell_page, control_page
from bot.features.lesson.words import Standing
from bot.jobs.lessons import CONTROL
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.responses import NETWORK_ERRORS
from bot.render.model_names import shown_name
from bot.storage.lesson_records import Lesson

_T = TypeVar("_T")

_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE = 10003, 10008
_THREAD_ARCHIVED, _THREAD_LOCKED = 50083, 160005


async def draw_lesson(client: Client, lesson_id: str, due: set[str]) -> None:
    """Bring the messages of a lesson to what is stored.

    Args:
        client: Of the bot.
        lesson_id: The lesson.
        due: Keys of the cells that have changed; see `RunningLessons.show`.

    Raises:
        UserError: Nothing can be shown there, and why.
        discord.HTTPException: Discord fails.
    """
    try:
        await _draw(client, lesson_id, due)
    except discord.HTTPException as error:
        raise await _explained(client, lesson_id, error) from error


async def _draw(client: Client, lesson_id: str, due: set[str]) -> None:
    lesson = await client.storage.lessons.get(lesson_id)
    if lesson is None:
        return
    standing = await _standing(client, lesson)
    is_lowered = CONTROL in due
    channel = _Channel(client, lesson)
    for key in (*sorted(due - {CONTROL, lesson.cell}), lesson.cell):
        is_current = key == lesson.cell and lesson.is_open
        is_new = await _draw_cell(channel, standing, key, key in due, is_current)
        is_lowered |= is_new
    await _draw_control(channel, await _standing(client, lesson), is_lowered)


async def _standing(client: Client, lesson: Lesson) -> Standing:
    """Read all that there is of a lesson."""
    storage, lesson_id = client.storage, lesson.lesson_id
    return Standing(
        lesson=lesson,
        model_name=shown_name(client.engine, lesson.model),
        cells=await storage.lessons.cells(lesson_id),
        doubts=await storage.doubts.count(lesson_id),
        resumed=client.lessons.resumed.get(lesson_id),
        progress=client.lessons.progress.get(lesson_id),
    )


class _Channel:
    """The place of a lesson."""

    def __init__(self, client: Client, lesson: Lesson) -> None:
        self.client, self.lesson = client, lesson
        self._place = client.get_partial_messageable(lesson.channel_id, guild_id=lesson.guild_id)

    async def send(self, page: Page) -> int:
        """Send a message; return its id."""
        message = await self._opened(lambda: self._place.send(**page.send_arguments()))
        return message.id

    async def edit(self, message_id: int, page: Page, *, with_files: bool = True) -> bool:
        """Edit a message; tell whether it is still there.

        Args:
            message_id: Of the bot.
            page: What it shows from now on.
            with_files: Whether its files are sent again; it keeps those that it has otherwise.
        """
        message = self._place.get_partial_message(message_id)

        async def change() -> None:
            arguments = page.edit_arguments()
            if not with_files:
                del arguments["attachments"]
            await message.edit(**arguments)

        try:
            await self._opened(change)
        except discord.HTTPException as error:
            if error.code != _UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def delete(self, message_id: int) -> None:
        """Delete a message that another one has taken the place of."""
        try:
            await self._place.get_partial_message(message_id).delete()
        except (discord.HTTPException, *NETWORK_ERRORS):
            # It stays as a copy, which goes when its buttons are used.
            self.client.lessons.replaced.discard(message_id)

    async def _opened(self, act: Callable[[], Awaitable[_T]]) -> _T:
        """Do something in a thread that may have been archived meanwhile."""
        try:
            return await act()
        except discord.HTTPException as error:
            if error.code != _THREAD_ARCHIVED:
                raise
        await self.client.http.edit_channel(self.lesson.channel_id, archived=False)
        return await act()


async def _draw_cell(
    channel: _Channel, standing: Standing, key: str, is_due: bool, is_current: bool
) -> bool:
    """Bring a cell's message to what is stored; tell whether it was sent anew."""
    cell, shown = cell_of(key), standing.cells.get(key)
    if cell is None or shown is None:
        return False
    client, lesson_id = channel.client, standing.lesson.lesson_id
    page, old = cell_page(cell, shown, standing), shown.message_id
    if old is not None:
        if not is_due:
            return False
        with_files = old not in client.lessons.with_files
        if await channel.edit(old, page, with_files=with_files):
            _note_files(client, old, page)
            return False
        await client.storage.lessons.set_message(lesson_id, key, None)
    if not is_current:
        return False
    sent = await channel.send(page)
    await client.storage.lessons.set_message(lesson_id, key, sent)
    _note_files(client, sent, page)
    return True


def _note_files(client: Client, message_id: int, page: Page) -> None:
    """Note that a message has its files: a picture that comes again and again flickers."""
    if page.files:
        client.lessons.with_files.add(message_id)


async def _draw_control(channel: _Channel, standing: Standing, is_lowered: bool) -> None:
    lesson, client = standing.lesson, channel.client
    page, old = control_page(standing), lesson.control_id
    if old is not None and not is_lowered:
        if await channel.edit(old, page):
            return
        old = None
    sent = await channel.send(page)
    if old is not None:
        client.lessons.replaced.add(old)
    await client.storage.lessons.set_control(lesson.lesson_id, sent)
    if old is not None:
        await channel.delete(old)


async def _explained(client: Client, lesson_id: str, error: discord.HTTPException) -> Exception:
    """Say what Discord refuses; a lesson whose place is gone has ended."""
    if error.code == _UNKNOWN_CHANNEL:
        await client.storage.lessons.close(lesson_id)
        return UserError(texts.PLACE_GONE)
    if error.code == _THREAD_LOCKED:
        return UserError(texts.THREAD_LOCKED)
    if error.code == _THREAD_ARCHIVED:
        return UserError(texts.THREAD_ARCHIVED)
    if isinstance(error, discord.Forbidden):
        return UserError(texts.PLACE_FORBIDDEN)
    return error

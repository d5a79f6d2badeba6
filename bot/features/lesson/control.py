"""The moves of a lesson, each from the version that its button or command was shown at."""

from __future__ import annotations

from datetime import UTC, datetime

import discord

from bot.client import Interaction
from bot.features.lesson import texts
from bot.features.lesson.cells import plan
from bot.features.lesson.run import start_cell, stop_cell
from bot.features.lesson.teacher import require_may_teach, require_teacher
from bot.features.lesson.words import number_of
from bot.messages.errors import UserError
from bot.messages.responses import NETWORK_ERRORS
from bot.storage.lesson_records import Lesson


async def stored_lesson(interaction: Interaction, lesson_id: str) -> Lesson:
    """Read a lesson.

    Raises:
        UserError: It is gone.
    """
    lesson = await interaction.client.storage.lessons.get(lesson_id)
    if lesson is None:
        raise UserError(texts.GONE)
    return lesson


async def own_lesson(interaction: Interaction, lesson_id: str) -> Lesson:
    """Read an open lesson for its teacher.

    Raises:
        UserError: It is gone, has ended, or is somebody else's.
    """
    lesson = await stored_lesson(interaction, lesson_id)
    require_teacher(interaction, lesson)
    if not lesson.is_open:
        raise UserError(texts.ENDED_ALREADY)
    return lesson


async def run_cell(interaction: Interaction, lesson: Lesson, version: int) -> None:
    """Compute the cell where a lesson stands; what is under way or done stays as it is."""
    client = interaction.client
    key = await client.storage.lessons.begin(lesson.lesson_id, version, datetime.now(UTC))
    if key is None:
        await client.lessons.show(lesson.lesson_id)
        return
    start_cell(client, lesson, key)
    await client.lessons.show(lesson.lesson_id, key)


async def go_by(interaction: Interaction, lesson: Lesson, version: int, places: int) -> None:
    """Move some cells on or back; nothing beyond either end."""
    index = number_of(lesson.cell) - 1 + places
    if 0 <= index < len(plan()):
        await go_to(interaction, lesson, version, plan()[index].key)


async def go_to(interaction: Interaction, lesson: Lesson, version: int, key: str) -> bool:
    """Move to a cell; tell whether the lesson was still at that version."""
    client = interaction.client
    is_moved = await client.storage.lessons.go_to(lesson.lesson_id, version, key)
    if is_moved:
        client.lessons.resumed.pop(lesson.lesson_id, None)
    await client.lessons.show(lesson.lesson_id)
    return is_moved


async def repeat(interaction: Interaction, lesson: Lesson, version: int) -> None:
    """Bring the cell down to the end of the channel, or compute one again that did not come off.

    What is done is not computed again: the same seed would write the same text.
    """
    client = interaction.client
    cell = await client.storage.lessons.cell(lesson.lesson_id, lesson.cell)
    if cell is not None and cell.state == "failed":
        await run_cell(interaction, lesson, version)
        return
    if not await client.storage.lessons.go_to(lesson.lesson_id, version, lesson.cell):
        await client.lessons.show(lesson.lesson_id)
        return
    await client.storage.lessons.set_message(lesson.lesson_id, lesson.cell, None)
    await client.lessons.show(lesson.lesson_id)
    if cell is not None and cell.message_id is not None:
        await _delete(interaction, lesson, cell.message_id)


async def finish(interaction: Interaction, lesson: Lesson, version: int | None) -> None:
    """End a lesson; a cell that is being computed is left."""
    client = interaction.client
    cells = await client.storage.lessons.cells(lesson.lesson_id)
    if await client.storage.lessons.close(lesson.lesson_id, version):
        stop_cell(client, lesson.lesson_id)
        client.lessons.resumed.pop(lesson.lesson_id, None)
    running = [key for key, cell in cells.items() if cell.state == "running"]
    await client.lessons.show(lesson.lesson_id, *running)


async def take_over(interaction: Interaction, lesson: Lesson, version: int) -> bool:
    """Make whoever clicked the teacher; tell whether the lesson was still at that version.

    Raises:
        UserError: They may not teach, are the teacher, or the lesson has ended.
    """
    require_may_teach(interaction)
    if not lesson.is_open:
        raise UserError(texts.ENDED_ALREADY)
    if interaction.user.id == lesson.owner_id:
        raise UserError(texts.YOURS_ALREADY)
    lessons = interaction.client.storage.lessons
    return await lessons.take_over(lesson.lesson_id, version, interaction.user.id)


async def reopen(interaction: Interaction, lesson: Lesson) -> None:
    """Go on with a lesson that has ended, as its teacher.

    Raises:
        UserError: They may not teach, or another lesson is open there.
    """
    require_may_teach(interaction)
    client, place = interaction.client, _home(interaction, lesson)
    is_reopened = await client.storage.lessons.reopen(lesson.lesson_id, place, interaction.user.id)
    if not is_reopened and not lesson.is_open:
        raise UserError(texts.CANNOT_REOPEN)
    await client.lessons.show(lesson.lesson_id)


def _home(interaction: Interaction, lesson: Lesson) -> int:
    """Return the channel that a lesson belongs to: that of the thread that was made for it."""
    channel, bot = interaction.channel, interaction.client.user
    if isinstance(channel, discord.Thread) and bot is not None and channel.owner_id == bot.id:
        return channel.parent_id
    return lesson.channel_id


async def clear_stray(interaction: Interaction, before: Lesson) -> None:
    """Delete the clicked message where it is a copy of the teacher's, of an end cut off in between.

    It is not where it was the teacher's before the move, or is noted as that only by now, or is
    being deleted as it has been replaced.
    """
    message, client = interaction.message, interaction.client
    after = await client.storage.lessons.get(before.lesson_id)
    if message is None or after is None or message.id in client.lessons.replaced:
        return
    if message.id not in {before.control_id, after.control_id}:
        await _delete(interaction, after, message.id)


async def _delete(interaction: Interaction, lesson: Lesson, message_id: int) -> None:
    place = interaction.client.get_partial_messageable(lesson.channel_id, guild_id=lesson.guild_id)
    try:
        await place.get_partial_message(message_id).delete()
    except (discord.HTTPException, *NETWORK_ERRORS):
        # It is gone already, or stays as a copy: its buttons say so.
        return

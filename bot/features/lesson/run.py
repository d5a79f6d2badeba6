"""One cell, computed once for a whole class, also across restarts."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import discord

from bot.client import Client
from bot.features.lesson import texts
from bot.features.lesson.cell import Lab, Pinned
from bot.features.lesson.cells import cell_of
from bot.features.lesson.findings import failure_of, findings_of, reply_of
from bot.features.lesson.words import message_url, number_of
from bot.jobs.batches import RunningBatch
from bot.jobs.lessons import CONTROL
from bot.messages.errors import UserError, report
from bot.messages.responses import NETWORK_ERRORS
from bot.render.markdown import escape
from bot.render.model_names import known_model, without_folders
from bot.storage.errors import StorageError
from bot.storage.lesson_records import CellState, Findings, Lesson
from bot.texts.common import PRECISIONS
from engine import EngineError

_log = logging.getLogger(__name__)

LONG_S = 20.0
"""A cell that takes longer calls the teacher at its end."""
_MOST_REQUESTS = 4
"""A cell may take this many times what one request may."""
_STILL_TAUGHT = timedelta(hours=12)
"""A lesson in which nothing has happened for longer is not drawn again at a start."""


def start_cell(client: Client, lesson: Lesson, key: str, *, is_resumed: bool = False) -> None:
    """Compute a cell in the background.

    Args:
        client: Of the bot.
        lesson: Open; it is stored that the cell is being computed.
        key: Of the cell.
        is_resumed: Whether an earlier process began it.
    """
    if is_resumed:
        client.lessons.resumed[lesson.lesson_id] = key
    else:
        client.lessons.resumed.pop(lesson.lesson_id, None)
    running = RunningBatch(batch_id=lesson.lesson_id, owner_id=lesson.owner_id)
    client.lessons.running.start(running, partial(_work, client, lesson, key))


def stop_cell(client: Client, lesson_id: str) -> None:
    """Leave the cell of a lesson that is being computed, if there is one."""
    running = client.lessons.running.get(lesson_id)
    if running is not None:
        client.lessons.running.stop(running)


async def resume_lessons(client: Client) -> None:
    """Compute again what an earlier process left half-way, and show what it could not."""
    if client.application_id is None:
        return
    try:
        lessons = await client.storage.lessons.all_open(client.application_id)
        for lesson in lessons:
            if client.shards_here.have(lesson.guild_id):
                await _resume(client, lesson)
    except StorageError as error:
        _log.error("the lessons of before do not go on: %r", error)


async def _resume(client: Client, lesson: Lesson) -> None:
    cells = await client.storage.lessons.cells(lesson.lesson_id)
    begun = [cell.started_at for cell in cells.values() if cell.started_at is not None]
    is_fresh = datetime.now(UTC) - max([lesson.created_at, *begun]) < _STILL_TAUGHT
    left = next((key for key, cell in cells.items() if cell.state == "running"), None)
    if left is not None and client.lessons.running.get(lesson.lesson_id) is None:
        start_cell(client, lesson, left, is_resumed=True)
    if left is not None or is_fresh:
        shown = {lesson.cell, *([left] if left else [])}
        drawing = asyncio.create_task(client.lessons.show_quietly(lesson.lesson_id, *shown))
        client.clicks.add(drawing)
        drawing.add_done_callback(client.clicks.discard)


async def _work(client: Client, lesson: Lesson, key: str, running: RunningBatch) -> None:
    began = time.monotonic()
    state: CellState = "done"
    findings: Findings | None = None
    try:
        findings = await _compute(client, lesson, key, running)
    except EngineError as error:
        if error.code == "closed":
            # The next start computes it again.
            return
        state, findings = "failed", failure_of(_said(error, lesson))
    except TimeoutError:
        state, findings = "failed", failure_of(texts.CELL_LATE)
    except Exception as error:  # noqa: BLE001 (the teacher is told, whatever happened)
        state, findings = "failed", failure_of(report(error))
    finally:
        client.lessons.progress.pop(lesson.lesson_id, None)
    if running.is_withdrawn:
        # Of a lesson that somebody else teaches by now; their own is gone.
        state, findings = "shown", None
    elif running.stopping.is_set():
        # It has ended, and may have been opened again.
        return
    if not await client.storage.lessons.end(lesson.lesson_id, key, state, findings):
        return
    cell = cell_of(key)
    lowered = (CONTROL,) if cell is not None and cell.posts else ()
    await client.lessons.show_quietly(lesson.lesson_id, key, *lowered)
    if time.monotonic() - began > LONG_S:
        await _call(client, lesson.lesson_id, key, state)


async def _compute(client: Client, lesson: Lesson, key: str, running: RunningBatch) -> Findings:
    """Compute a cell and store its texts.

    Raises:
        TimeoutError: It took far too long.
        UserError: There is no such cell, or it is computed in another precision than the others.
    """
    cell = cell_of(key)
    if cell is None:
        raise UserError(texts.UNKNOWN_CELL)
    if known_model(client.engine, lesson.model) is None:
        raise EngineError("unknown_model", model=lesson.model)
    lab = Lab(
        client,
        pinned_of(lesson),
        owner_id=lesson.owner_id,
        lesson_id=lesson.lesson_id,
        channel_id=lesson.channel_id,
        guild_id=lesson.guild_id,
        request_ids=running.request_ids,
        report=partial(client.lessons.tell, lesson.lesson_id, key),
    )
    async with asyncio.timeout(_MOST_REQUESTS * client.settings.request_timeout_s):
        result = await cell.run(lab)
    if result.traces:
        written = result.traces[0].completion
        if lesson.precision not in {"", written.precision}:
            before, now = (PRECISIONS.get(n, n) for n in (lesson.precision, written.precision))
            raise UserError(texts.PRECISION_CHANGED.format(before=before, now=now))
        await client.storage.lessons.pin(lesson.lesson_id, written.revision, written.precision)
    replies = [reply_of(lesson, key, i, trace) for i, trace in enumerate(result.traces)]
    if replies and not running.is_withdrawn:
        await client.storage.replies.save(*replies)
    return findings_of(lesson.lesson_id, key, result)


def pinned_of(lesson: Lesson) -> Pinned:
    """Return what a lesson was begun with."""
    return Pinned(
        model=lesson.model,
        revision=lesson.revision,
        precision=lesson.precision,
        seed=lesson.seed,
    )


def _said(error: EngineError, lesson: Lesson) -> str:
    if error.code == "unknown_model":
        return texts.MODEL_GONE.format(model=escape(without_folders(lesson.model)))
    return report(error)


async def _call(client: Client, lesson_id: str, key: str, state: CellState) -> None:
    """Call the teacher, and nobody else: a long cell has come to its end."""
    lesson = await client.storage.lessons.get(lesson_id)
    cell, stored = cell_of(key), await client.storage.lessons.cell(lesson_id, key)
    if lesson is None or not lesson.is_open or cell is None:
        return
    template = texts.MENTION_DONE if state == "done" else texts.MENTION_FAILED
    message_id = None if stored is None else stored.message_id
    link = "" if message_id is None else texts.LINK.format(url=message_url(lesson, message_id))
    text = template.format(
        owner=lesson.owner_id, number=number_of(key), title=cell.title, link=link
    )
    teacher = discord.Object(lesson.owner_id)
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=[teacher])
    place = client.get_partial_messageable(lesson.channel_id, guild_id=lesson.guild_id)
    try:
        await place.send(text.rstrip(), allowed_mentions=mentions)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("the teacher of lesson %s is not called: %r", lesson_id[:8], error)

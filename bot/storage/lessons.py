"""Lessons: where each stands, what its cells found out, and who has a doubt about which.

Every move of a lesson names the version that it starts from: of two at once, one is done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.lesson_records import (
    CellState,
    Findings,
    Lesson,
    LessonCell,
    json_of,
)
from bot.storage.pruning import prune_ended
from bot.storage.schema import lesson_cells as cells_table
from bot.storage.schema import lessons as table


class LessonsRepository:
    """One row per lesson, and one for each of its cells; they go together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, lesson: Lesson) -> bool:
        """Note a lesson at its first cell; tell whether none was open in its channel."""
        values = {one.name: getattr(lesson, one.name) for one in fields(lesson)}
        async with self._database.writing() as connection:
            if await _is_taken(connection, lesson.application_id, lesson.open_in):
                return False
            await connection.execute(insert(table).values(**values, size_bytes=0))
            await _show_cell(connection, lesson.lesson_id, lesson.cell)
        return True

    async def get(self, lesson_id: str) -> Lesson | None:
        """Return a lesson, or None if it is gone."""
        return await self._first(table.c.lesson_id == lesson_id)

    async def open_in(self, application_id: int, channel_id: int) -> Lesson | None:
        """Return the open lesson of a channel, or of the thread that it is given in."""
        is_here = or_(table.c.open_in == channel_id, table.c.channel_id == channel_id)
        is_ours = table.c.application_id == application_id
        return await self._first(is_ours & is_here & table.c.open_in.is_not(None))

    async def all_open(self, application_id: int) -> tuple[Lesson, ...]:
        """Return the open lessons of a bot, oldest first."""
        is_open = (table.c.application_id == application_id) & table.c.open_in.is_not(None)
        return await self._all(is_open)

    async def of(self, owner_id: int) -> tuple[Lesson, ...]:
        """Return a person's lessons, oldest first."""
        return await self._all(table.c.owner_id == owner_id)

    async def go_to(self, lesson_id: str, version: int, cell: str) -> bool:
        """Move to a cell; tell whether the lesson was open and at that version."""
        async with self._database.writing() as connection:
            if not await _move(connection, lesson_id, version, cell=cell):
                return False
            await _show_cell(connection, lesson_id, cell)
        return True

    async def take_over(self, lesson_id: str, version: int, owner_id: int) -> bool:
        """Give a lesson another teacher; tell whether it was open and at that version."""
        async with self._database.writing() as connection:
            return await _move(connection, lesson_id, version, owner_id=owner_id)

    async def reopen(self, lesson_id: str, open_in: int, owner_id: int) -> bool:
        """Go on with a lesson that ended; tell whether it had, and none is open in that channel."""
        is_ended = (table.c.lesson_id == lesson_id) & table.c.open_in.is_(None)
        async with self._database.writing() as connection:
            query = select(table.c.application_id).where(is_ended).with_for_update()
            application_id = await connection.scalar(query)
            if application_id is None or await _is_taken(connection, application_id, open_in):
                return False
            values = {"open_in": open_in, "owner_id": owner_id, "version": table.c.version + 1}
            await connection.execute(update(table).where(is_ended).values(**values))
        return True

    async def pin(self, lesson_id: str, revision: str | None, precision: str) -> None:
        """Note in which revision and precision the first text was written, for all the others."""
        is_unpinned = (table.c.lesson_id == lesson_id) & (table.c.precision == "")
        change = update(table).where(is_unpinned)
        await self._database.execute(change.values(revision=revision, precision=precision))

    async def close(self, lesson_id: str, version: int | None = None) -> bool:
        """End a lesson; tell whether it was open, and at that version where one is named.

        What was being computed never is.
        """
        async with self._database.writing() as connection:
            if not await _move(connection, lesson_id, version, open_in=None):
                return False
            is_running = _is_in(lesson_id) & (cells_table.c.state == "running")
            await connection.execute(update(cells_table).where(is_running).values(state="shown"))
        return True

    async def begin(self, lesson_id: str, version: int, now: datetime) -> str | None:
        """Take the computing of the cell where a lesson stands, for one caller only.

        Returns:
            The cell's key; None where the lesson was not open or not at that version, something
            of it is being computed, or the cell is done.
        """
        query = select(table.c.cell).where(_is_open(lesson_id, version)).with_for_update()
        is_busy = _is_in(lesson_id) & (cells_table.c.state == "running")
        async with self._database.writing() as connection:
            cell = await connection.scalar(query)
            is_it = _is_in(lesson_id) & (cells_table.c.cell == cell)
            state = await connection.scalar(select(cells_table.c.state).where(is_it))
            busy = await connection.scalar(select(cells_table.c.cell).where(is_busy).limit(1))
            if state not in {"shown", "failed"} or busy is not None:
                return None
            await _move(connection, lesson_id, version)
            values: dict[str, Any] = {"state": "running", "started_at": now, **_NOTHING}
            await connection.execute(update(cells_table).where(is_it).values(**values))
            await _measure(connection, lesson_id)
        return str(cell)

    async def end(
        self, lesson_id: str, cell: str, state: CellState, findings: Findings | None
    ) -> bool:
        """Note what came of a cell that was being computed; tell whether it still was."""
        is_it = _is_in(lesson_id) & (cells_table.c.cell == cell)
        change = update(cells_table).where(is_it & (cells_table.c.state == "running"))
        values: dict[str, Any] = {"state": state}
        if findings is not None:
            values |= {
                "result": json_of(findings.words),
                "reply_ids": json.dumps(findings.reply_ids),
                "picture": findings.picture,
                "file": findings.file,
            }
        async with self._database.writing() as connection:
            if not (await connection.execute(change.values(**values))).rowcount:
                return False
            await _measure(connection, lesson_id)
        return True

    async def cells(self, lesson_id: str) -> Mapping[str, LessonCell]:
        """Return what has been shown of a lesson, by the cells' keys."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(cells_table).where(_is_in(lesson_id)))).all()
        return {row.cell: _cell(row) for row in rows}

    async def cell(self, lesson_id: str, cell: str) -> LessonCell | None:
        """Return a cell, or None if it has not been shown."""
        is_it = _is_in(lesson_id) & (cells_table.c.cell == cell)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(cells_table).where(is_it))).one_or_none()
        return None if row is None else _cell(row)

    async def set_message(self, lesson_id: str, cell: str, message_id: int | None) -> None:
        """Note the message that shows a cell; None where it is gone."""
        is_it = _is_in(lesson_id) & (cells_table.c.cell == cell)
        change = update(cells_table).where(is_it)
        await self._database.execute(change.values(message_id=message_id))

    async def set_control(self, lesson_id: str, message_id: int | None) -> None:
        """Note the message with the teacher's buttons; None where it is gone."""
        change = update(table).where(table.c.lesson_id == lesson_id)
        await self._database.execute(change.values(control_id=message_id))

    async def delete(self, lesson_id: str) -> None:
        """Delete a lesson with its cells and its doubts."""
        async with self._database.deleting() as connection:
            await connection.execute(delete(table).where(table.c.lesson_id == lesson_id))
        self._database.has_deleted.set()

    async def size_bytes(self) -> int:
        """Return the bytes of all lessons, without their texts."""
        query = select(func.coalesce(func.sum(table.c.size_bytes), 0))
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def prune(self, retention_days: int, limit_bytes: int, now: datetime) -> int:
        """Delete the lessons that ended and are older, then the oldest of them beyond the size.

        Returns:
            The number of lessons deleted.
        """
        return await prune_ended(
            self._database,
            table,
            table.c.open_in.is_(None),
            retention_days=retention_days,
            limit_bytes=limit_bytes,
            now=now,
        )

    async def _first(self, condition: ColumnElement[bool]) -> Lesson | None:
        return next(iter(await self._all(condition)), None)

    async def _all(self, condition: ColumnElement[bool]) -> tuple[Lesson, ...]:
        query = select(table).where(condition).order_by(table.c.created_at, table.c.lesson_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(map(_lesson, rows))


_NOTHING: Mapping[str, Any] = {"result": None, "reply_ids": "[]", "picture": None, "file": None}


async def _move(
    connection: AsyncConnection, lesson_id: str, version: int | None, **changes: Any
) -> bool:
    """Change an open lesson at a version, or at any; tell whether there is one."""
    change = update(table).where(_is_open(lesson_id, version))
    moved = await connection.execute(change.values(version=table.c.version + 1, **changes))
    return bool(moved.rowcount)


async def _is_taken(
    connection: AsyncConnection, application_id: int, channel_id: int | None
) -> bool:
    """Tell whether a lesson is open in a channel, or in the thread that the channel is."""
    is_here = or_(table.c.open_in == channel_id, table.c.channel_id == channel_id)
    is_there = (table.c.application_id == application_id) & is_here & table.c.open_in.is_not(None)
    return await connection.scalar(select(table.c.lesson_id).where(is_there).limit(1)) is not None


def _is_open(lesson_id: str, version: int | None) -> ColumnElement[bool]:
    is_it = (table.c.lesson_id == lesson_id) & table.c.open_in.is_not(None)
    return is_it if version is None else is_it & (table.c.version == version)


async def _show_cell(connection: AsyncConnection, lesson_id: str, cell: str) -> None:
    """Note that a cell is shown, unless it is noted already."""
    is_it = _is_in(lesson_id) & (cells_table.c.cell == cell)
    if await connection.scalar(select(cells_table.c.cell).where(is_it)) is None:
        values = {"lesson_id": lesson_id, "cell": cell, "state": "shown", **_NOTHING}
        await connection.execute(insert(cells_table).values(**values))


async def _measure(connection: AsyncConnection, lesson_id: str) -> None:
    lengths = [
        func.coalesce(func.length(column), 0)
        for column in (cells_table.c.result, cells_table.c.picture, cells_table.c.file)
    ]
    total = func.coalesce(func.sum(sum(lengths[1:], lengths[0])), 0)
    size = await connection.scalar(select(total).where(_is_in(lesson_id)))
    change = update(table).where(table.c.lesson_id == lesson_id)
    await connection.execute(change.values(size_bytes=size))


def _is_in(lesson_id: str) -> ColumnElement[bool]:
    return cells_table.c.lesson_id == lesson_id


def _lesson(row: Row[Any]) -> Lesson:
    values = dict(row._mapping)
    del values["size_bytes"]
    return Lesson(**values)


def _cell(row: Row[Any]) -> LessonCell:
    findings = None
    if row.result is not None:
        findings = Findings(
            words=json.loads(row.result),
            reply_ids=tuple(json.loads(row.reply_ids)),
            picture=row.picture,
            file=row.file,
        )
    return LessonCell(
        cell=row.cell,
        state=row.state,
        message_id=row.message_id,
        started_at=row.started_at,
        findings=findings,
    )

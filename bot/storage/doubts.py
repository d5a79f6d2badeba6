"""Doubts about the cells of a lesson: one a person and cell, deleted with either of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import ColumnElement, case, delete, func, select, update

from bot.storage.database import Database, upsert
from bot.storage.schema import lesson_doubts as table
from bot.storage.schema import lessons


class Hand(Enum):
    """What became of a hand that was raised."""

    RAISED = auto()
    TAKEN_BACK = auto()
    NO_LESSON = auto()


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Somebody's doubt.

    Attributes:
        cell: Key of the cell that it is about.
        created_at: Aware, UTC.
    """

    cell: str
    person_id: int
    is_resolved: bool
    created_at: datetime


@dataclass(frozen=True)
class DoubtCount:
    """How many doubts there are about a cell."""

    open: int = 0
    resolved: int = 0


@dataclass(frozen=True, kw_only=True)
class PersonalDoubt:
    """A person's own doubt, with where the lesson was."""

    guild_id: int
    channel_id: int
    cell: str
    is_resolved: bool
    created_at: datetime


class DoubtsRepository:
    """One row per lesson, cell and person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def raise_hand(self, lesson_id: str, cell: str, person_id: int, now: datetime) -> Hand:
        """Note a doubt; one that is still open is taken back, one that was resolved opens again."""
        is_it = _is_about(lesson_id, cell) & (table.c.person_id == person_id)
        values = {
            "lesson_id": lesson_id,
            "cell": cell,
            "person_id": person_id,
            "is_resolved": False,
            "created_at": now,
        }
        known = select(lessons.c.lesson_id).where(lessons.c.lesson_id == lesson_id)
        async with self._database.writing() as connection:
            if await connection.scalar(known.with_for_update()) is None:
                return Hand.NO_LESSON
            if await connection.scalar(select(table.c.is_resolved).where(is_it)) is False:
                await connection.execute(delete(table).where(is_it))
                return Hand.TAKEN_BACK
            await connection.execute(upsert(connection.dialect, table, values))
        return Hand.RAISED

    async def resolve(self, lesson_id: str, cell: str, person_id: int | None = None) -> int:
        """Mark a person's doubt as resolved, or all about a cell; return how many were open."""
        is_it = _is_about(lesson_id, cell) & table.c.is_resolved.is_(False)
        if person_id is not None:
            is_it &= table.c.person_id == person_id
        async with self._database.writing() as connection:
            change = update(table).where(is_it).values(is_resolved=True)
            return int((await connection.execute(change)).rowcount)

    async def count(self, lesson_id: str) -> Mapping[str, DoubtCount]:
        """Count the doubts of a lesson by the cells that they are about."""
        resolved = func.sum(case((table.c.is_resolved, 1), else_=0))
        query = (
            select(table.c.cell, func.count(), resolved)
            .where(table.c.lesson_id == lesson_id)
            .group_by(table.c.cell)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: DoubtCount(row[1] - int(row[2]), int(row[2])) for row in rows}

    async def open(self, lesson_id: str) -> tuple[Doubt, ...]:
        """Return the doubts of a lesson that are not resolved, oldest first."""
        query = select(table).where(table.c.lesson_id == lesson_id, table.c.is_resolved.is_(False))
        order = (table.c.created_at, table.c.person_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
        return tuple(
            Doubt(
                cell=row.cell,
                person_id=row.person_id,
                is_resolved=row.is_resolved,
                created_at=row.created_at,
            )
            for row in rows
        )

    async def of(self, person_id: int, limit: int) -> tuple[PersonalDoubt, ...]:
        """Return a person's doubts, newest first."""
        query = (
            select(
                lessons.c.guild_id,
                lessons.c.channel_id,
                table.c.cell,
                table.c.is_resolved,
                table.c.created_at,
            )
            .join(lessons, lessons.c.lesson_id == table.c.lesson_id)
            .where(table.c.person_id == person_id)
            .order_by(table.c.created_at.desc())
            .limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(PersonalDoubt(**row._mapping) for row in rows)


def _is_about(lesson_id: str, cell: str) -> ColumnElement[bool]:
    return (table.c.lesson_id == lesson_id) & (table.c.cell == cell)

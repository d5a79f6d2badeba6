"""Files of prompts: what was asked, each row of the file, and what has come out of it so far."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, select, update

from bot.storage.database import Database
from bot.storage.pruning import prune_ended
from bot.storage.schema import batch_rows as rows_table
from bot.storage.schema import batches as table
from engine import EngineError, GenerationRequest
from engine.packing import pack, unpack

logger = logging.getLogger(__name__)


State = Literal["running", "done", "stopped", "failed"]
Cells = Mapping[str, Any]
"""A row of the file: column → cell."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What has become of a row.

    Attributes:
        text: The continuation; "" where there is none.
        finish: Why the text ended, or None where there is none.
        error: A Spanish sentence, "" where nothing went wrong.
    """

    text: str = ""
    model: str = ""
    seed: int | None = None
    tokens: int = 0
    finish: str | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A file of prompts that is worked through.

    Attributes:
        message_id: The message that shows how far it is, once sent.
        interaction_token: Lets the bot edit that message for 15 minutes; "" once it has ended.
        is_private: Whether only its owner sees it.
        state: How it stands; "running" in a row that outlives its process goes on.
        layout: The file's name, form and columns.
        request: What is asked for each row, but for its prompt and its seed.
        created_at: Aware, UTC.
    """

    batch_id: str
    owner_id: int
    guild_id: int | None
    channel_id: int
    message_id: int | None
    application_id: int
    interaction_token: str
    is_private: bool
    layout: Mapping[str, Any]
    request: GenerationRequest
    created_at: datetime
    state: State = "running"


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """A row of a file; `outcome` is None until it has been worked on."""

    number: int
    cells: Cells
    outcome: Outcome | None = None


class BatchesRepository:
    """One row per file, and one for each row of it; they go together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, batch: Batch, cells: Sequence[Cells]) -> None:
        """Note a file with all its rows."""
        values, rows = await asyncio.to_thread(_values, batch, cells)
        async with self._database.writing() as connection:
            await connection.execute(insert(table).values(**values))
            if rows:
                await connection.execute(insert(rows_table), rows)

    async def note(self, batch_id: str, number: int, outcome: Outcome) -> None:
        """Note what has come out of a row."""
        is_it = (rows_table.c.batch_id == batch_id) & (rows_table.c.number == number)
        text = _json(asdict(outcome))
        size = table.c.size_bytes + len(text.encode())
        async with self._database.writing() as connection:
            await connection.execute(update(rows_table).where(is_it).values(outcome=text))
            change = update(table).where(table.c.batch_id == batch_id).values(size_bytes=size)
            await connection.execute(change)

    async def set_message(self, batch_id: str, message_id: int) -> None:
        """Note the message that shows how far a file is."""
        change = update(table).where(table.c.batch_id == batch_id)
        await self._database.execute(change.values(message_id=message_id))

    async def set_state(self, batch_id: str, state: State) -> None:
        """Note how a file ended; what let the bot edit its message is not kept any longer."""
        change = update(table).where(table.c.batch_id == batch_id)
        await self._database.execute(change.values(state=state, interaction_token=""))

    async def get(self, batch_id: str) -> Batch | None:
        """Return a file, or None if it is gone or this version cannot read it."""
        async with self._database.reading() as connection:
            query = select(table).where(table.c.batch_id == batch_id)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else await asyncio.to_thread(_batch, row)

    async def rows(self, batch_id: str) -> tuple[BatchRow, ...]:
        """Return the rows of a file, in its order."""
        query = select(rows_table).where(rows_table.c.batch_id == batch_id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.order_by(rows_table.c.number))).all()
        return await asyncio.to_thread(lambda: tuple(map(_row, found)))

    async def is_running(
        self, owner_id: int, application_id: int, *, but: Collection[str] = ()
    ) -> bool:
        """Tell whether a person has a file with a bot that has not ended, beside some."""
        query = select(table.c.batch_id).where(
            table.c.state == "running",
            table.c.batch_id.not_in(but),
            table.c.owner_id == owner_id,
            table.c.application_id == application_id,
        )
        async with self._database.reading() as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def running(self, application_id: int | None = None) -> tuple[Batch, ...]:
        """Return the files that have not ended, oldest first; of one bot, or of all."""
        query = select(table).where(table.c.state == "running").order_by(table.c.created_at)
        if application_id is not None:
            query = query.where(table.c.application_id == application_id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).all()
        read = await asyncio.to_thread(lambda: [_batch(row) for row in found])
        return tuple(batch for batch in read if batch is not None)

    async def of(self, owner_id: int) -> tuple[Batch, ...]:
        """Return a person's files, newest first."""
        query = select(table).where(table.c.owner_id == owner_id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.order_by(table.c.created_at.desc()))).all()
        read = await asyncio.to_thread(lambda: [_batch(row) for row in found])
        return tuple(batch for batch in read if batch is not None)

    async def delete(self, batch_id: str) -> None:
        """Delete a file with its rows."""
        async with self._database.deleting() as connection:
            await connection.execute(delete(table).where(table.c.batch_id == batch_id))
        self._database.has_deleted.set()

    async def size_bytes(self) -> int:
        """Return the bytes of all files."""
        query = select(func.coalesce(func.sum(table.c.size_bytes), 0))
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def prune(self, retention_days: int, limit_bytes: int, now: datetime) -> int:
        """Delete the files that ended and are older, then the oldest of them beyond the size.

        Returns:
            The number of files deleted.
        """
        return await prune_ended(
            self._database,
            table,
            table.c.state != "running",
            retention_days=retention_days,
            limit_bytes=limit_bytes,
            now=now,
        )


def _values(batch: Batch, cells: Sequence[Cells]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    request = pack(batch.request)
    layout = _json(dict(batch.layout))
    rows: list[dict[str, Any]] = [
        {
            "batch_id": batch.batch_id,
            "number": number,
            "cells": _json(dict(row)),
            "outcome": None,
        }
        for number, row in enumerate(cells)
    ]
    size = sum(len(row["cells"].encode()) for row in rows)
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    values |= {"layout": layout, "request": request, "size_bytes": size + len(request)}
    return values, rows


def _json(value: Mapping[str, Any]) -> str:
    """Write JSON that a database takes: half a character, as JSON may have, as an escape."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _batch(row: Row[Any]) -> Batch | None:
    values = dict(row._mapping)
    del values["size_bytes"]
    try:
        values["request"] = unpack(GenerationRequest, row.request)
        values["layout"] = json.loads(row.layout)
    except (ValueError, EngineError) as error:
        extra = {"batch_id": row.batch_id[:8], "reason": type(error).__name__}
        logger.warning("batches.unreadable", extra=extra)
        return None
    return Batch(**values)


def _row(row: Row[Any]) -> BatchRow:
    outcome = None if row.outcome is None else Outcome(**json.loads(row.outcome))
    return BatchRow(number=row.number, cells=json.loads(row.cells), outcome=outcome)

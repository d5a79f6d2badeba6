"""Texts that are deleted and may still be wanted back: their rows, kept by whoever deletes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import metadata, replies

_Rows = Sequence[Mapping[str, Any]]
_LINKED = tuple(
    table
    for table in metadata.sorted_tables
    if any(key.column.table is replies for key in table.foreign_keys)
)
"""The tables whose rows go with a text's."""


@dataclass(frozen=True)
class Removed:
    """The rows of deleted texts, and those that went with them."""

    texts: _Rows
    linked: Mapping[Table, _Rows]

    @property
    def reply_ids(self) -> tuple[str, ...]:
        """Of the texts."""
        return tuple(row[replies.c.reply_id.name] for row in self.texts)


async def remove(connection: AsyncConnection, reply_ids: Sequence[str]) -> Removed:
    """Delete texts and all that goes with them; return what can be put back."""
    is_it = replies.c.reply_id.in_(reply_ids)
    texts = await _rows(connection, replies, is_it)
    linked = {
        table: await _rows(
            connection, table, or_(*(column.in_(reply_ids) for column in _links(table)))
        )
        for table in _LINKED
    }
    await connection.execute(delete(replies).where(is_it))
    return Removed(texts, linked)


async def restore(connection: AsyncConnection, removed: Removed) -> None:
    """Put texts back, with those links whose other end is still there."""
    if removed.texts:
        await connection.execute(insert(replies), list(removed.texts))
    for table, rows in removed.linked.items():
        links = [column.name for column in _links(table)]
        wanted = {row[name] for row in rows for name in links}
        query = select(replies.c.reply_id).where(replies.c.reply_id.in_(wanted))
        there = set(await connection.scalars(query))
        kept = [row for row in rows if all(row[name] in there for name in links)]
        if kept:
            await connection.execute(insert(table), kept)


async def _rows(connection: AsyncConnection, table: Table, condition: Any) -> _Rows:
    found = await connection.execute(select(table).where(condition))
    return [dict(row._mapping) for row in found]


def _links(table: Table) -> list[Any]:
    return [key.parent for key in table.foreign_keys if key.column.table is replies]

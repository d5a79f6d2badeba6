"""What every vote needs: that it counts only while it may, and that the votes are counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def is_there(connection: AsyncConnection, query: Select[Any]) -> bool:
    """Tell whether a row is there, and keep it as it is to the end of the transaction."""
    return await connection.scalar(query.with_for_update()) is not None


async def tally(
    connection: AsyncConnection, choice: Column[Any], is_counted: ColumnElement[bool]
) -> dict[Any, int]:
    """Count votes: what was chosen → how often, only of what was."""
    query = select(choice, func.count()).where(is_counted).group_by(choice)
    return {row[0]: row[1] for row in await connection.execute(query)}

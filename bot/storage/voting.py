"""What every vote needs: that it counts only while it may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection


async def is_there(connection: AsyncConnection, query: Select[Any]) -> bool:
    """Tell whether a row is there, and keep it as it is to the end of the transaction."""
    return await connection.scalar(query.with_for_update()) is not None

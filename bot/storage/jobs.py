"""Requests that are being served, so that a crash can be told to those who wait."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import Row, delete, select

from bot.storage.database import Database
from bot.storage.records import Job
from bot.storage.schema import jobs as table
from engine import EngineError, GenerationRequest
from engine.packing import pack, unpack

logger = logging.getLogger(__name__)


class JobsRepository:
    """One row per request, from its admission to its end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, job: Job) -> None:
        """Note a request; another person's prompt is left out."""
        await self._database.put(table, _values(job))

    async def finish(self, job_id: str) -> None:
        """Forget a request that has been answered."""
        await self._database.execute(delete(table).where(table.c.job_id == job_id))

    async def unfinished(self, application_id: int | None = None) -> tuple[Job, ...]:
        """Return the requests that were not answered, oldest first.

        Args:
            application_id: Only those of this bot; several may share a database. None means all.
        """
        query = select(table).order_by(table.c.created_at, table.c.job_id)
        if application_id is not None:
            query = query.where(table.c.application_id == application_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        jobs = await asyncio.to_thread(lambda: [_job(row) for row in rows])
        return tuple(job for job in jobs if job is not None)


def _values(job: Job) -> dict[str, Any]:
    kept = job.without_foreign_prompt()
    request = pack(kept.request)
    return {
        "job_id": kept.job_id,
        "kind": kept.kind,
        "owner_id": kept.owner_id,
        "guild_id": kept.guild_id,
        "channel_id": kept.channel_id,
        "application_id": kept.application_id,
        "interaction_token": kept.interaction_token,
        "is_prompt_kept": kept.is_prompt_kept,
        "created_at": kept.created_at,
        "size_bytes": len(request),
        "request": request,
    }


def _job(row: Row[Any]) -> Job | None:
    fields = dict(row._mapping)
    del fields["size_bytes"]
    try:
        fields["request"] = unpack(GenerationRequest, row.request)
    except (ValueError, EngineError) as error:
        logger.warning("jobs.unreadable", extra={"job_id": row.job_id[:8], "reason": str(error)})
        return None
    return Job(**fields)

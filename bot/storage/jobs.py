"""Requests that are being served, so that whoever waits is answered after a crash.

Where several processes serve a bot, a row names the one that serves it and says how long that one's
lease holds. A process renews its leases every few seconds; whoever finds one that has run out takes
the row over, by one conditional statement, so that exactly one answers the person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from bot.storage.database import Database
from bot.storage.process import ALONE, Process
from bot.storage.records import Job
from bot.storage.schema import jobs as table
from engine import EngineError, GenerationRequest
from engine.packing import pack, unpack

logger = logging.getLogger(__name__)


LEASE = timedelta(seconds=30)
RETRY = timedelta(seconds=60)
"""How long a row that could not be told rests before a process tries again."""


class JobsRepository:
    """One row per request, from its admission to its end."""

    def __init__(self, database: Database, process: Process) -> None:
        self._database = database
        self._process = process

    async def start(self, job: Job) -> None:
        """Note a request of this process; another person's prompt is left out."""
        await self._database.put(table, _values(job) | self._leased())

    async def finish(self, job_id: str) -> None:
        """Forget a request that has been answered, unless another process has taken it over."""
        is_it = table.c.job_id == job_id
        await self._database.execute(delete(table).where(is_it, self._process.has(table.c.process)))

    async def begin_again(self, job_id: str) -> bool:
        """Note, before it is done, that a request is written again: that happens once.

        Returns:
            Whether it may be: it is this process's, nobody has begun it again, and its owner has
            not had everything deleted.
        """
        may_be = (table.c.job_id == job_id, table.c.can_resume, self._process.has(table.c.process))
        change = update(table).where(*may_be).values(can_resume=False)
        async with self._database.writing() as connection:
            return (await connection.execute(change)).rowcount == 1

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
        return await _read(rows)

    async def renew(self) -> None:
        """Hold the leases of all of this process's requests for another while."""
        is_own = table.c.process == self._process.name
        await self._database.execute(update(table).where(is_own).values(self._leased()))

    async def give_back(self, job_id: str) -> None:
        """Let a row that was taken over rest for a while as nobody's, and count for nobody.

        A process that has the bot to itself has it until its next start.
        """
        if self._process.is_alone:
            return
        values = {"process": ALONE, "lease_until": self._process.now() + RETRY}
        change = update(table).where(table.c.job_id == job_id)
        await self._database.execute(change.values(values))

    async def take_over(self, application_id: int, *, is_starting: bool = False) -> tuple[Job, ...]:
        """Make requests of a bot that nobody serves any more this process's, and return them.

        Of several processes that take over at once, each row goes to one.

        Args:
            application_id: Of the bot.
            is_starting: Whether this process has just begun: then those of its own name are what
                the former one, which is dead, has left. Else those whose lease has run out.
                A process that has the bot to itself takes all that there are.
        """
        if self._process.is_alone:
            # Without writing: it has to begin on a full disk too.
            return await self.unfinished(application_id)
        mine, now = table.c.process == self._process.name, self._process.now()
        is_left = table.c.lease_until.is_(None) | (
            mine if is_starting else ~mine & (table.c.lease_until <= now)
        )
        change = update(table).where(table.c.application_id == application_id, is_left)
        async with self._database.writing() as connection:
            taken = await connection.execute(change.values(self._leased()).returning(table))
            rows = taken.all()
        rows = sorted(rows, key=lambda row: (row.created_at, row.job_id))
        return await _read(rows)

    async def elsewhere(self, owner_id: int, application_id: int) -> int:
        """Count the requests of a person that other processes of a bot serve."""
        query = select(func.count()).where(
            table.c.owner_id == owner_id,
            table.c.application_id == application_id,
            table.c.process.not_in((self._process.name, ALONE)),
            table.c.lease_until > self._process.now(),
        )
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    def _leased(self) -> dict[str, str | datetime | None]:
        until = None if self._process.is_alone else self._process.now() + LEASE
        return {"process": self._process.name, "lease_until": until}


async def _read(rows: Sequence[Row[Any]]) -> tuple[Job, ...]:
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
        "can_resume": kept.can_resume,
        "size_bytes": len(request),
        "request": request,
    }


def _job(row: Row[Any]) -> Job | None:
    fields = dict(row._mapping)
    for name in ("size_bytes", "process", "lease_until"):
        del fields[name]
    try:
        fields["request"] = unpack(GenerationRequest, row.request)
    except (ValueError, EngineError) as error:
        logger.warning("jobs.unreadable", extra={"job_id": row.job_id[:8], "reason": str(error)})
        return None
    return Job(**fields)

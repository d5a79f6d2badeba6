"""What a reply asks of PostgreSQL: transactions, time, processor and log; prints it.

    python -m tests.growth.writes

The server is that of the tests, which waits for no disk (`fsync=off`): where it does, a transaction
takes longer by that.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import event

from bot.storage import Storage, open_storage
from tests.bot.storage.samples import JOB, reply
from tests.growth.processes import processor_s
from tests.postgresql import Server, running_server

_REPLIES = 200
_IDS = 7_300
"""Make a row as large as that of a text of 48 tokens with ten candidates each."""
_EVENTS = {"commit": "commits", "before_cursor_execute": "statements"}


async def write(storage: Storage, number: int) -> None:
    """Read and write what the bot does for a reply, in its order (`bot.jobs.runner`)."""
    finished = reply(number, ids=_IDS)
    await storage.jobs.elsewhere(finished.owner_id, JOB.application_id)
    await storage.jobs.start(replace(JOB, job_id=finished.reply_id))
    await storage.replies.save(finished)
    await storage.jobs.finish(finished.reply_id)


@contextmanager
def counted(storage: Storage) -> Iterator[Counter[str]]:
    """Count the commits and the statements of the block."""
    engine = storage._database._engine.sync_engine
    counts: Counter[str] = Counter()
    listeners = {
        name: (lambda *_, counted=counted: counts.update([counted]))
        for name, counted in _EVENTS.items()
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield counts
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


async def _measure(server: Server, at_once: int) -> None:
    name = server.new_database()
    with tempfile.TemporaryDirectory() as folder:
        async with open_storage(server.url(name), Path(folder), is_shared=True) as storage:
            await asyncio.gather(*(write(storage, number) for number in range(at_once)))
            log, used_s, began_s = _log(server), processor_s(server.pid), time.perf_counter()
            with counted(storage) as counts:
                for first in range(at_once, at_once + _REPLIES, at_once):
                    numbers = range(first, first + at_once)
                    await asyncio.gather(*(write(storage, number) for number in numbers))
            wall_s = time.perf_counter() - began_s
            used_s, log = processor_s(server.pid) - used_s, _log(server) - log
    told = ", ".join(f"{count / _REPLIES:.2f} {name}" for name, count in sorted(counts.items()))
    print(
        f"{at_once} at once: {told}, {wall_s / _REPLIES * 1e3:.1f} ms of the clock,"
        f" {used_s / _REPLIES * 1e3:.2f} ms of the server's processor,"
        f" {log / _REPLIES / 1e3:.1f} kB of log a reply"
    )


def _log(server: Server) -> float:
    return float(server.query("postgres", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))


def main() -> None:
    """Measure one reply after the other, and many at once."""
    with running_server() as server:
        for at_once in (1, 10, 50):
            asyncio.run(_measure(server, at_once))


if __name__ == "__main__":
    main()

"""The storage as the bot sees it: repositories, a person's data, size and pruning."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from bot.storage import lock, personal, sqlite
from bot.storage.backups import Backups
from bot.storage.batches import BatchesRepository
from bot.storage.branches import BranchesRepository
from bot.storage.clock import time_to_delete_by
from bot.storage.database import Database, resolve_url, sqlite_path
from bot.storage.deletion import delete_person
from bot.storage.doubts import DoubtsRepository
from bot.storage.errors import translated_errors
from bot.storage.game_records import PersonalGame
from bot.storage.games import GamesRepository
from bot.storage.guesses import GuessesRepository
from bot.storage.holds import HoldsRepository
from bot.storage.jobs import JobsRepository
from bot.storage.lessons import LessonsRepository
from bot.storage.migrate import migrate_postgresql, migrate_sqlite
from bot.storage.preferences import PreferencesRepository
from bot.storage.process import ALONE, Process, name_of
from bot.storage.records import PersonalText, PersonalVote, UserData
from bot.storage.replies import MEGABYTE, RepliesRepository
from bot.storage.state import StateRepository
from bot.storage.sweeping import OnDamage, is_large, swept
from bot.storage.votes import VotesRepository

_BATCH = 20
"""Texts read at once: their traces are in memory meanwhile."""


class Storage:
    """What the bot remembers. Every method may raise `StorageError`.

    Attributes:
        preferences: Settings of people and servers.
        replies: Finished texts with their traces.
        branches: Which texts go on from a step of another.
        votes: For the tries of texts.
        jobs: Requests being served.
        batches: Files of prompts, with what came out.
        lessons: Where each stands, and what its cells found out.
        doubts: About cells of lessons.
        games: Games of guessing the next word.
        guesses: What people choose in them.
        state: Small facts of the installation.
        process: This one, among those that share the database.
        holds: What one of them holds for a while.
    """

    def __init__(self, database: Database, backups: Backups, process: Process) -> None:
        self._database = database
        self.process = process
        self._backups = backups
        self._deletions: dict[int, asyncio.Task[UserData]] = {}
        self.preferences = PreferencesRepository(database)
        self.replies = RepliesRepository(database, process)
        self.branches = BranchesRepository(database)
        self.votes = VotesRepository(database)
        self.jobs = JobsRepository(database, process)
        self.batches = BatchesRepository(database)
        self.lessons = LessonsRepository(database)
        self.doubts = DoubtsRepository(database)
        self.games = GamesRepository(database)
        self.guesses = GuessesRepository(database)
        self.state = StateRepository(database)
        self.holds = HoldsRepository(database, process)

    async def user_data(self, user_id: int) -> UserData:
        """Return what exists about a person."""
        async with self._database.reading() as connection:
            return await personal.count_rows(connection, user_id)

    async def texts_of(self, user_id: int, limit: int) -> AsyncIterator[PersonalText]:
        """Yield a person's newest texts, unpacked in a thread."""
        async with self._database.reading() as connection:
            ids = await personal.newest_ids(connection, user_id, limit)
        for start in range(0, len(ids), _BATCH):
            async with self._database.reading() as connection:
                rows = await personal.rows_of(connection, ids[start : start + _BATCH])
            for text in await asyncio.to_thread(personal.read_texts, rows):
                yield text

    async def votes_of(self, user_id: int, limit: int) -> tuple[PersonalVote, ...]:
        """Return a person's votes for the newest texts, newest first."""
        async with self._database.reading() as connection:
            return await personal.votes_of(connection, user_id, limit)

    async def games_of(self, user_id: int, limit: int) -> tuple[PersonalGame, ...]:
        """Return the newest games that a person has begun or guessed in, newest first."""
        async with self._database.reading() as connection:
            return await personal.games_of(connection, user_id, limit)

    async def delete_user(self, user_id: int) -> UserData:
        """Delete everything about a person, backups included; return what was deleted.

        Their words are also taken out of what others have branched from their texts. Asking again
        meanwhile waits for the same deletion, which goes on even if nobody waits for it any more.

        A request that is still running saves its reply later: cancel it first.
        """
        if user_id not in self._deletions:
            self._deletions[user_id] = asyncio.create_task(self._delete(user_id))
            self._deletions[user_id].add_done_callback(lambda _: self._deletions.pop(user_id))
        return await asyncio.shield(self._deletions[user_id])

    async def _delete(self, user_id: int) -> UserData:
        # First, so that a copy which cannot be removed is told before anything is gone.
        await self.forget_copies()
        try:
            return await delete_person(self._database, user_id)
        finally:
            self.replies.forget()

    async def forget_copies(self) -> None:
        """Drop what this process has of anybody's beside the database: copies, unpacked texts."""
        await asyncio.to_thread(self._backups.remove_all)
        self.replies.forget()

    async def finish_deletions(self) -> None:
        """Wait for the deletions under way; whoever asked for them is told how they ended."""
        await asyncio.gather(*self._deletions.values(), return_exceptions=True)

    async def prune(self, retention_days: int, max_data_mb: int, now: datetime) -> int:
        """Delete old replies (see `RepliesRepository.prune`) and what else is kept, with backups.

        Old by a time that follows the clock in steps; see `bot.storage.clock`.

        Returns:
            The number of replies deleted.
        """
        await self.holds.prune()
        today = await time_to_delete_by(self._database, now)
        await asyncio.to_thread(self._backups.remove_old, today)
        # Files of prompts have half of the room at most, lessons a quarter, games an eighth; texts
        # have what they leave.
        await self.batches.prune(retention_days, max_data_mb * MEGABYTE // 2, today)
        await self.lessons.prune(retention_days, max_data_mb * MEGABYTE // 4, today)
        await self.games.prune(retention_days, max_data_mb * MEGABYTE // 8, today)
        taken = await self.batches.size_bytes() + await self.lessons.size_bytes()
        taken += await self.games.size_bytes()
        files_mb = math.ceil(taken / MEGABYTE)
        return await self.replies.prune(retention_days, max(0, max_data_mb - files_mb), today)

    async def has_room(self) -> bool:
        """Tell whether the disk has room to spare; where it has, some is kept for deletions."""
        return await asyncio.to_thread(self._database.reserve.fill)

    async def size_bytes(self) -> int:
        """Return the bytes of the database and its backups."""
        backups = await asyncio.to_thread(self._backups.size_bytes)
        return await self._database.size_bytes() + backups


@asynccontextmanager
async def open_storage(
    database_url: str | None,
    data_dir: Path,
    on_damage: OnDamage = lambda _: None,
    *,
    is_shared: bool = False,
) -> AsyncIterator[Storage]:
    """Lock the data folder, upgrade the database and open it.

    Args:
        database_url: SQLAlchemy URL; None means SQLite inside `data_dir`.
        data_dir: Created if missing.
        on_damage: Told of damage that is found in a large SQLite file once it is open.
        is_shared: Whether other processes serve the same bot from the same database.

    Raises:
        StorageError: See its codes.
    """
    url = resolve_url(database_url, data_dir)
    await asyncio.to_thread(_create_files, url, data_dir)
    with lock.exclusive(data_dir):
        backups = Backups(data_dir / "backups")
        await _migrate(url, backups)
        database = Database(url)
        process = Process(database, name_of(data_dir) if is_shared else ALONE)
        storage = Storage(database, backups, process)
        try:
            if is_shared:
                await process.ask_time()
            async with swept(database, on_damage):
                yield storage
                await storage.finish_deletions()
        finally:
            await database.close()


def _create_files(url: URL, data_dir: Path) -> None:
    path = sqlite_path(url)
    for folder in (data_dir, *([path.parent] if path else [])):
        with translated_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path:
        with translated_errors(path):
            # SQLite gives its log the same permissions.
            path.touch(mode=0o600)


async def _migrate(url: URL, backups: Backups) -> None:
    path = sqlite_path(url)
    if path is None:
        await migrate_postgresql(url)
    else:
        await asyncio.to_thread(migrate_sqlite, path, backups, datetime.now(UTC))
        if not is_large(path):
            await asyncio.to_thread(sqlite.require_sound, path)

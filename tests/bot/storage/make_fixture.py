"""Write the fixture of the current schema: `python -m tests.bot.storage.make_fixture`."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from bot.storage import open_storage
from bot.storage.migrate import head_revision
from tests.bot.storage.samples import (
    ANA,
    BATCH,
    BRANCH,
    BRANCHED,
    CELLS,
    COMPLETION,
    FINDINGS,
    FIRST_ROUND,
    GAME,
    GUESS,
    GUILD,
    HAND,
    HOLD,
    JOB,
    LESSON,
    NOON,
    OUTCOME,
    PREFERENCES,
    REPLY,
    VOTE,
)

FOLDER = Path(__file__).parent / "fixtures"


async def fill(data_dir: Path) -> None:
    async with open_storage(None, data_dir) as storage:
        await storage.preferences.set("user", ANA, PREFERENCES)
        await storage.preferences.set("guild", GUILD, PREFERENCES)
        await storage.replies.save(REPLY)
        await storage.replies.save(BRANCHED)
        await storage.branches.add(BRANCH)
        await storage.votes.cast(BRANCHED.reply_id, ANA, VOTE)
        await storage.jobs.start(JOB)
        await storage.batches.start(BATCH, CELLS)
        await storage.batches.note(BATCH.batch_id, 0, OUTCOME)
        await storage.lessons.start(LESSON)
        await storage.lessons.begin(LESSON.lesson_id, 0, NOON)
        await storage.lessons.end(LESSON.lesson_id, LESSON.cell, "done", FINDINGS)
        await storage.doubts.raise_hand(LESSON.lesson_id, LESSON.cell, ANA, NOON)
        await storage.games.start(GAME, FIRST_ROUND)
        await storage.games.open_round(GAME.game_id, 1, HAND, COMPLETION, None)
        await storage.guesses.cast(GAME.game_id, GUESS, NOON)
        await storage.holds.take(HOLD, 10**9, ANA)
        await storage.state.set("commands_hash", "abc")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder)))
        with closing(sqlite3.connect(Path(folder) / "unicornio.db")) as connection:
            dump = "\n".join(connection.iterdump())
    (FOLDER / f"{head_revision()}.sql").write_text(f"{dump}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Votes for the tries of a text: one a person, deleted with the text and with the person."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from sqlalchemy import delete, func, select

from bot.storage.database import Database, upsert
from bot.storage.schema import replies
from bot.storage.schema import votes as table
from bot.storage.voting import is_there


class Ballot(Enum):
    """What became of a vote."""

    CAST = auto()
    TAKEN_BACK = auto()
    NO_REPLY = auto()


class VotesRepository:
    """One row per text and person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cast(self, reply_id: str, voter_id: int, attempt: int) -> Ballot:
        """Vote for a try in place of any other of the text; the same vote again takes it back.

        Args:
            reply_id: The text.
            voter_id: Who votes.
            attempt: 0-based.
        """
        is_it = (table.c.reply_id == reply_id) & (table.c.voter_id == voter_id)
        values = {"reply_id": reply_id, "voter_id": voter_id, "attempt": attempt}
        known = select(replies.c.reply_id).where(replies.c.reply_id == reply_id)
        async with self._database.writing() as connection:
            if not await is_there(connection, known):
                return Ballot.NO_REPLY
            if await connection.scalar(select(table.c.attempt).where(is_it)) == attempt:
                await connection.execute(delete(table).where(is_it))
                return Ballot.TAKEN_BACK
            await connection.execute(upsert(connection.dialect, table, values))
        return Ballot.CAST

    async def count(self, reply_id: str) -> Mapping[int, int]:
        """Return the votes of a text: 0-based attempt → votes, only of those that have any."""
        query = (
            select(table.c.attempt, func.count())
            .where(table.c.reply_id == reply_id)
            .group_by(table.c.attempt)
        )
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

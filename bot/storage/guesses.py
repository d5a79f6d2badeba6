"""What people choose in the rounds of a game: one choice a person, changed until the round ends."""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, func, or_, select

from bot.storage.database import Database, upsert
from bot.storage.game_records import Guess
from bot.storage.schema import game_rounds, guesses
from bot.storage.voting import is_there


class Cast(Enum):
    """What became of a choice."""

    COUNTED = auto()
    TOO_LATE = auto()


class GuessesRepository:
    """One row per round and person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cast(self, game_id: str, guess: Guess, now: datetime) -> Cast:
        """Choose, in place of what the person chose before, while the round is open.

        The round is read and the choice written in one transaction: what ends the round stands
        either before both or behind both.

        Args:
            game_id: The game.
            guess: Of its round and its voter.
            now: Behind the round's deadline nothing counts, revealed or not.
        """
        is_open = (
            select(game_rounds.c.number)
            .where(game_rounds.c.game_id == game_id, game_rounds.c.number == guess.number)
            .where(game_rounds.c.state == "open")
            .where(or_(game_rounds.c.deadline.is_(None), game_rounds.c.deadline > now))
        )
        values = {
            "game_id": game_id,
            "number": guess.number,
            "voter_id": guess.voter_id,
            "choice": guess.choice,
            "word": guess.word,
            "ids": json.dumps(guess.ids),
            "prob": guess.prob,
        }
        async with self._database.writing() as connection:
            if not await is_there(connection, is_open):
                return Cast.TOO_LATE
            await connection.execute(upsert(connection.dialect, guesses, values))
        return Cast.COUNTED

    async def count(self, game_id: str, number: int) -> int:
        """Return how many people have chosen in a round."""
        query = select(func.count()).where(guesses.c.game_id == game_id, guesses.c.number == number)
        async with self._database.reading() as connection:
            return int(await connection.scalar(query.select_from(guesses)) or 0)

    async def of(self, game_id: str) -> tuple[Guess, ...]:
        """Return all that was chosen in a game, by round and person."""
        query = select(guesses).where(guesses.c.game_id == game_id)
        order = (guesses.c.number, guesses.c.voter_id)
        async with self._database.reading() as connection:
            return tuple(map(guess_of, await connection.execute(query.order_by(*order))))

    async def weighed(self, game_id: str, number: int, word: str) -> Guess | None:
        """Return anybody's choice of a word of their own in a round, which tells what it weighs."""
        query = (
            select(guesses)
            .where(guesses.c.game_id == game_id, guesses.c.number == number)
            .where(guesses.c.choice.is_(None), guesses.c.word == word)
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else guess_of(row)


def guess_of(row: Row[Any]) -> Guess:
    """Build a choice from its row."""
    return Guess(
        number=row.number,
        voter_id=row.voter_id,
        choice=row.choice,
        word=row.word,
        ids=tuple(json.loads(row.ids)),
        prob=row.prob,
    )

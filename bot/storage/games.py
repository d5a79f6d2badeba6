"""Games of guessing the next word: one open in a channel, moved on by conditional changes only.

Every change of a round names the state that it leaves: the second of two clicks changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.game_records import Game, Hand, Round
from bot.storage.pruning import prune_ended
from bot.storage.schema import game_rounds as rounds_table
from bot.storage.schema import games as table
from bot.storage.voting import is_there
from engine import Completion, EngineError, GenerationRequest
from engine.packing import pack, unpack

logger = logging.getLogger(__name__)

_ROUND_BYTES = 400
"""What a round takes besides its hand and its trace."""


class GamesRepository:
    """One row per game, and one for each of its rounds; they go together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, game: Game, first: Round) -> bool:
        """Note a game with its first round; tell whether its channel was free."""
        request = await asyncio.to_thread(pack, game.request)
        values = {field.name: getattr(game, field.name) for field in fields(game)}
        del values["is_open"]
        values |= {
            "request": request,
            "open_channel_id": game.channel_id,
            "size_bytes": len(request) + _ROUND_BYTES,
        }
        taken = select(table.c.game_id).where(table.c.open_channel_id == game.channel_id)
        async with self._database.writing() as connection:
            if await connection.scalar(taken) is not None:
                return False
            await connection.execute(insert(table).values(**values))
            await connection.execute(insert(rounds_table).values(**_round_values(first)))
        return True

    async def add_round(self, new: Round) -> bool:
        """Note the next round of an open game; tell whether it was its turn."""
        game, last = table.c.game_id == new.game_id, new.number - 1
        is_next = exists().where(
            _is_round(new.game_id, last), rounds_table.c.state.in_(("revealed", "shown"))
        )
        due = (
            select(table.c.game_id)
            .where(game, table.c.open_channel_id.is_not(None), table.c.rounds >= new.number)
            .where(is_next, ~exists().where(_is_round(new.game_id, new.number)))
        )
        async with self._database.writing() as connection:
            if not await is_there(connection, due):
                return False
            await connection.execute(insert(rounds_table).values(**_round_values(new)))
            await connection.execute(update(table).where(game).values(_grown(_ROUND_BYTES)))
        return True

    async def drop_round(self, game_id: str, number: int) -> None:
        """Forget a round that the engine could not give, or that has no message to vote on."""
        state, message_id = rounds_table.c.state, rounds_table.c.message_id
        is_unseen = (state == "preparing") | ((state == "open") & message_id.is_(None))
        is_it = _is_round(game_id, number) & is_unseen
        await self._database.execute(delete(rounds_table).where(is_it))

    async def open_round(
        self, game_id: str, number: int, hand: Hand, trace: Completion, deadline: datetime | None
    ) -> bool:
        """Let people vote; tell whether the round was being prepared, in a game that goes on."""
        text, packed = hand.to_json(), await asyncio.to_thread(pack, trace)
        values = {"hand": text, "completion": packed, "deadline": deadline}
        size = len(text.encode()) + len(packed)
        is_it = (table.c.game_id == game_id) & table.c.open_channel_id.is_not(None)
        async with self._database.writing() as connection:
            if not await is_there(connection, select(table.c.game_id).where(is_it)):
                return False
            is_moved = await _move(connection, game_id, number, "preparing", "open", **values)
            if is_moved:
                await connection.execute(update(table).where(is_it).values(_grown(size)))
        return is_moved

    async def reveal(self, game_id: str, number: int) -> bool:
        """End the votes of a round; tell whether they were open until now."""
        async with self._database.writing() as connection:
            return await _move(connection, game_id, number, "open", "revealed")

    async def note_shown(self, game_id: str, number: int) -> None:
        """Note that a revealed round's message says so; its trace is a text of its own by now."""
        async with self._database.writing() as connection:
            await _move(connection, game_id, number, "revealed", "shown", completion=None)

    async def set_message(self, game_id: str, number: int, message_id: int) -> None:
        """Note the message that shows a round."""
        change = update(rounds_table).where(_is_round(game_id, number))
        await self._database.execute(change.values(message_id=message_id))

    async def set_token(self, game_id: str, number: int, token: str, now: datetime) -> None:
        """Note a newer token that lets the bot edit a round's message."""
        change = update(rounds_table).where(_is_round(game_id, number))
        await self._database.execute(change.values(interaction_token=token, token_at=now))

    async def end(self, game_id: str) -> bool:
        """End a game; tell whether it went on until now."""
        is_it = (table.c.game_id == game_id) & table.c.open_channel_id.is_not(None)
        async with self._database.writing() as connection:
            result = await connection.execute(
                update(table).where(is_it).values(open_channel_id=None)
            )
        return result.rowcount == 1

    async def delete(self, game_id: str) -> None:
        """Delete a game with its rounds and its votes."""
        async with self._database.deleting() as connection:
            await connection.execute(delete(table).where(table.c.game_id == game_id))
        self._database.has_deleted.set()

    async def get(self, game_id: str) -> Game | None:
        """Return a game, or None if it is gone or this version cannot read it."""
        return await self._one(select(table).where(table.c.game_id == game_id))

    async def open_in(self, channel_id: int) -> Game | None:
        """Return the game that goes on in a channel."""
        return await self._one(select(table).where(table.c.open_channel_id == channel_id))

    async def rounds(self, game_id: str) -> tuple[Round, ...]:
        """Return the rounds of a game, in order."""
        query = select(*_LIGHT).where(rounds_table.c.game_id == game_id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.order_by(rounds_table.c.number))).all()
        return tuple(one for one in map(_round, found) if one is not None)

    async def round(self, game_id: str, number: int) -> Round | None:
        """Return one round."""
        query = select(*_LIGHT).where(_is_round(game_id, number))
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _round(row)

    async def trace(self, game_id: str, number: int) -> Completion | None:
        """Return what the engine gave for a round, until that is shown."""
        query = select(rounds_table.c.completion).where(_is_round(game_id, number))
        async with self._database.reading() as connection:
            packed = await connection.scalar(query)
        if packed is None:
            return None
        try:
            return await asyncio.to_thread(unpack, Completion, packed)
        except (ValueError, EngineError) as error:
            _warn(game_id, error)
            return None

    async def unsettled(self, application_id: int | None) -> tuple[tuple[Game, Round], ...]:
        """Return the rounds of a bot that are not over or whose message may not say so."""
        is_open = table.c.open_channel_id.is_not(None) & (rounds_table.c.state != "shown")
        query = (
            select(table.c.game_id, rounds_table.c.number)
            .join(rounds_table, rounds_table.c.game_id == table.c.game_id)
            .where(table.c.application_id == application_id)
            .where(is_open | (rounds_table.c.state == "revealed"))
            .order_by(table.c.created_at, rounds_table.c.number)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).all()
        pairs = [(await self.get(row[0]), await self.round(row[0], row[1])) for row in found]
        return tuple((game, one) for game, one in pairs if game is not None and one is not None)

    async def size_bytes(self) -> int:
        """Return the bytes of all games."""
        query = select(func.coalesce(func.sum(table.c.size_bytes), 0))
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def prune(self, retention_days: int, limit_bytes: int, now: datetime) -> int:
        """Delete the games that ended and are older, then the oldest of them beyond the size.

        Returns:
            The number of games deleted.
        """
        return await prune_ended(
            self._database,
            table,
            table.c.open_channel_id.is_(None),
            retention_days=retention_days,
            limit_bytes=limit_bytes,
            now=now,
        )

    async def _one(self, query: Any) -> Game | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else await asyncio.to_thread(_game, row)


_LIGHT = tuple(column for column in rounds_table.c if column.name != "completion")
"""What a round's screens need: not its trace."""


def _is_round(game_id: str, number: int) -> Any:
    return (rounds_table.c.game_id == game_id) & (rounds_table.c.number == number)


def _grown(size_bytes: int) -> dict[str, Any]:
    return {"size_bytes": table.c.size_bytes + size_bytes}


async def _move(
    connection: AsyncConnection, game_id: str, number: int, old: str, new: str, **values: Any
) -> bool:
    """Change a round's state from one to another; tell whether it was in the first."""
    is_it = _is_round(game_id, number) & (rounds_table.c.state == old)
    version = rounds_table.c.version + 1
    change = update(rounds_table).where(is_it).values(state=new, version=version, **values)
    return bool((await connection.execute(change)).rowcount == 1)


def _round_values(new: Round) -> dict[str, Any]:
    values = {field.name: getattr(new, field.name) for field in fields(new)}
    hand = None if new.hand is None else new.hand.to_json()
    return values | {"prefix": json.dumps(new.prefix), "hand": hand, "completion": None}


def _game(row: Row[Any]) -> Game | None:
    values = dict(row._mapping)
    del values["size_bytes"]
    values["is_open"] = values.pop("open_channel_id") is not None
    try:
        values["request"] = unpack(GenerationRequest, row.request)
    except (ValueError, EngineError) as error:
        _warn(row.game_id, error)
        return None
    return Game(**values)


def _round(row: Row[Any]) -> Round | None:
    values = dict(row._mapping)
    try:
        values["hand"] = None if row.hand is None else Hand.from_json(row.hand)
        values["prefix"] = tuple(json.loads(row.prefix))
    except ValueError as error:
        _warn(row.game_id, error)
        return None
    return Round(**values)


def _warn(game_id: str, error: Exception) -> None:
    extra = {"game_id": game_id[:8], "reason": type(error).__name__}
    logger.warning("games.unreadable", extra=extra)

"""Everything that is kept about one person: counting it and reading it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.game_records import PersonalGame
from bot.storage.guesses import guess_of
from bot.storage.preferences import decode, row_of
from bot.storage.records import PersonalText, PersonalVote, Preferences, UserData
from bot.storage.schema import (
    batches,
    games,
    guesses,
    jobs,
    lesson_doubts,
    lessons,
    preferences,
    replies,
    votes,
)
from engine import EngineError, GenerationRequest
from engine.packing import unpack, unpack_fields

logger = logging.getLogger(__name__)

VOTE_BYTES = 125
"""What a vote takes: its row and its two indexes (measured)."""
DOUBT_BYTES = 200
"""What a doubt takes, by the same measure and its longer key."""
GUESS_BYTES = 165
"""The same of a guess, with a word and its token (measured)."""


async def count_rows(connection: AsyncConnection, user_id: int) -> UserData:
    """Return what exists about a person."""
    texts = (
        await connection.execute(
            select(
                func.count(),
                func.min(replies.c.created_at),
                func.max(replies.c.created_at),
                func.coalesce(func.sum(replies.c.size_bytes), 0),
            ).where(replies.c.owner_id == user_id)
        )
    ).one()
    running = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(jobs.c.size_bytes), 0)).where(
                jobs.c.owner_id == user_id
            )
        )
    ).one()
    chosen = (
        await connection.execute(
            select(preferences.c.params, preferences.c.model).where(row_of("user", user_id))
        )
    ).one_or_none()
    cast = await connection.scalar(
        select(func.count()).select_from(votes).where(votes.c.voter_id == user_id)
    )
    guessed = await connection.scalar(
        select(func.count()).select_from(guesses).where(guesses.c.voter_id == user_id)
    )
    hosted = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(games.c.size_bytes), 0)).where(
                games.c.host_id == user_id
            )
        )
    ).one()
    files = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(batches.c.size_bytes), 0)).where(
                batches.c.owner_id == user_id
            )
        )
    ).one()
    taught = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(lessons.c.size_bytes), 0)).where(
                lessons.c.owner_id == user_id
            )
        )
    ).one()
    raised = await connection.scalar(
        select(func.count()).select_from(lesson_doubts).where(lesson_doubts.c.person_id == user_id)
    )
    chosen_bytes = 0 if chosen is None else len(f"{chosen.params}{chosen.model or ''}".encode())
    return UserData(
        user_id=user_id,
        preferences=Preferences() if chosen is None else decode(chosen.params, chosen.model),
        replies=texts[0],
        jobs=running[0],
        first_at=texts[1],
        last_at=texts[2],
        size_bytes=int(texts[3])
        + int(running[1])
        + int(files[1])
        + int(taught[1])
        + int(hosted[1])
        + chosen_bytes
        + (cast or 0) * VOTE_BYTES
        + (raised or 0) * DOUBT_BYTES
        + (guessed or 0) * GUESS_BYTES,
        votes=cast or 0,
        batches=files[0],
        lessons=taught[0],
        doubts=raised or 0,
        games=hosted[0],
        guesses=guessed or 0,
    )


async def newest_ids(connection: AsyncConnection, user_id: int, limit: int) -> list[str]:
    """Return the ids of a person's texts, newest first."""
    query = (
        select(replies.c.reply_id)
        .where(replies.c.owner_id == user_id)
        .order_by(replies.c.created_at.desc(), replies.c.reply_id.desc())
        .limit(limit)
    )
    return list((await connection.scalars(query)).all())


async def votes_of(
    connection: AsyncConnection, user_id: int, limit: int
) -> tuple[PersonalVote, ...]:
    """Return a person's votes for the newest texts, newest first."""
    query = (
        select(replies.c.guild_id, replies.c.channel_id, replies.c.message_id, votes.c.attempt)
        .join(votes, votes.c.reply_id == replies.c.reply_id)
        .where(votes.c.voter_id == user_id)
        .order_by(replies.c.created_at.desc(), replies.c.reply_id.desc())
        .limit(limit)
    )
    rows = await connection.execute(query)
    return tuple(PersonalVote(**row._mapping) for row in rows)


async def games_of(
    connection: AsyncConnection, user_id: int, limit: int
) -> tuple[PersonalGame, ...]:
    """Return the newest games that a person has begun or guessed in, newest first.

    Another person's text is not among what is returned.
    """
    own = select(guesses.c.game_id).where(guesses.c.voter_id == user_id)
    query = (
        select(games)
        .where((games.c.host_id == user_id) | games.c.game_id.in_(own))
        .order_by(games.c.created_at.desc(), games.c.game_id.desc())
        .limit(limit)
    )
    found = (await connection.execute(query)).all()
    ids = [row.game_id for row in found]
    chosen = select(guesses).where(guesses.c.voter_id == user_id, guesses.c.game_id.in_(ids))
    rows = (await connection.execute(chosen.order_by(guesses.c.number))).all()
    return tuple(
        PersonalGame(
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            created_at=row.created_at,
            is_host=row.host_id == user_id,
            text=_prompt(row) if row.host_id == user_id else "",
            guesses=tuple(guess_of(one) for one in rows if one.game_id == row.game_id),
        )
        for row in found
    )


def _prompt(row: Row[Any]) -> str:
    """Return what a game began with; "" where this version cannot read it."""
    try:
        return unpack(GenerationRequest, row.request).prompt
    except (ValueError, EngineError) as error:
        extra = {"game_id": row.game_id[:8], "reason": type(error).__name__}
        logger.warning("games.unreadable", extra=extra)
        return ""


async def rows_of(connection: AsyncConnection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the rows of these texts that are still there, newest first."""
    query = select(replies).where(replies.c.reply_id.in_(ids))
    order = (replies.c.created_at.desc(), replies.c.reply_id.desc())
    return (await connection.execute(query.order_by(*order))).all()


def read_texts(rows: Sequence[Row[Any]]) -> list[PersonalText]:
    """Unpack rows, without what this version cannot read. Takes milliseconds each."""
    found = []
    for row in rows:
        try:
            found.append(_text(row))
        except (ValueError, KeyError, TypeError, EngineError) as error:
            extra = {"reply_id": row.reply_id[:8], "reason": type(error).__name__}
            logger.warning("replies.unreadable", extra=extra)
    return found


def _text(row: Row[Any]) -> PersonalText:
    completion = unpack_fields(row.completion)
    return PersonalText(
        kind=row.kind,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        created_at=row.created_at,
        request=unpack(GenerationRequest, row.request),
        model=completion["model"],
        texts=tuple(attempt["text"] for attempt in completion["attempts"]),
        prefix_text=completion.get("prefix_text"),
    )

"""The file of `/datos ver`: all that is kept of a person, without the traces."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.features.data import texts
from bot.render.model_names import without_folders
from bot.storage.batches import Batch
from bot.storage.doubts import PersonalDoubt
from bot.storage.game_records import PersonalGame
from bot.storage.lesson_records import Lesson
from bot.storage.records import PersonalText, PersonalVote

if TYPE_CHECKING:
    from bot.storage import Storage

MOST_TEXTS = 2000
MOST_VOTES = 2000
MOST_GAMES = 500
MOST_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A person's file, and what there was no room for.

    Attributes:
        data: Readable JSON, UTF-8.
        texts_left_out: Number of stored texts that are not in it.
        votes_left_out: Number of stored votes that are not in it.
    """

    data: bytes
    texts_left_out: int
    votes_left_out: int


async def data_file(storage: Storage, user_id: int) -> DataFile:
    """Write the file, with the newest texts first as far as they fit."""
    data = await storage.user_data(user_id)
    votes = [_vote(vote) for vote in await storage.votes_of(user_id, MOST_VOTES)]
    batches = [await _batch(storage, batch) for batch in await storage.batches.of(user_id)]
    lessons = [await _lesson(storage, lesson) for lesson in await storage.lessons.of(user_id)]
    doubts = [_doubt(doubt) for doubt in await storage.doubts.of(user_id, MOST_VOTES)]
    games = [_game(game) for game in await storage.games_of(user_id, MOST_GAMES)]
    entries: list[dict[str, Any]] = []
    size = len(
        json.dumps([*batches, *games], ensure_ascii=False, indent=2).encode(errors="replace")
    )
    async for text in storage.texts_of(user_id, MOST_TEXTS):
        entry = _entry(text)
        size += len(json.dumps(entry, ensure_ascii=False, indent=2).encode(errors="replace"))
        if size > MOST_BYTES:
            break
        entries.append(entry)
    document: dict[str, Any] = {
        texts.KEY_USER: _id(data.user_id),
        texts.KEY_SETTINGS: dict(data.preferences.params),
        texts.KEY_MODEL: without_folders(data.preferences.model or "") or None,
        texts.KEY_JOBS: data.jobs,
        texts.KEY_VOTES_LEFT_OUT: max(0, data.votes - len(votes)),
        texts.KEY_VOTES: votes,
        texts.KEY_BATCHES: batches,
        texts.KEY_LESSONS: lessons,
        texts.KEY_DOUBTS: doubts,
        texts.KEY_GAMES: games,
        texts.KEY_LEFT_OUT: max(0, data.replies - len(entries)),
        texts.KEY_TEXTS: entries,
    }
    return DataFile(
        data=await asyncio.to_thread(_encoded, document),
        texts_left_out=document[texts.KEY_LEFT_OUT],
        votes_left_out=document[texts.KEY_VOTES_LEFT_OUT],
    )


def _entry(text: PersonalText) -> dict[str, Any]:
    """Lay out one text; Discord's numbers as words, since JSON's readers may round them."""
    settings = text.request.params.to_dict()
    del settings["bad_words"]
    return {
        texts.KEY_DATE: text.created_at.isoformat(),
        texts.KEY_COMMAND: text.kind,
        texts.KEY_GUILD: _id(text.guild_id),
        texts.KEY_CHANNEL: _id(text.channel_id),
        texts.KEY_MESSAGE: _id(text.message_id),
        texts.KEY_PROMPT: text.text_before,
        texts.KEY_WRITTEN: list(text.texts),
        texts.KEY_MODEL: without_folders(text.model),
        texts.KEY_SEED: text.request.seed,
        texts.KEY_SETTINGS: settings,
    }


async def _batch(storage: Storage, batch: Batch) -> dict[str, Any]:
    """Lay out a file of prompts with every row and what came out of it."""
    settings = batch.request.params.to_dict()
    del settings["bad_words"]
    rows = [
        {
            texts.KEY_ROW: dict(row.cells),
            texts.KEY_OUTCOME: None if row.outcome is None else asdict(row.outcome),
        }
        for row in await storage.batches.rows(batch.batch_id)
    ]
    return {
        texts.KEY_DATE: batch.created_at.isoformat(),
        texts.KEY_FILE: batch.layout.get("name"),
        texts.KEY_GUILD: _id(batch.guild_id),
        texts.KEY_CHANNEL: _id(batch.channel_id),
        texts.KEY_MESSAGE: _id(batch.message_id),
        texts.KEY_MODEL: without_folders(batch.request.model or "") or None,
        texts.KEY_SEED: batch.request.seed,
        texts.KEY_SETTINGS: settings,
        texts.KEY_ROWS: rows,
    }


async def _lesson(storage: Storage, lesson: Lesson) -> dict[str, Any]:
    """Lay out a lesson that the person teaches, with what its cells found out."""
    cells = await storage.lessons.cells(lesson.lesson_id)
    return {
        texts.KEY_DATE: lesson.created_at.isoformat(),
        texts.KEY_GUILD: _id(lesson.guild_id),
        texts.KEY_CHANNEL: _id(lesson.channel_id),
        texts.KEY_MODEL: without_folders(lesson.model),
        texts.KEY_SEED: lesson.seed,
        texts.KEY_OPEN: lesson.is_open,
        texts.KEY_CELLS: [
            {
                texts.KEY_CELL: key,
                texts.KEY_STATE: cell.state,
                texts.KEY_OUTCOME: None if cell.findings is None else dict(cell.findings.words),
            }
            for key, cell in cells.items()
        ],
    }


def _game(game: PersonalGame) -> dict[str, Any]:
    """Lay out a game: its text where it is the person's, and what the person voted for."""
    return {
        texts.KEY_DATE: game.created_at.isoformat(),
        texts.KEY_GUILD: _id(game.guild_id),
        texts.KEY_CHANNEL: _id(game.channel_id),
        texts.KEY_IS_HOST: game.is_host,
        texts.KEY_PROMPT: game.text or None,
        texts.KEY_GUESSES: [
            {
                texts.KEY_ROUND: guess.number,
                texts.KEY_WORD: guess.word,
                texts.KEY_PROB: guess.prob,
            }
            for guess in game.guesses
        ],
    }


def _doubt(doubt: PersonalDoubt) -> dict[str, Any]:
    return {
        texts.KEY_DATE: doubt.created_at.isoformat(),
        texts.KEY_GUILD: _id(doubt.guild_id),
        texts.KEY_CHANNEL: _id(doubt.channel_id),
        texts.KEY_CELL: doubt.cell,
        texts.KEY_RESOLVED: doubt.is_resolved,
    }


def _vote(vote: PersonalVote) -> dict[str, Any]:
    return {
        texts.KEY_GUILD: _id(vote.guild_id),
        texts.KEY_CHANNEL: _id(vote.channel_id),
        texts.KEY_MESSAGE: _id(vote.message_id),
        texts.KEY_ATTEMPT: vote.attempt + 1,
    }


def _encoded(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return f"{text}\n".encode(errors="replace")


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)

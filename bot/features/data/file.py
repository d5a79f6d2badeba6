"""The file of `/datos ver`: a person's settings, votes, prompts and texts, without the traces."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from bot.features.data import texts
from bot.render.model_names import without_folders
from bot.storage.records import PersonalText, PersonalVote, UserData

if TYPE_CHECKING:
    from bot.storage import Storage

MOST_TEXTS = 2000
MOST_VOTES = 2000
MOST_BYTES = 4_000_000


async def data_file(storage: Storage, user_id: int) -> tuple[bytes, int]:
    """Return the file as readable JSON, with the newest texts first as far as they fit.

    Returns:
        The file, and the number of stored texts that are not in it.
    """
    data = await storage.user_data(user_id)
    votes = [_vote(vote) for vote in await storage.votes_of(user_id, MOST_VOTES)]
    entries: list[dict[str, Any]] = []
    size = 0
    async for text in storage.texts_of(user_id, MOST_TEXTS):
        entry = _entry(text)
        size += len(json.dumps(entry, ensure_ascii=False, indent=2).encode(errors="replace"))
        if size > MOST_BYTES:
            break
        entries.append(entry)
    left_out = max(0, data.replies - len(entries))
    return await asyncio.to_thread(_document, data, votes, entries, left_out), left_out


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


def _vote(vote: PersonalVote) -> dict[str, Any]:
    return {
        texts.KEY_GUILD: _id(vote.guild_id),
        texts.KEY_CHANNEL: _id(vote.channel_id),
        texts.KEY_MESSAGE: _id(vote.message_id),
        texts.KEY_ATTEMPT: vote.attempt + 1,
    }


def _document(
    data: UserData, votes: list[dict[str, Any]], entries: list[dict[str, Any]], left_out: int
) -> bytes:
    document = {
        texts.KEY_USER: _id(data.user_id),
        texts.KEY_SETTINGS: dict(data.preferences.params),
        texts.KEY_MODEL: without_folders(data.preferences.model or "") or None,
        texts.KEY_JOBS: data.jobs,
        texts.KEY_VOTES: votes,
        texts.KEY_LEFT_OUT: left_out,
        texts.KEY_TEXTS: entries,
    }
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return f"{text}\n".encode(errors="replace")


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)

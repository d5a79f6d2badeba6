"""«Receta»: the script that writes a stored reply again, as a file."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace

import discord

from bot.client import Interaction
from bot.features.recipe import texts
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.render.word_list import STAGE
from bot.storage.records import StoredReply
from bot.texts.common import BANNED_TOKEN
from bot.ui.files import require_fits
from bot.ui.replies import require_kept
from engine import Completion, EngineError
from engine.explain import recipe


async def recipe_page(reply: StoredReply, limit_bytes: int, *, has_trace: bool = False) -> Page:
    """Build the message that carries the script.

    Args:
        reply: The text that it writes again.
        limit_bytes: Largest file that this channel takes; a trace that is larger is left out.
        has_trace: Whether the whole trace goes with it.

    Raises:
        UserError: There is no recipe for this reply, or it is too large.
    """
    script = await asyncio.to_thread(_script, reply)
    require_fits(len(script), limit_bytes)
    files = [discord.File(io.BytesIO(script), texts.SCRIPT_NAME)]
    content = texts.CONTENT
    if has_trace:
        trace = await asyncio.to_thread(completion_json, reply.completion)
        if len(script) + len(trace) <= limit_bytes:
            files.append(discord.File(io.BytesIO(trace), texts.TRACE_NAME))
            content = texts.CONTENT_WITH_TRACE
    return Page(content=content, files=tuple(files))


async def send_recipe(interaction: Interaction, reply: StoredReply) -> None:
    """Send the script to the person who asked, after the first answer to the interaction.

    Raises:
        UserError: There is no recipe for this reply, or it is too large.
    """
    page = await recipe_page(reply, interaction.filesize_limit)
    await interaction.followup.send(page.content or "", files=list(page.files), ephemeral=True)


def _script(reply: StoredReply) -> bytes:
    require_kept(reply, texts.NOT_KEPT)
    completion = reply.completion
    if _had_word_list(completion):
        # The list is never stored; the script only has to say that there was one.
        params = replace(completion.params, bad_words=(BANNED_TOKEN,))
        completion = replace(completion, params=params)
    try:
        return recipe(reply.request, completion).encode("utf-8", errors="replace")
    except EngineError as error:
        if error.code != "unsupported":
            raise
        raise UserError(texts.UNSUPPORTED) from error


def _had_word_list(completion: Completion) -> bool:
    """Tell whether the word list was applied: it is a stage of every step that was recorded."""
    return any(
        stage.name == STAGE
        for attempt in completion.attempts
        for step in attempt.steps[:1]
        for stage in step.stages
    )


def completion_json(completion: Completion) -> bytes:
    """Return the whole completion, traces included, as readable JSON."""
    text = json.dumps(completion.to_dict(), ensure_ascii=False, indent=2)
    return f"{text}\n".encode(errors="replace")

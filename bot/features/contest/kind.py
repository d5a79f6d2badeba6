"""How a continuation is shown when its job is gone, or when what is stored about it has changed.

Several tries are a contest until one is kept; one text is a message of its own.
"""

from __future__ import annotations

from dataclasses import replace

from bot.client import Client, Interaction
from bot.features.contest.page import contest_page, is_contest
from bot.features.contest.words import frame_of
from bot.features.continuation.kind import CONTINUATION as ONE_TEXT
from bot.features.continuation.message import continuation_page
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.ui.turning import is_private
from engine import Engine


async def _finished(client: Client, replies: tuple[StoredReply, ...], is_private: bool) -> Page:
    (reply,) = replies
    frame = Frame.of_prompt(reply.request.prompt, is_kept=False)
    if reply.is_prompt_kept:
        frame = Frame.of_text(reply, reply.text_before)
    return await _page(client, reply, frame, is_private=is_private)


async def _redrawn(interaction: Interaction, reply: StoredReply) -> Page:
    message = interaction.message
    frame = frame_of(reply, message.content if message is not None else "")
    return await _page(interaction.client, reply, frame, is_private=is_private(interaction))


async def _page(client: Client, reply: StoredReply, frame: Frame, *, is_private: bool) -> Page:
    if not is_contest(reply, client.engine):
        return continuation_page(reply, frame, None, client.engine)
    votes = None
    if not _is_alone(reply, is_private):
        votes = await client.storage.votes.count(reply.reply_id)
    name = shown_name(client.engine, reply.completion.model)
    return contest_page(reply, frame, votes, name)


def _started(reply: StoredReply, frame: Frame, index: int | None, engine: Engine) -> Page:
    """Lay out a page of a text; several that are only just written are all shown at first."""
    if index is not None or not is_contest(reply, engine):
        return continuation_page(reply, frame, index, engine)
    votes: dict[int, int] | None = None if _is_alone(reply, reply.is_private) else {}
    return contest_page(reply, frame, votes, shown_name(engine, reply.completion.model))


def _is_alone(reply: StoredReply, is_private: bool) -> bool:
    """Tell whether only one person sees the message: there is nobody to vote."""
    return is_private or reply.guild_id is None


CONTINUATION = replace(ONE_TEXT, finished=_finished, redrawn=_redrawn, page=_started)

"""How a continuation is shown when the job that wrote it is gone."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.client import Client, ReplyKind
from bot.features.continuation.items import AgainButton
from bot.features.continuation.message import continuation_page
from bot.features.continuation.presenter import ContinuationPresenter, page_of
from bot.features.continuation.words import failed_text
from bot.jobs.presenter import Alone, GroupPresenter
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.storage.records import UNKNOWN_PREFIX, Job, StoredReply
from bot.texts import common


async def _finished(client: Client, replies: tuple[StoredReply, ...], _is_private: bool) -> Page:
    (reply,) = replies
    return page_of(client, reply, Frame.of_reply(reply, ""))


def _interrupted(job: Job, has_again: bool) -> Page:
    """Lay out a text that a crash cut off; where its person has deleted all, only that."""
    if job.is_prompt_kept and not has_again:
        return Page(content=common.INTERRUPTED)
    view = discord.ui.View(timeout=None)
    if has_again:
        view.add_item(AgainButton(job.job_id))
    text = common.INTERRUPTED_AGAIN if has_again else common.INTERRUPTED
    frame = Frame.of_prompt(job.request.prompt, is_source=job.kind == "transformar")
    return Page(content=failed_text(frame, text), view=view)


def _presenter(client: Client, job: Job, is_private: bool) -> GroupPresenter:
    """Show a text that is written again; of what it goes on from, only the prompt is known."""
    frame = Frame.of_prompt(job.request.prompt, is_source=job.kind == "transformar")
    if job.request.prefix_ids:
        frame = replace(frame, prefix=UNKNOWN_PREFIX)
    return Alone(ContinuationPresenter(client=client, frame=frame, is_ephemeral=is_private))


CONTINUATION = ReplyKind(
    finished=_finished,
    interrupted=_interrupted,
    has_again=True,
    page=continuation_page,
    presenter=_presenter,
)

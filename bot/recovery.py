"""Tell people about the replies that a crash cut off."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import discord

from bot.live import Page
from bot.render.reply import Frame
from bot.responses import NETWORK_ERRORS
from bot.storage import Job, StorageError, StoredReply
from bot.texts import common as texts
from bot.views.continuation import continuation_page, interrupted_page
from engine import Completion

if TYPE_CHECKING:
    from bot.app import Unicornio

_log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=15)


async def tell_interrupted(client: Unicornio, jobs: tuple[Job, ...]) -> None:
    """Edit each message to «Se interrumpió…» while its token lives, and finish its job."""
    for job in jobs:
        try:
            if datetime.now(UTC) - job.created_at < TOKEN_LIFE:
                await _tell(client, job)
            await client.storage.jobs.finish(job.job_id)
        except StorageError as error:
            _log.error("the interrupted job %s stays: %r", job.job_id, error)


async def _tell(client: Unicornio, job: Job) -> None:
    page = await _page(client, job)
    webhook = discord.Webhook.partial(job.application_id, job.interaction_token, client=client)
    try:
        if job.message_id is not None:
            await webhook.edit_message(job.message_id, **page.edit_arguments())
        else:
            # Nobody has seen the message yet: it says «está pensando», and this fills it in.
            await webhook.send(**page.send_arguments())
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("the interrupted job %s could not be told: %s", job.job_id, error)


async def _page(client: Unicornio, job: Job) -> Page:
    """Return the text where only its last edit was lost, else what can be done instead."""
    if job.kind != "continuar":
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.TextDisplay(texts.INTERRUPTED))
        return Page(view=view)
    frame = Frame.of_prompt(job.request.prompt)
    reply = await client.storage.replies.get(job.job_id)
    if reply is not None and reply.completion.attempts:
        return continuation_page(reply, frame, 0, client.engine)
    if not job.is_prompt_kept:
        return interrupted_page(job.job_id, frame, texts.INTERRUPTED, has_again=False)
    await client.storage.replies.save(_empty_reply(job))
    return interrupted_page(job.job_id, frame, texts.INTERRUPTED_AGAIN, has_again=True)


def _empty_reply(job: Job) -> StoredReply:
    """Return a reply without text, so that «Otra» finds what was asked."""
    request = job.request
    completion = Completion(
        request_id=request.request_id,
        model=request.model or "",
        revision=request.revision,
        precision="",
        device="",
        seed=request.seed,
        params=request.params.resolved(),
        inactive=request.params.inactive(),
        prompt_tokens=0,
        truncated_tokens=0,
        queue_s=0.0,
        prefill_s=0.0,
        decode_s=0.0,
        attempts=(),
    )
    return StoredReply(
        reply_id=job.job_id,
        kind=job.kind,
        owner_id=job.owner_id,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        message_id=job.message_id,
        request=request,
        completion=completion,
        is_prompt_kept=job.is_prompt_kept,
        created_at=datetime.now(UTC),
    )

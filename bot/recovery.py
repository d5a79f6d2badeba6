"""Tell people about the replies that a crash cut off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import discord
from discord.webhook.async_ import async_context

from bot.client import Client
from bot.messages.live import Page
from bot.messages.responses import deliver
from bot.storage import Job, StorageError, StoredReply
from engine import Completion

_log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=15)


async def tell_interrupted(client: Client, jobs: tuple[Job, ...]) -> None:
    """Say in each message how its request ended; what cannot be told is tried again later."""
    await asyncio.gather(*(_settle(client, job) for job in jobs))


async def _settle(client: Client, job: Job) -> None:
    try:
        if datetime.now(UTC) - job.created_at >= TOKEN_LIFE or await _tell(client, job):
            await client.storage.jobs.finish(job.job_id)
            return
    except (StorageError, discord.HTTPException) as error:
        _log.error("the interrupted job %s stays: %r", job.job_id[:8], error)
    try:
        await client.storage.jobs.give_back(job.job_id)
    except StorageError as error:
        _log.error("the interrupted job %s is not given back: %r", job.job_id[:8], error)


async def _tell(client: Client, job: Job) -> bool:
    """Edit the job's message; tell whether that is done, or nobody can see it any more."""
    webhook = discord.Webhook.partial(job.application_id, job.interaction_token, client=client)

    async def show() -> None:
        message_id, is_ephemeral = await _original(webhook)
        page = await _page(client, job, message_id, is_ephemeral=is_ephemeral)
        await webhook.edit_message(message_id, **page.edit_arguments())

    return await deliver(show) != "failed"


async def _original(webhook: discord.Webhook) -> tuple[int, bool]:
    """Return the id of an interaction's message, and whether it is ephemeral.

    discord.py offers this on an `Interaction` only, and that is gone with its process.
    """
    data = await async_context.get().get_original_interaction_response(
        webhook.id, webhook.token or "", session=webhook.session
    )
    return int(data["id"]), discord.MessageFlags._from_value(data["flags"]).ephemeral


async def _page(client: Client, job: Job, message_id: int, *, is_ephemeral: bool) -> Page:
    """Return the text where only its last edit was lost, else what can be done instead."""
    kind = client.kinds[job.kind]
    stored = await client.storage.replies.get_all(kind.reply_ids(job.job_id))
    replies = tuple(reply for reply in stored if reply.completion.attempts)
    if replies:
        ids = tuple(reply.reply_id for reply in replies)
        await _note_message(client, job, ids, message_id)
        return await kind.finished(client, replies, is_ephemeral)
    can_ask = kind.has_again and job.is_prompt_kept
    if not can_ask:
        return kind.interrupted(job, False)
    empty = _empty_reply(job, message_id, is_private=is_ephemeral)
    return kind.interrupted(job, await _is_again_kept(client, empty))


async def _is_again_kept(client: Client, empty: StoredReply) -> bool:
    """Store what «Otra» needs, and tell whether it is there; without it people are told too."""
    try:
        return await client.storage.replies.save_of_job(empty.reply_id, empty)
    except StorageError as error:
        _log.error("the interrupted job %s cannot be asked again: %r", empty.reply_id[:8], error)
        return False


async def _note_message(
    client: Client, job: Job, reply_ids: Sequence[str], message_id: int
) -> None:
    """Note where the texts are shown; only the menus of messages need it."""
    try:
        await client.storage.replies.set_message(reply_ids, job.channel_id, message_id)
    except StorageError as error:
        _log.error("the message of job %s is not noted: %r", job.job_id[:8], error)


def _empty_reply(job: Job, message_id: int, *, is_private: bool) -> StoredReply:
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
        message_id=message_id,
        request=request,
        completion=completion,
        is_prompt_kept=job.is_prompt_kept,
        created_at=datetime.now(UTC),
        is_private=is_private,
    )

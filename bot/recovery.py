"""Answer those whose request a crash cut off: it is written again, once, or they are told.

A request that would end every process that serves it ends two: that it is written again is stored
before it is, and what has been begun twice is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord

from bot.asking.requests import of_today
from bot.client import Client
from bot.messages.answer import LeftAnswer
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.responses import deliver
from bot.second_try import SecondTry
from bot.storage import Job, StorageError, StoredReply
from bot.texts.common import WRITING_AGAIN
from engine import Completion, EngineError, GenerationRequest

_log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=15)
_LAST_EDIT = timedelta(seconds=30)
"""Kept of that life for the end of what is written again."""


async def answer_interrupted(client: Client, jobs: tuple[Job, ...]) -> None:
    """Answer in each message; what cannot be answered is tried again later."""
    await asyncio.gather(*(_settle(client, job) for job in jobs))


async def _settle(client: Client, job: Job) -> None:
    try:
        if _left(job) <= timedelta() or await _answer(client, job):
            await client.storage.jobs.finish(job.job_id)
            return
    except Exception as error:  # noqa: BLE001 (its lease would be renewed, and nobody try again)
        is_foreseen = isinstance(error, StorageError | discord.HTTPException)
        _log.error(
            "the interrupted job %s stays: %r", job.job_id[:8], error, exc_info=not is_foreseen
        )
    if client.jobs.is_closing:
        # It is still this process's, whose next start finds it at once.
        return
    try:
        await client.storage.jobs.give_back(job.job_id)
    except StorageError as error:
        _log.error("the interrupted job %s is not given back: %r", job.job_id[:8], error)


async def _answer(client: Client, job: Job) -> bool:
    """Answer in a job's message; tell whether that is done, or nobody can see it any more."""
    answer = LeftAnswer(client, job.application_id, job.interaction_token)
    found = await deliver(answer.find)
    if found != "shown":
        return found == "gone"
    kind = client.kinds[job.kind]
    stored = await client.storage.replies.get_all(kind.reply_ids(job.job_id))
    if replies := tuple(reply for reply in stored if reply.completion.attempts):
        # Only its last edit was lost.
        await _note_message(client, job, [reply.reply_id for reply in replies], answer.message_id)
        return await _show(answer, await kind.finished(client, replies, answer.is_ephemeral))
    is_answered = await _write_again(client, job, answer, stored)
    if is_answered is not None:
        return is_answered
    can_ask = kind.has_again and job.is_prompt_kept
    # Its owner may have had it deleted while it waited to be written.
    stored = stored and await client.storage.replies.get_all(kind.reply_ids(job.job_id))
    is_kept = can_ask and (bool(stored) or await _is_again_kept(client, job, answer))
    return await _show(answer, kind.interrupted(job, is_kept))


async def _write_again(
    client: Client, job: Job, answer: LeftAnswer, stored: tuple[StoredReply, ...]
) -> bool | None:
    """Write a job's text again; tell as `_answer`, or None where there is none.

    Args:
        client: Logged in.
        job: Left by a process that is gone.
        answer: Found.
        stored: Replies of the job, which have no text.
    """
    if not job.can_resume:
        return None
    try:
        if client.kinds[job.kind].is_computed:
            return await _compute(client, job, answer, stored)
        return await _second_try(client, job, answer)
    except Exception as error:  # noqa: BLE001 (a message must not say for ever that it is written)
        is_foreseen = isinstance(error, UserError | EngineError | StorageError)
        _log.warning(
            "the interrupted job %s is not written again: %r",
            job.job_id[:8],
            error,
            exc_info=not is_foreseen,
        )
        return None


async def _second_try(client: Client, job: Job, answer: LeftAnswer) -> bool | None:
    """Write a job's text again, as `_write_again`; what goes wrong is raised."""
    kind = client.kinds[job.kind]
    if kind.presenter is None:
        return None
    first = of_today(client, job.request, job.request.prompt, job.owner_id)
    requests = kind.requests(client.engine, first)
    presenter = SecondTry(client, kind, kind.presenter(client, job, answer.is_ephemeral))
    places = sum(request.params.queue_places for request in requests)
    with client.limits.admit_again(job.owner_id) as ticket:
        # Nothing is given back yet.
        page = replace(presenter.failed(WRITING_AGAIN, requests), files=())
        shown = await deliver(lambda: answer.edit(page))
        if shown != "shown":
            return shown == "gone"
        async with client.resuming.taking(places, job.created_at, job.job_id):
            if client.jobs.is_closing:
                return False
            left_s = (_left(job) - _LAST_EDIT).total_seconds()
            if left_s <= 0 or not await client.storage.jobs.begin_again(job.job_id):
                return None
            return await client.jobs.resume(
                job,
                _within(requests, left_s),
                presenter=presenter,
                answer=answer,
                ticket=ticket,
            )


async def _compute(
    client: Client, job: Job, answer: LeftAnswer, stored: tuple[StoredReply, ...]
) -> bool | None:
    """Finish a job whose message is computed, as `_write_again`; what goes wrong is raised."""
    async with client.resuming.taking(1, job.created_at, job.job_id):
        if client.jobs.is_closing:
            return False
        if not stored or not await client.storage.jobs.begin_again(job.job_id):
            return None
        page = await client.kinds[job.kind].finished(client, stored, answer.is_ephemeral)
    return await _show(answer, page)


def _left(job: Job) -> timedelta:
    """Return for how long the job's message can still be edited."""
    return TOKEN_LIFE - (datetime.now(UTC) - job.created_at)


def _within(
    requests: tuple[GenerationRequest, ...], left_s: float
) -> tuple[GenerationRequest, ...]:
    """Let requests end while their message can still be edited."""
    return tuple(
        replace(one, deadline_s=min(left_s, left_s if one.deadline_s is None else one.deadline_s))
        for one in requests
    )


async def _show(answer: LeftAnswer, page: Page) -> bool:
    return await deliver(lambda: answer.edit(page)) != "failed"


async def _is_again_kept(client: Client, job: Job, answer: LeftAnswer) -> bool:
    """Store what «Otra» needs, and tell whether it is there; without it people are told too."""
    empty = _empty_reply(job, answer.message_id, is_private=answer.is_ephemeral)
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

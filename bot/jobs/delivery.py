"""The end of a job: its texts stored and shown, or a Spanish sentence why there are none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import discord

from bot.jobs.running_job import RunningJob
from bot.jobs.streams import Outcome
from bot.messages.errors import report
from bot.messages.responses import is_gone
from bot.messages.unstored import remove_reply_items
from bot.storage import Storage
from bot.storage.errors import StorageError
from bot.storage.records import StoredReply
from bot.texts import common as texts
from engine import EngineError

_log = logging.getLogger(__name__)


class Delivery:
    """Ends jobs in their own messages.

    Args:
        storage: Keeps the finished replies.
        is_closing: Tells whether the bot is about to end.
    """

    def __init__(self, storage: Storage, is_closing: Callable[[], bool]) -> None:
        self._storage = storage
        self._is_closing = is_closing

    async def deliver(self, job: RunningJob, outcome: Outcome) -> tuple[StoredReply, ...]:
        """Store the texts, then show them; return them, or () where the message is gone.

        What says another person's words again is shown only.
        """
        if job.live.is_gone:
            job.give_up()
            return ()
        completions, errors = outcome
        replies = job.replies(completions)
        reply_ids = tuple(reply.reply_id for reply in replies)
        can_be_stored = all(reply.is_storable for reply in replies)
        is_stored, storage_error = False, None
        if can_be_stored:
            try:
                is_stored = await self._save(job, replies)
            except StorageError as error:
                storage_error = error
        page = await job.presenter.finished(replies)
        if not is_stored and page.view is not None:
            remove_reply_items(page.view)
        if self._is_closing():
            page = page.with_note(texts.RESTARTING)
        job.is_told = await job.live.finish(page)
        if job.live.is_gone:
            if is_stored:
                await self._storage.replies.delete(*reply_ids)
            job.give_up()
            return ()
        if storage_error is not None:
            await job.answer.say(texts.NOT_STORED.format(why=report(storage_error)))
        await self._say_missing(job, errors)
        if replies[0].message_id is None and is_stored:
            await self._note_message(job, reply_ids)
        return replies

    async def _note_message(self, job: RunningJob, reply_ids: Sequence[str]) -> None:
        """Note where the texts are shown; only the menus of messages need it."""
        if job.message_id is None:
            return
        try:
            await self._storage.replies.set_message(reply_ids, job.channel_id, job.message_id)
        except StorageError as error:
            _log.error("the message of job %s is not noted: %r", job.job_id[:8], error)

    async def _say_missing(self, job: RunningJob, errors: tuple[Exception, ...]) -> None:
        """Tell the person who asked why a part is missing, unless it was stopped."""
        reasons = dict.fromkeys(report(error) for error in errors if not _is_stop(error))
        if reasons:
            await job.answer.say(texts.PART_MISSING.format(why=" ".join(reasons)))

    async def _save(self, job: RunningJob, replies: tuple[StoredReply, ...]) -> bool:
        """Store replies before their buttons are seen; tell whether their owner still wants it.

        Another process may have deleted everything of a person while this one was writing.

        Raises:
            StorageError: It is not stored, which does not cost the text.
        """
        if job.needs_row:
            return await self._storage.replies.save_of_job(job.job_id, *replies)
        await self._storage.replies.save(*replies)
        return True

    async def fail(self, job: RunningJob, error: Exception) -> None:
        """Say in the job's own message why there is no text."""
        if job.live.is_gone or is_gone(error):
            job.give_up()
            return
        text = texts.CLOSING if self._is_closing() and _is_stop(error) else report(error)
        try:
            job.is_told = await job.live.finish(job.presenter.failed(text, job.requests))
        except discord.HTTPException as refusal:
            _log.error("the error page was refused: %s", refusal)
            await job.answer.say(text)
            job.is_told = True


def _is_stop(error: Exception) -> bool:
    return isinstance(error, EngineError) and error.code in {"cancelled", "closed"}

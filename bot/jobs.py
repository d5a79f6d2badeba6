"""One request from admission to its last edit: every one ends in text or in a Spanish sentence."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.admission import require_place, require_servable
from bot.config import Settings
from bot.errors import UserError, report
from bot.limits import Limits
from bot.presenter import Presenter
from bot.responses import acknowledge, is_gone, say
from bot.running_job import RunningJob
from bot.storage import Storage
from bot.storage.errors import StorageError
from bot.storage.records import Kind, StoredReply
from bot.texts import common as texts
from engine import (
    Completion,
    Done,
    Engine,
    EngineError,
    GenerationRequest,
    Progress,
    Queued,
)

if TYPE_CHECKING:
    from bot.app import Unicornio

_log = logging.getLogger(__name__)

LIVE_STREAMS_PER_CHANNEL = 3
_CLOSE_TIMEOUT_S = 6.0


class JobRunner:
    """Runs requests and remembers those that are under way.

    Args:
        engine: Serves the requests.
        storage: Keeps a row for each running job and the finished replies.
        limits: Says how much one person may ask for.
        settings: Of the installation.
    """

    def __init__(
        self, *, engine: Engine, storage: Storage, limits: Limits, settings: Settings
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._limits = limits
        self._settings = settings
        self._admitted: dict[str, RunningJob] = {}
        self._running: dict[str, RunningJob] = {}
        # Queue places of requests that are admitted but not yet submitted to the engine.
        self._entering: dict[str, int] = {}
        self._live_streams: Counter[int] = Counter()
        self._is_closing = False

    async def run(
        self,
        interaction: discord.Interaction[Unicornio],
        request: GenerationRequest,
        *,
        kind: Kind,
        presenter: Presenter,
        is_prompt_kept: bool = True,
    ) -> StoredReply | None:
        """Serve a request as the answer to an interaction that has had none yet.

        Args:
            interaction: Of the person who asks; its original response becomes the message.
            request: Its `request_id` becomes the reply's id.
            kind: What the reply is opened with later.
            presenter: Builds the pages.
            is_prompt_kept: False when the prompt is another person's message.

        Returns:
            The stored reply, or None where there is no text; the person has been told why.

        Raises:
            UserError: Refused before the first response: too many requests, too soon, closing.
            EngineError: Refused before the first response: see `bot.admission`.
        """
        self._require_admissible(request)
        job = RunningJob(
            interaction=interaction,
            request=request,
            kind=kind,
            presenter=presenter,
            is_prompt_kept=is_prompt_kept,
            ticket=self._limits.admit(interaction.user.id),
            interval_s=self._settings.edit_interval_s,
        )
        self._entering[job.job_id] = request.params.queue_places
        self._admitted[job.job_id] = job
        try:
            return await self._acknowledge_and_serve(job)
        finally:
            self._entering.pop(job.job_id, None)
            job.ticket.release()
            del self._admitted[job.job_id]

    def owner_of(self, request_id: str) -> int | None:
        """Return who asked for a request that is under way, or None."""
        job = self._running.get(request_id)
        return job.interaction.user.id if job is not None else None

    def stop(self, request_id: str) -> None:
        """Stop a request; what it has written so far becomes its text."""
        self._engine.cancel(request_id)

    async def stop_all_of(self, user_id: int) -> int:
        """Stop a person's requests and wait for their ends, which may still store a reply.

        Those that Discord is only being told about never reach the engine.

        Returns:
            The number of requests stopped.

        Raises:
            TimeoutError: One of them did not end within a few seconds.
        """
        mine = [job for job in self._admitted.values() if job.interaction.user.id == user_id]
        for job in mine:
            job.is_withdrawn = True
            self._engine.cancel(job.job_id)
        if await _still_running(mine):
            raise TimeoutError
        return len(mine)

    async def close(self) -> None:
        """Refuse new requests and let those under way end in words, within a few seconds.

        A job that does not end in time keeps its row, so that the next start tells its owner.
        """
        self._is_closing = True
        for request_id in tuple(self._running):
            self._engine.cancel(request_id)
        late = await _still_running(self._admitted.values())
        if late:
            _log.warning("%d jobs did not end before closing", late)

    async def _acknowledge_and_serve(self, job: RunningJob) -> StoredReply | None:
        """Write the row while Discord is told: a crash after that leaves nobody waiting."""
        noting = asyncio.create_task(self._storage.jobs.start(job.row()))
        is_alive = False
        try:
            is_alive, job.message_id = await acknowledge(
                job.interaction, ephemeral=job.presenter.is_ephemeral
            )
        finally:
            if not is_alive:
                # The person got nothing and may ask again at once.
                job.ticket.refund()
                await asyncio.gather(noting, return_exceptions=True)
                await self._forget(job)
        return await self._serve(job, noting) if is_alive else None

    def _require_admissible(self, request: GenerationRequest) -> None:
        if self._is_closing:
            raise UserError(texts.CLOSING)
        require_servable(self._engine, request)
        require_place(self._engine, request.params.queue_places, sum(self._entering.values()))

    async def _serve(self, job: RunningJob, noting: asyncio.Task[None]) -> StoredReply | None:
        self._running[job.job_id] = job
        try:
            await noting
            completion = await self._stream(job)
            job.ticket.release()
            return await self._deliver(job, completion)
        except Exception as error:  # noqa: BLE001 (a message must never say «está pensando» for ever)
            job.ticket.refund()
            await self._fail(job, error)
            return None
        finally:
            del self._running[job.job_id]
            if job.is_told:
                await self._forget(job)

    async def _stream(self, job: RunningJob) -> Completion:
        """Follow the engine's events; a partial text counts as a text."""
        if self._is_closing:
            raise EngineError("closed")
        if job.is_withdrawn:
            raise EngineError("cancelled")
        try:
            async for event in self._engine.stream(job.request):
                self._entering.pop(job.job_id, None)
                if isinstance(event, Done):
                    return event.completion
                if job.live.is_gone:
                    self._engine.cancel(job.job_id)
                elif isinstance(event, Queued):
                    self._show_waiting(job, event.position)
                else:
                    self._show_progress(job, event)
        except EngineError as error:
            if error.partial is not None and error.partial.attempts:
                return error.partial
            raise
        finally:
            if job.is_live and not job.presenter.is_ephemeral:
                self._live_streams[job.channel_id] -= 1
        raise EngineError("closed")

    def _show_waiting(self, job: RunningJob, position: int) -> None:
        stats = self._engine.stats()
        wait_s = stats.expected_wait_s
        if wait_s is not None:
            # The engine's estimate is for a newcomer, who would stand behind all that wait.
            wait_s *= min(1.0, position / (stats.queued + 1))
        job.live.show(partial(job.presenter.waiting, position, wait_s, job.request))

    def _show_progress(self, job: RunningJob, progress: Progress) -> None:
        if job.is_live is None:
            job.is_live = self._take_stream(job)
            if not job.is_live:
                job.live.show(partial(job.presenter.waiting, 0, None, job.request))
        if job.is_live:
            job.live.show(partial(job.presenter.running, progress, job.request))

    def _take_stream(self, job: RunningJob) -> bool:
        if job.presenter.is_ephemeral:
            return True
        if self._live_streams[job.channel_id] >= LIVE_STREAMS_PER_CHANNEL:
            return False
        self._live_streams[job.channel_id] += 1
        return True

    async def _deliver(self, job: RunningJob, completion: Completion) -> StoredReply | None:
        if job.live.is_gone:
            job.give_up()
            return None
        reply = job.reply(completion)
        storage_error = await self._save(reply)
        page = await job.presenter.finished(reply)
        if self._is_closing:
            page = page.with_note(texts.RESTARTING)
        job.is_told = await job.live.finish(page)
        if job.live.is_gone:
            await self._storage.replies.delete(reply.reply_id)
            job.give_up()
            return None
        if storage_error is not None:
            await say(job.interaction, texts.NOT_STORED.format(why=report(storage_error)))
        if reply.message_id is None and job.message_id is not None and storage_error is None:
            await self._storage.replies.set_message(reply.reply_id, job.channel_id, job.message_id)
        return reply

    async def _save(self, reply: StoredReply) -> StorageError | None:
        """Store a reply before its buttons are seen; a failure does not cost the text."""
        try:
            await self._storage.replies.save(reply.without_foreign_prompt())
        except StorageError as error:
            return error
        return None

    async def _fail(self, job: RunningJob, error: Exception) -> None:
        """Say in the job's own message why there is no text."""
        if job.live.is_gone or is_gone(error):
            job.give_up()
            return
        is_stopped_by_us = isinstance(error, EngineError) and error.code in {"cancelled", "closed"}
        text = texts.CLOSING if self._is_closing and is_stopped_by_us else report(error)
        try:
            job.is_told = await job.live.finish(job.presenter.failed(text, job.request))
        except discord.HTTPException as refusal:
            _log.error("the error page was refused: %s", refusal)
            await say(job.interaction, text)
            job.is_told = True

    async def _forget(self, job: RunningJob) -> None:
        try:
            await self._storage.jobs.finish(job.job_id)
        except StorageError as error:
            _log.error("the row of job %s stays: %r", job.job_id, error)


async def _still_running(jobs: Iterable[RunningJob]) -> int:
    """Wait a few seconds for the jobs; return how many have not ended."""
    tasks = {job.task for job in jobs if job.task is not None}
    if not tasks:
        return 0
    _, late = await asyncio.wait(tasks, timeout=_CLOSE_TIMEOUT_S)
    return len(late)

"""One job from admission to its last edit: every one ends in text or in a Spanish sentence.

A job is one request, or several that are served together and share a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import discord

from bot.config import Settings
from bot.jobs.admission import require_place, require_servable
from bot.jobs.delivery import Delivery
from bot.jobs.limits import Limits, Ticket
from bot.jobs.presenter import Alone, GroupPresenter, Presenter
from bot.jobs.rows import NOTE_TIMEOUT_S, JobRows
from bot.jobs.running_job import RunningJob, still_running
from bot.jobs.streams import Outcome, Streams
from bot.messages.answer import LeftAnswer, OwnAnswer
from bot.messages.errors import UserError
from bot.render.word_list import without_word_list
from bot.storage import Storage
from bot.storage.records import Job, Kind, StoredReply
from bot.texts import common as texts
from engine import Engine, EngineError, GenerationRequest

_log = logging.getLogger(__name__)


class JobRunner:
    """Runs requests and remembers those that are under way.

    Attributes:
        is_closing: Whether the bot is about to end, so that nothing begins any more.

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
        self._rows = JobRows(storage)
        self._is_alone = storage.process.is_alone
        self._delivery = Delivery(storage, is_closing=lambda: self.is_closing)
        self._limits = limits
        self._settings = settings
        self._admitted: dict[str, RunningJob] = {}
        # Queue places of requests that are admitted but not yet submitted to the engine.
        self._entering: dict[str, int] = {}
        self._streams = Streams(engine, on_submitted=self._enter)
        self.is_closing = False

    async def run(
        self,
        interaction: discord.Interaction[Any],
        request: GenerationRequest,
        *,
        kind: Kind,
        presenter: Presenter,
        is_prompt_kept: bool = True,
        is_in_place: bool = False,
        can_resume: bool = False,
        shaped: Callable[[StoredReply], StoredReply] | None = None,
    ) -> StoredReply | None:
        """Serve a request as the answer to an interaction, which has had none yet or «pensando».

        Args:
            interaction: Of the person who asks; its original response becomes the message.
            request: Its `request_id` becomes the reply's id.
            kind: What the reply is opened with later.
            presenter: Builds the pages.
            is_prompt_kept: False when the prompt is another person's message.
            is_in_place: Whether the clicked message becomes the answer.
            can_resume: Whether the request and the kind are all that the answer is made of, so
                that another process can write it again after a crash; if the prompt is kept.
            shaped: Makes what is stored and shown of what was written; None: as it is.

        Returns:
            The stored reply, or None where there is no text; the person has been told why.

        Raises:
            UserError: Refused before the first response: too many requests, too soon, closing.
            EngineError: Refused before the first response: see `bot.jobs.admission`.
        """
        replies = await self.run_together(
            interaction,
            (request,),
            kind=kind,
            presenter=Alone(presenter),
            is_prompt_kept=is_prompt_kept,
            is_in_place=is_in_place,
            can_resume=can_resume,
            shaped=shaped,
        )
        return replies[0] if replies else None

    async def run_together(
        self,
        interaction: discord.Interaction[Any],
        requests: tuple[GenerationRequest, ...],
        *,
        kind: Kind,
        presenter: GroupPresenter,
        is_prompt_kept: bool = True,
        is_in_place: bool = False,
        can_resume: bool = False,
        shaped: Callable[[StoredReply], StoredReply] | None = None,
    ) -> tuple[StoredReply, ...]:
        """Serve several requests at once in one message, as `run` serves one.

        They count as one request of the person, and each takes its own places in the queue. Where
        some of them fail, the others are the answer and the person is told why.

        Returns:
            The stored replies, in the order of the requests; () where there is no text.
        """
        self._require_admissible(requests)
        row = Job(
            job_id=requests[0].request_id,
            kind=kind,
            owner_id=interaction.user.id,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id or 0,
            application_id=interaction.application_id,
            interaction_token=interaction.token,
            request=without_word_list(requests[0]),
            is_prompt_kept=is_prompt_kept,
            created_at=datetime.now(UTC),
            can_resume=can_resume and is_prompt_kept,
        )
        answer = OwnAnswer(interaction, is_in_place=is_in_place)
        job = RunningJob(
            row=row,
            requests=requests,
            answer=answer,
            presenter=presenter,
            ticket=await self._limits.admit(interaction.user.id),
            interval_s=self._settings.edit_interval_s,
            shaped=shaped,
        )
        with self._admitting(job):
            return await self._acknowledge_and_serve(job, answer)

    async def resume(
        self,
        row: Job,
        requests: tuple[GenerationRequest, ...],
        *,
        presenter: GroupPresenter,
        answer: LeftAnswer,
        ticket: Ticket,
    ) -> bool:
        """Serve again what a process that is gone has left, in the message that it has.

        Returns:
            Whether the message says how it ended, or is gone; else the row has to stay.

        Raises:
            UserError: The bot is closing.
            EngineError: There is no text, for another reason than that nobody wants it.
        """
        self._require_admissible(requests)
        job = RunningJob(
            row=row,
            requests=requests,
            answer=answer,
            presenter=presenter,
            ticket=ticket,
            interval_s=self._settings.edit_interval_s,
            message_id=answer.message_id,
            needs_row=True,
        )
        with self._admitting(job):
            try:
                await self._delivery.deliver(job, await self._stream(job))
            except EngineError as error:
                if error.code != "cancelled" or self.is_closing:
                    raise
                await self._delivery.fail(job, error)
        return job.is_told

    def owner_of(self, job_id: str) -> int | None:
        """Return who asked for a job that is under way, or None."""
        job = self._admitted.get(job_id)
        return job.row.owner_id if job is not None else None

    def stop(self, job_id: str) -> None:
        """Stop a job that is under way; what it has written so far becomes its text."""
        self._admitted[job_id].cancel(self._engine)

    async def stop_all_of(self, user_id: int) -> int:
        """Stop a person's requests and wait for their ends, which may still store a reply.

        Those that Discord is only being told about never reach the engine.

        Returns:
            The number of requests stopped.

        Raises:
            TimeoutError: One of them did not end within a few seconds.
        """
        mine = [job for job in self._admitted.values() if job.row.owner_id == user_id]
        for job in mine:
            job.is_withdrawn = True
            job.cancel(self._engine)
        if await still_running(mine):
            raise TimeoutError
        return len(mine)

    async def close(self) -> None:
        """Refuse new requests and let those under way end in words, within a few seconds.

        A job that does not end in time keeps its row, so that the next start tells its owner.
        """
        self.is_closing = True
        for job in tuple(self._admitted.values()):
            job.cancel(self._engine)
        late = await still_running(self._admitted.values())
        if late:
            _log.warning("%d jobs did not end before closing", late)

    @contextmanager
    def _admitting(self, job: RunningJob) -> Iterator[None]:
        """Count a job, from its admission to its end."""
        self._entering |= {r.request_id: r.params.queue_places for r in job.requests}
        self._admitted[job.job_id] = job
        try:
            yield
        finally:
            for request in job.requests:
                self._enter(request.request_id)
            job.ticket.release()
            del self._admitted[job.job_id]

    async def _acknowledge_and_serve(
        self, job: RunningJob, answer: OwnAnswer
    ) -> tuple[StoredReply, ...]:
        """Write the row before Discord is told: a crash after that leaves nobody waiting."""
        noting = asyncio.create_task(self._rows.start(job.row))
        is_alive = False
        try:
            await asyncio.wait({noting}, timeout=NOTE_TIMEOUT_S)
            is_alive, job.message_id = await answer.acknowledge(
                ephemeral=job.presenter.is_ephemeral
            )
        finally:
            if not is_alive:
                # The person got nothing and may ask again at once.
                job.ticket.refund()
                await self._rows.finish(job.job_id, noting)
        return await self._serve(job, noting) if is_alive else ()

    def _require_admissible(self, requests: tuple[GenerationRequest, ...]) -> None:
        if self.is_closing:
            raise UserError(texts.CLOSING)
        for request in requests:
            require_servable(self._engine, request)
        places = sum(request.params.queue_places for request in requests)
        require_place(self._engine, places, sum(self._entering.values()))

    def _enter(self, request_id: str) -> None:
        """Take note that a request is counted by the engine from now on, or by nobody."""
        self._entering.pop(request_id, None)

    async def _serve(self, job: RunningJob, noting: asyncio.Task[bool]) -> tuple[StoredReply, ...]:
        try:
            outcome = await self._stream(job)
            job.needs_row = await noting and not self._is_alone
            return await self._delivery.deliver(job, outcome)
        except Exception as error:  # noqa: BLE001 (a message must never say «está pensando» for ever)
            job.ticket.refund()
            await self._delivery.fail(job, error)
            return ()
        finally:
            if job.is_told:
                await self._rows.finish(job.job_id, noting)

    async def _stream(self, job: RunningJob) -> Outcome:
        """Wait for the texts, at least one."""
        if self.is_closing:
            raise EngineError("closed")
        if job.is_withdrawn:
            raise EngineError("cancelled")
        completions, errors = await self._streams.follow(job)
        if not completions:
            raise errors[0]
        job.ticket.release()
        return completions, errors

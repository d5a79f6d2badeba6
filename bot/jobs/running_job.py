"""One job under way: who asked, where it is shown, and what is stored about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.jobs.limits import Ticket
from bot.jobs.presenter import GroupPresenter
from bot.messages.answer import Answer
from bot.messages.live import LiveMessage, Page
from bot.render.word_list import masked, without_word_list
from bot.storage.records import Job, StoredReply
from engine import Completion, Engine, GenerationRequest, Progress

_log = logging.getLogger(__name__)

_END_TIMEOUT_S = 6.0


@dataclass(kw_only=True, eq=False)
class RunningJob:
    """One request being served, or several that share a message.

    Attributes:
        row: What is stored so that whoever waits is answered after a crash.
        requests: The first one names the job.
        answer: Where it is shown.
        positions: Request id → its place in the queue, as it was last told.
        progress: Request id → its text so far.
        shaped: Makes what is stored of what was written; None: as it is.
        is_withdrawn: Whether it must not reach the engine any more.
        is_live: Whether its text is shown while it is written; None until there is text.
        needs_row: Whether it is stored only where its row still is: its owner may have had
            everything deleted, unseen by this process.
        is_told: Whether its message says how it ended, or is gone; else the next start says it.
    """

    row: Job
    requests: tuple[GenerationRequest, ...]
    answer: Answer
    presenter: GroupPresenter
    ticket: Ticket
    interval_s: float
    shaped: Callable[[StoredReply], StoredReply] | None = None
    is_withdrawn: bool = False
    is_live: bool | None = None
    message_id: int | None = None
    needs_row: bool = False
    is_told: bool = False
    positions: dict[str, int] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    task: asyncio.Task[object] | None = field(default_factory=asyncio.current_task)
    live: LiveMessage = field(init=False)

    def __post_init__(self) -> None:
        self.live = LiveMessage(self._edit, interval_s=self.interval_s)

    @property
    def job_id(self) -> str:
        """The first request's id, which becomes the reply's."""
        return self.row.job_id

    @property
    def channel_id(self) -> int:
        """Where the message stands."""
        return self.row.channel_id

    def cancel(self, engine: Engine) -> None:
        """Stop what runs; what has been written so far becomes the text."""
        for request in self.requests:
            engine.cancel(request.request_id)

    def replies(self, completions: tuple[Completion, ...]) -> tuple[StoredReply, ...]:
        """Return the finished texts, all of one moment."""
        requests = {request.request_id: request for request in self.requests}
        now = datetime.now(UTC)
        written = (
            StoredReply(
                reply_id=completion.request_id,
                kind=self.row.kind,
                owner_id=self.row.owner_id,
                guild_id=self.row.guild_id,
                channel_id=self.channel_id,
                message_id=self.message_id,
                request=without_word_list(requests[completion.request_id]),
                completion=masked(completion),
                is_prompt_kept=self.row.is_prompt_kept,
                created_at=now,
                is_private=self.presenter.is_ephemeral,
            )
            for completion in completions
        )
        return tuple(reply if self.shaped is None else self.shaped(reply) for reply in written)

    def give_up(self) -> None:
        """Take note that there is no message to say anything in."""
        _log.info("the message of job %s is gone", self.job_id[:8])
        self.is_told = True

    async def _edit(self, page: Page) -> None:
        self.message_id = await self.answer.edit(page)


async def still_running(jobs: Iterable[RunningJob]) -> int:
    """Wait a few seconds for the ends of jobs; return how many have not ended."""
    tasks = {job.task for job in jobs if job.task is not None}
    if not tasks:
        return 0
    _, late = await asyncio.wait(tasks, timeout=_END_TIMEOUT_S)
    return len(late)

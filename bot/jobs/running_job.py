"""One job under way: who asked, where it is shown, and what is stored about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import discord

from bot.jobs.limits import Ticket
from bot.jobs.presenter import GroupPresenter
from bot.messages.live import LiveMessage, Page
from bot.messages.responses import stop_thinking
from bot.render.word_list import masked, without_word_list
from bot.storage.records import Job, Kind, StoredReply
from engine import Completion, Engine, GenerationRequest, Progress

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, eq=False)
class RunningJob:
    """One request being served, or several that share a message.

    Attributes:
        requests: The first one names the job, and is what a crash can be told by.
        positions: Request id → its place in the queue, as it was last told.
        progress: Request id → its text so far.
        is_in_place: Whether the clicked message becomes the answer.
        shaped: Makes what is stored of what was written; None: as it is.
        is_withdrawn: Whether it must not reach the engine any more.
        is_live: Whether its text is shown while it is written; None until there is text.
        is_noted: Whether it has a row, which goes when its owner has everything deleted.
        is_told: Whether its message says how it ended, or is gone; else the next start says it.
    """

    interaction: discord.Interaction[Any]
    requests: tuple[GenerationRequest, ...]
    kind: Kind
    presenter: GroupPresenter
    is_prompt_kept: bool
    ticket: Ticket
    interval_s: float
    is_in_place: bool = False
    shaped: Callable[[StoredReply], StoredReply] | None = None
    is_withdrawn: bool = False
    is_live: bool | None = None
    message_id: int | None = None
    is_noted: bool = False
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
        return self.requests[0].request_id

    @property
    def channel_id(self) -> int:
        """Where the message stands."""
        return self.interaction.channel_id or 0

    def cancel(self, engine: Engine) -> None:
        """Stop what runs; what has been written so far becomes the text."""
        for request in self.requests:
            engine.cancel(request.request_id)

    def row(self) -> Job:
        """Return what is stored so that a crash can be told."""
        return Job(
            job_id=self.job_id,
            kind=self.kind,
            owner_id=self.interaction.user.id,
            guild_id=self.interaction.guild_id,
            channel_id=self.channel_id,
            application_id=self.interaction.application_id,
            interaction_token=self.interaction.token,
            request=without_word_list(self.requests[0]),
            is_prompt_kept=self.is_prompt_kept,
            created_at=datetime.now(UTC),
        ).without_foreign_prompt()

    def replies(self, completions: tuple[Completion, ...]) -> tuple[StoredReply, ...]:
        """Return the finished texts, all of one moment."""
        requests = {request.request_id: request for request in self.requests}
        now = datetime.now(UTC)
        written = (
            StoredReply(
                reply_id=completion.request_id,
                kind=self.kind,
                owner_id=self.interaction.user.id,
                guild_id=self.interaction.guild_id,
                channel_id=self.channel_id,
                message_id=self.message_id,
                request=without_word_list(requests[completion.request_id]),
                completion=masked(completion),
                is_prompt_kept=self.is_prompt_kept,
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
        message = await self.interaction.edit_original_response(**page.edit_arguments())
        stop_thinking(self.interaction)
        self.message_id = message.id

"""How `/familias` shows itself while the models read, and the page that it ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.client import Client, ReplyKind
from bot.features.families import texts
from bot.features.families.page import families_page
from bot.jobs.duel_ids import duel_ids
from bot.messages.live import Page
from bot.messages.place import PageName, Place
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.working import queue_line, working_page
from engine import GenerationRequest, Progress


@dataclass(frozen=True, kw_only=True)
class FamiliesPresenter:
    """The screens of one call.

    Attributes:
        client: Has the engine, which is asked for the rest.
        is_ephemeral: Whether only the person who asked sees the message.
        notes: Sentences about the call.
    """

    client: Client
    is_ephemeral: bool
    notes: tuple[str, ...] = ()

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show the sentence and the place in the queue."""
        return working_page(requests[0], queue_line(position, wait_s), is_stoppable=True)

    def running(
        self, _progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show that the models read."""
        return working_page(requests[0], texts.RUNNING, is_stoppable=True)

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """Show the sentence and what went wrong."""
        return working_page(requests[0], text, is_stoppable=False)

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show all three."""
        reader_id = replies[0].owner_id
        place = Place(page=PageName.FAMILIES, publisher=0 if self.is_ephemeral else reader_id)
        return await families_page(self.client, replies, place, reader_id, self.notes)


async def _finished(client: Client, replies: tuple[StoredReply, ...], is_private: bool) -> Page:
    presenter = FamiliesPresenter(client=client, is_ephemeral=is_private)
    return await presenter.finished(replies)


def _interrupted(job: Job, _has_again: bool) -> Page:
    return working_page(job.request, common.INTERRUPTED, is_stoppable=False)


FAMILIES = ReplyKind(
    finished=_finished, interrupted=_interrupted, has_again=False, reply_ids=duel_ids
)

"""How /explicar shows itself while it works, and the explorer that it ends in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import Client, Reading, ReplyKind
from bot.features.continuation.words import tied
from bot.features.explorer import texts
from bot.jobs.presenter import Alone, GroupPresenter
from bot.messages.live import Page
from bot.messages.place import Place
from bot.render.markdown import clip, escape
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.working import queue_line, working_page
from engine import GenerationRequest, Progress

RUNNING_LIMIT = 1000


class ExplorerPresenter:
    """The screens of one call of /explicar.

    Args:
        client: Knows who builds the last page.
        start: The page that is opened; its publisher is decided here.
        notes: Sentences about the settings of the call.
        is_ephemeral: Whether only the person who asked sees it.
        before: The text that it goes on from, where that is more than the prompt.
    """

    def __init__(
        self,
        client: Client,
        *,
        start: Place,
        notes: tuple[str, ...],
        is_ephemeral: bool,
        before: str | None = None,
    ) -> None:
        self._client = client
        self._start = start
        self._notes = notes
        self.is_ephemeral = is_ephemeral
        self._before = before

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show a place in the queue."""
        return self._working(request, queue_line(position, wait_s), is_stoppable=True)

    def running(self, progress: Progress, request: GenerationRequest) -> Page:
        """Show the text so far."""
        text = escape(clip(progress.text.lstrip(" "), RUNNING_LIMIT))
        # Up to the end of a sentence, it may be more than was asked for.
        total = max(request.params.max_new_tokens, progress.tokens)
        line = texts.RUNNING.format(tokens=progress.tokens, total=total)
        return self._working(
            request, f"{tied(text) if text else text} ▌\n{line}", is_stoppable=True
        )

    def failed(self, text: str, request: GenerationRequest) -> Page:
        """Show why there is nothing to explain."""
        return self._working(request, text, is_stoppable=False)

    async def finished(self, reply: StoredReply) -> Page:
        """Open the explorer where it was asked to."""
        return await self._page(reply, self._opening(reply), self._notes)

    async def _page(
        self,
        reply: StoredReply,
        place: Place,
        notes: tuple[str, ...],
        lead: tuple[discord.ui.Item[Any], ...] = (),
    ) -> Page:
        reading = Reading(
            client=self._client,
            reader_id=reply.owner_id,
            reply=reply,
            place=place,
            notes=notes,
            lead=lead,
        )
        return await self._client.pages[place.page].build(reading)

    def _working(self, request: GenerationRequest, text: str, *, is_stoppable: bool) -> Page:
        return working_page(request, text, is_stoppable=is_stoppable, before=self._before)

    def _opening(self, reply: StoredReply) -> Place:
        return replace(self._start, publisher=0 if self.is_ephemeral else reply.owner_id)


def _plain(client: Client, is_private: bool) -> ExplorerPresenter:
    return ExplorerPresenter(client, start=Place(), notes=(), is_ephemeral=is_private)


async def _finished(client: Client, replies: tuple[StoredReply, ...], is_private: bool) -> Page:
    return await _plain(client, is_private).finished(replies[0])


def _presenter(client: Client, _job: Job, is_private: bool) -> GroupPresenter:
    return Alone(_plain(client, is_private))


def _interrupted(_job: Job, _has_again: bool) -> Page:
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(common.INTERRUPTED))
    return Page(view=view)


EXPLORER = ReplyKind(
    finished=_finished, interrupted=_interrupted, has_again=False, presenter=_presenter
)

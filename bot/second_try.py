"""How a text shows itself that a crash cut off, while it is written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import discord

from bot.client import Client, ReplyKind
from bot.jobs.presenter import GroupPresenter
from bot.messages.live import Page
from bot.storage.records import StoredReply
from bot.texts.common import WRITING_AGAIN
from engine import GenerationRequest, Progress


@dataclass(frozen=True)
class SecondTry:
    """The screens of its kind, which say so until its end.

    Attributes:
        client: Knows who builds the last page.
        kind: Of the reply.
        first: As it showed itself the first time.
    """

    client: Client
    kind: ReplyKind
    first: GroupPresenter

    @property
    def is_ephemeral(self) -> bool:
        """See `GroupPresenter`."""
        return self.first.is_ephemeral

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """See `GroupPresenter`."""
        return _noted(self.first.waiting(position, wait_s, requests))

    def running(
        self, progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """See `GroupPresenter`."""
        return _noted(self.first.running(progress, requests))

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """See `GroupPresenter`."""
        return self.first.failed(text, requests)

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the end from what is stored: what stood before a text is known from there."""
        return await self.kind.finished(self.client, replies, self.is_ephemeral)


def _noted(page: Page) -> Page:
    """Say below a page that its text is written again."""
    if not isinstance(page.view, discord.ui.LayoutView):
        return page.with_note(WRITING_AGAIN)
    page.view.add_item(discord.ui.TextDisplay(f"-# {WRITING_AGAIN}"))
    return page

"""How a job shows itself: the interface between the runner and each command's screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.messages.live import Page
from bot.storage.records import StoredReply
from engine import GenerationRequest, Progress


class Presenter(Protocol):
    """Builds the pages of a job of one request: all plain, or all Components V2."""

    @property
    def is_ephemeral(self) -> bool:
        """Whether only the person who asked sees the message."""
        ...

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show a place in the queue.

        Args:
            position: 1 is next; 0 means that the text is being written but is not shown until it
                ends, because the channel already has as many live texts as it takes.
            wait_s: Expected seconds, where known; 0 for the next means that nobody is before.
            request: What was asked.
        """
        ...

    def running(self, progress: Progress, request: GenerationRequest) -> Page:
        """Show the text so far."""
        ...

    def failed(self, text: str, request: GenerationRequest) -> Page:
        """Show why there is no text; the prompt stays, so that nothing is lost."""
        ...

    async def finished(self, reply: StoredReply) -> Page:
        """Show the end. The reply has its prompt here even where it is not stored."""
        ...


class GroupPresenter(Protocol):
    """Builds the pages of a job of several requests, shown in one message; see `Presenter`."""

    @property
    def is_ephemeral(self) -> bool:
        """Whether only the person who asked sees the message."""
        ...

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show the place of the one that comes first."""
        ...

    def running(
        self, progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show the texts so far.

        Args:
            progress: Request id → its newest text; only of those that have one.
            requests: What was asked.
        """
        ...

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """Show why there is no text at all."""
        ...

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the end: at least one reply, in the order of the requests."""
        ...


@dataclass(frozen=True)
class Alone:
    """The screens of one request, as a group of one."""

    presenter: Presenter

    @property
    def is_ephemeral(self) -> bool:
        """See `Presenter`."""
        return self.presenter.is_ephemeral

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """See `Presenter`."""
        return self.presenter.waiting(position, wait_s, *requests)

    def running(
        self, progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """See `Presenter`."""
        (request,) = requests
        return self.presenter.running(progress[request.request_id], request)

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """See `Presenter`."""
        return self.presenter.failed(text, *requests)

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """See `Presenter`."""
        (reply,) = replies
        return await self.presenter.finished(reply)

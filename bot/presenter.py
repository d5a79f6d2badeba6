"""How a job shows itself: the interface between the runner and each command's screens."""

from __future__ import annotations

from typing import Protocol

from bot.live import Page
from bot.storage.records import StoredReply
from engine import GenerationRequest, Progress


class Presenter(Protocol):
    """Builds the pages of one job: all plain, or all Components V2."""

    @property
    def is_ephemeral(self) -> bool:
        """Whether only the person who asked sees the message."""
        ...

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show a place in the queue.

        Args:
            position: 1 is next; 0 means that the text is being written but is not shown until it
                ends, because the channel already has as many live texts as it takes.
            wait_s: Expected seconds, where known.
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

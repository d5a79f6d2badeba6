"""A duel's message while its texts are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.features.duel.words import running_duel
from bot.messages.live import Page
from bot.ui.working import queue_line, working_page
from engine import GenerationRequest, Progress


@dataclass(frozen=True, kw_only=True)
class WritingPages:
    """The screens until the texts are there.

    Attributes:
        is_ephemeral: Whether only the person who asked sees the message.
    """

    is_ephemeral: bool

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show the prompt and the place in the queue."""
        return working_page(requests[0], queue_line(position, wait_s), is_stoppable=True)

    def running(
        self, progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show how far each strategy is."""
        return working_page(requests[0], running_duel(progress, requests), is_stoppable=True)

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """Show the prompt and what went wrong."""
        return working_page(requests[0], text, is_stoppable=False)

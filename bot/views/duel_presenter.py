"""How a duel starts, and how it shows itself until it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.duel import duel_requests
from bot.live import Page
from bot.render.duel import running_duel
from bot.storage.records import StoredReply
from bot.views.base import Interaction
from bot.views.continuation import draw_seed
from bot.views.duel import duel_page
from bot.views.picture_cache import PictureCache
from bot.views.renewal import asked_again
from bot.views.working import queue_line, working_page
from engine import Engine, GenerationRequest, Progress


@dataclass(frozen=True, kw_only=True)
class DuelPresenter:
    """The screens of one duel.

    Attributes:
        engine: Knows the model's name.
        pictures: Where drawn pictures are kept.
        notes: Sentences about the call.
    """

    engine: Engine
    pictures: PictureCache
    notes: tuple[str, ...]
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

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the texts side by side."""
        reader_id = replies[0].owner_id
        return await duel_page(replies, self.engine, self.pictures, reader_id, self.notes)


async def start_duel(
    interaction: Interaction,
    base: GenerationRequest,
    notes: tuple[str, ...] = (),
    *,
    is_ephemeral: bool,
) -> None:
    """Run a prompt under the strategies of the lesson, in a new message of the person who asks.

    Args:
        interaction: Not answered yet.
        base: Everything but the strategy.
        notes: Sentences about the call.
        is_ephemeral: Whether only this person sees it.

    Raises:
        UserError: Refused before the first response.
        EngineError: Refused before the first response.
    """
    client = interaction.client
    presenter = DuelPresenter(
        engine=client.engine,
        pictures=client.explorer.pictures,
        notes=notes,
        is_ephemeral=is_ephemeral,
    )
    requests = duel_requests(base, client.engine)
    await client.jobs.run_together(interaction, requests, kind="comparar", presenter=presenter)


async def repeat_duel(interaction: Interaction, request: GenerationRequest) -> None:
    """Run a stored duel again with a new seed, beside its message.

    Raises:
        UserError: As `start_duel`, or the prompt has a word that is on the list by now.
        EngineError: As `start_duel`.
    """
    message = interaction.message
    base = replace(asked_again(interaction, request, request.prompt), seed=draw_seed())
    is_ephemeral = message is not None and message.flags.ephemeral
    await start_duel(interaction, base, is_ephemeral=is_ephemeral)

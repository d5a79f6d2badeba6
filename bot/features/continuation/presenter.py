"""How a continuation shows itself, from its place in the queue to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.client import Client, Interaction
from bot.features.continuation.program import is_program, running_program
from bot.features.continuation.remedy_words import change_line
from bot.features.continuation.words import failed_text, running_text, waiting_text
from bot.messages.given_back import text_file
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.storage.records import Kind, StoredReply
from bot.ui.stop import stop_view
from bot.ui.turning import is_private
from engine import GenerationRequest, Progress

LAST_PAGE = 10_000
"""More pages than any reply has: the nearest one is shown."""


@dataclass(frozen=True, kw_only=True)
class ContinuationPresenter:
    """The screens of one continuation, in a plain message.

    Attributes:
        client: Knows who builds the last page.
        frame: What stands around the text.
    """

    client: Client
    frame: Frame
    is_ephemeral: bool

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show the prompt and the place in the queue."""
        content = waiting_text(self.frame, position, wait_s)
        return Page(content=content, view=stop_view(request.request_id))

    def running(self, progress: Progress, request: GenerationRequest) -> Page:
        """Show the text so far."""
        write = running_program if is_program(self.client.engine, request) else running_text
        content = write(self.frame, progress, request.params)
        return Page(content=content, view=stop_view(request.request_id))

    def failed(self, text: str, request: GenerationRequest) -> Page:  # noqa: ARG002 (Presenter)
        """Show the prompt and what went wrong; a long one goes back in a file, whole."""
        content, typed = failed_text(self.frame, text), self.frame.paragraph().text
        is_whole = content.startswith(self.frame.paragraph().markdown())
        return Page(content=content, files=() if is_whole else (text_file(typed),))

    async def finished(self, reply: StoredReply) -> Page:
        """Show the text with its buttons."""
        return page_of(self.client, reply, self.frame)


@dataclass(frozen=True, kw_only=True)
class CurePresenter(ContinuationPresenter):
    """The screens of a text that is written again so that it does not repeat itself.

    Attributes:
        before: Holds the text that does.
        attempt: 0-based attempt of it.
    """

    before: StoredReply
    attempt: int

    async def finished(self, reply: StoredReply) -> Page:
        """Show the text, which is the last try, and what changed."""
        change = change_line(self.before.completion, self.attempt, reply.completion)
        is_last = len(reply.completion.attempts) > 1
        frame = replace(self.frame, notes=(change,))
        return page_of(self.client, reply, frame, LAST_PAGE if is_last else None)


def page_of(client: Client, reply: StoredReply, frame: Frame, index: int | None = None) -> Page:
    """Build a page of a text; its items start other texts, so they do not import it."""
    build = client.kinds[kind_after(reply)].page
    assert build is not None
    return build(reply, frame, index, client.engine)


def kind_after(reply: StoredReply) -> Kind:
    """Return the kind of a text that is written anew, or on, from what was asked for a reply."""
    return "transformar" if reply.has_source else "continuar"


async def start_continuation(
    interaction: Interaction,
    request: GenerationRequest,
    frame: Frame,
    *,
    is_ephemeral: bool,
    is_prompt_kept: bool = True,
    kind: Kind = "continuar",
) -> None:
    """Go on with a text, or turn it into another, in a new message of the person who asks.

    Raises:
        UserError: Refused before the first response.
        EngineError: Refused before the first response.
    """
    client = interaction.client
    await client.jobs.run(
        interaction,
        request,
        kind=kind,
        presenter=ContinuationPresenter(client=client, frame=frame, is_ephemeral=is_ephemeral),
        is_prompt_kept=is_prompt_kept,
        can_resume=True,
    )


async def start_beside(
    interaction: Interaction, reply: StoredReply, request: GenerationRequest, frame: Frame
) -> None:
    """Write another text, or on, beside the clicked message, and seen by the same people.

    Args:
        interaction: The click.
        reply: The text of the clicked message.
        request: What is asked for instead, or behind it.
        frame: What stands around the new text.

    Raises:
        UserError: As `start_continuation`.
        EngineError: As `start_continuation`.
    """
    await start_continuation(
        interaction,
        request,
        frame,
        is_ephemeral=is_private(interaction),
        kind=kind_after(reply),
    )

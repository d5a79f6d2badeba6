"""The message of a continuation: how a job shows itself, its pages and their buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import discord

from bot.client import Interaction
from bot.features.continuation import texts
from bot.features.continuation.details import BRANCHES, MORE_VALUES, details, more_options, ranked
from bot.features.continuation.remedy import remedies, remedy_label
from bot.features.continuation.remedy_words import change_line
from bot.features.continuation.requests import another, going_on, remedied
from bot.features.continuation.words import (
    Frame,
    Screen,
    failed_text,
    running_text,
    screen,
    waiting_text,
)
from bot.features.recipe.page import send_recipe
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.place import PageName, Place
from bot.messages.responses import say
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.ui.carried import number_of, one_of
from bot.ui.deletion import DeleteButton
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.replies import require_kept, require_owner, stored_reply
from bot.ui.stop import stop_view
from bot.ui.turning import is_private, open_beside, open_explorer
from engine import Engine, GenerationRequest, Progress

LAST_PAGE = 10_000
"""More pages than any reply has: the nearest one is shown."""


@dataclass(frozen=True, kw_only=True)
class ContinuationPresenter:
    """The screens of one continuation, in a plain message."""

    engine: Engine
    frame: Frame
    is_ephemeral: bool

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show the prompt and the place in the queue."""
        content = waiting_text(self.frame, position, wait_s)
        return Page(content=content, view=stop_view(request.request_id))

    def running(self, progress: Progress, request: GenerationRequest) -> Page:
        """Show the text so far."""
        params = request.params
        content = running_text(self.frame, progress, params.max_new_tokens, params.attempts)
        return Page(content=content, view=stop_view(request.request_id))

    def failed(self, text: str, request: GenerationRequest) -> Page:  # noqa: ARG002 (Presenter)
        """Show the prompt and what went wrong."""
        return Page(content=failed_text(self.frame, text))

    async def finished(self, reply: StoredReply) -> Page:
        """Show the first page with its buttons."""
        return continuation_page(reply, self.frame, 0, self.engine)


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
        frame = replace(self.frame, notes=(change,))
        return continuation_page(reply, frame, LAST_PAGE, self.engine)


async def start_continuation(
    interaction: Interaction,
    request: GenerationRequest,
    frame: Frame,
    *,
    is_ephemeral: bool,
    is_prompt_kept: bool = True,
) -> None:
    """Go on with a text in a new message of the person who asks.

    Raises:
        UserError: Refused before the first response.
        EngineError: Refused before the first response.
    """
    client = interaction.client
    presenter = ContinuationPresenter(engine=client.engine, frame=frame, is_ephemeral=is_ephemeral)
    await client.jobs.run(
        interaction,
        request,
        kind="continuar",
        presenter=presenter,
        is_prompt_kept=is_prompt_kept,
    )


def continuation_page(reply: StoredReply, frame: Frame, index: int, engine: Engine) -> Page:
    """Lay out one page of a finished reply, with a view of its own."""
    shown = screen(reply, frame, index, shown_name(engine, reply.completion.model))
    files: tuple[discord.File, ...] = ()
    if shown.file_text is not None:
        data = BytesIO(shown.file_text.encode("utf-8"))
        files = (discord.File(data, texts.FILE_NAME, description=texts.FILE_ALT),)
    return Page(content=shown.content, view=_buttons(reply, shown), files=files)


def _buttons(reply: StoredReply, shown: Screen) -> discord.ui.View:
    """Return the buttons of a page; a duel's text read whole is only a copy of part of it."""
    view = discord.ui.View(timeout=None)
    is_copy = reply.kind == "comparar"
    if reply.is_prompt_kept:
        view.add_item(GoOnButton(reply.reply_id, shown.attempt, row=0))
        if not is_copy:
            view.add_item(AgainButton(reply.reply_id, row=0))
    if reply.completion.attempts[shown.attempt].steps:
        view.add_item(ExplainButton(reply.reply_id, shown.attempt, row=0))
    if not is_copy:
        view.add_item(DeleteButton(reply.reply_id, row=0))
    if shown.count > 1:
        for button in _pager(reply.reply_id, shown):
            view.add_item(button)
    more = more_options(reply, shown.attempt)
    view.add_item(MoreMenu(reply.reply_id, shown.index, options=more, row=2))
    for cure in cure_buttons(reply, shown.attempt, row=3):
        view.add_item(cure)
    return view


def _pager(reply_id: str, shown: Screen) -> tuple[PageButton, ...]:
    here, last = shown.index, shown.count - 1
    back, on = max(here - 1, 0), min(here + 1, last)
    return (
        PageButton(reply_id, back, 0, label=texts.PREVIOUS, disabled=here == 0, row=1),
        PageButton(reply_id, here, 1, label=shown.label, disabled=True, row=1),
        PageButton(reply_id, on, 2, label=texts.NEXT, disabled=here == last, row=1),
    )


class GoOnButton(PersistentButton, action="seguir", args=("attempt",)):
    """Goes on with the attempt on show, from its token ids, in a new message."""

    label = texts.GO_ON
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Continue the text for its owner."""
        reply = await _own_request(interaction, self.reply_id)
        request, before = going_on(interaction, reply, self.args[0])
        await _start_beside(interaction, request, Frame.of_prompt(before))


class AgainButton(PersistentButton, action="otra"):
    """Asks for another text with a new seed, in a new message."""

    label = texts.AGAIN

    async def respond(self, interaction: Interaction) -> None:
        """Generate again for the reply's owner."""
        reply = await _own_request(interaction, self.reply_id)
        await _start_beside(interaction, another(interaction, reply), _frame(interaction))


class ExplainButton(PersistentButton, action="explicar", args=("attempt",)):
    """Opens the clicker's own explorer of this very text."""

    label = texts.EXPLAIN

    async def respond(self, interaction: Interaction) -> None:
        """Open it for anybody."""
        reply = await stored_reply(interaction, self.reply_id)
        await open_explorer(interaction, reply, self.args[0])


class PageButton(PersistentButton, action="pagina", args=("index", "place")):
    """Turns to another attempt or part; everybody may read on.

    The last argument only keeps the ids of one row apart.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Show that page."""
        _, page = await _page_at(interaction, self.reply_id, self.args[0])
        await interaction.response.edit_message(**page.edit_arguments())


class MoreMenu(PersistentSelect, action="mas", args=("index",)):
    """Opens what does not fit on the first screen, for whoever chooses it."""

    placeholder = texts.MORE

    async def respond(self, interaction: Interaction) -> None:
        """Say it to the person who chose; the message is renewed so that the menu closes."""
        reply, page = await _page_at(interaction, self.reply_id, self.args[0])
        value = self.value
        is_branches = value.startswith(BRANCHES)
        attempt = number_of(value.removeprefix(BRANCHES)) if is_branches else 0
        if not is_branches:
            one_of(value, MORE_VALUES)
        await interaction.response.edit_message(view=page.view)
        if value == "recipe":
            await send_recipe(interaction, reply)
        elif is_branches:
            place = Place(attempt=attempt, page=PageName.BRANCHES)
            await open_beside(interaction, reply, place)
        else:
            name = shown_name(interaction.client.engine, reply.completion.model)
            await say(interaction, ranked(reply) if value == "ranked" else details(reply, name))


class CureButton(PersistentButton, action="curar", args=("attempt", "remedy")):
    """Writes a text that repeats itself again, with a remedy and the same seed.

    `remedy` is one of `remedies`.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Write it in a new message of the text's owner, which says what the remedy changed."""
        attempt, remedy = self.args
        reply = await _own_request(interaction, self.reply_id)
        request = remedied(interaction, reply, attempt, remedy)
        message = interaction.message
        # A message of several texts quotes no prompt above them.
        head = Frame.of_message(message.content).head if message is not None else ""
        presenter = CurePresenter(
            engine=interaction.client.engine,
            frame=Frame(head=head) if head else Frame.of_prompt(reply.text_before),
            is_ephemeral=is_private(interaction),
            before=reply,
            attempt=attempt,
        )
        await interaction.client.jobs.run(
            interaction, request, kind="continuar", presenter=presenter
        )


def cure_buttons(
    reply: StoredReply, attempt: int, *, name: str | None = None, row: int | None = None
) -> tuple[CureButton, ...]:
    """Return a button for each remedy of a text that repeats itself; () where it does not.

    Args:
        reply: Holds the text.
        attempt: 0-based.
        name: Of the text, where its message has several.
        row: Of the buttons.
    """
    return tuple(
        CureButton(reply.reply_id, attempt, remedy, label=remedy_label(remedy, name), row=row)
        for remedy in remedies(reply, attempt)
    )


CONTINUATION_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    GoOnButton,
    AgainButton,
    ExplainButton,
    CureButton,
    DeleteButton,
    PageButton,
    MoreMenu,
)


async def _page_at(interaction: Interaction, reply_id: str, index: int) -> tuple[StoredReply, Page]:
    reply = await stored_reply(interaction, reply_id)
    if not reply.completion.attempts:
        raise UserError(texts.NO_TEXT_YET)
    page = continuation_page(reply, _frame(interaction), index, interaction.client.engine)
    return reply, page


async def _own_request(interaction: Interaction, reply_id: str) -> StoredReply:
    reply = await stored_reply(interaction, reply_id)
    require_owner(interaction, reply)
    require_kept(reply, texts.NOT_KEPT_CLICK)
    return reply


async def _start_beside(interaction: Interaction, request: GenerationRequest, frame: Frame) -> None:
    await start_continuation(interaction, request, frame, is_ephemeral=is_private(interaction))


def _frame(interaction: Interaction) -> Frame:
    return Frame.of_message(interaction.message.content if interaction.message else "")

"""How /explicar shows itself while it works, and the explorer that it ends in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.live import Page
from bot.render.markdown import clip, escape, quote, shorten_start
from bot.render.numbers import duration
from bot.render.reply import tied
from bot.storage.records import StoredReply
from bot.texts import explicar as texts
from bot.views.explorer import Explorer
from bot.views.explorer_place import Place
from bot.views.stop import StopButton
from engine import GenerationRequest, Progress

PROMPT_LIMIT = 300
RUNNING_LIMIT = 1000


class ExplorerPresenter:
    """The screens of one call of /explicar.

    Args:
        explorer: Builds the last page.
        start: The page that is opened; its publisher is decided here.
        notes: Sentences about the settings of the call.
        is_ephemeral: Whether only the person who asked sees it.
    """

    is_v2 = True

    def __init__(
        self, explorer: Explorer, *, start: Place, notes: tuple[str, ...], is_ephemeral: bool
    ) -> None:
        self._explorer = explorer
        self._start = start
        self._notes = notes
        self.is_ephemeral = is_ephemeral

    def waiting(self, position: int, wait_s: float | None, request: GenerationRequest) -> Page:
        """Show a place in the queue."""
        if position == 0:
            line = texts.WRITING
        elif wait_s is None:
            line = texts.WAITING.format(position=position)
        else:
            line = texts.WAITING_FOR.format(position=position, wait=duration(max(1, round(wait_s))))
        return _page(request, line, is_stoppable=True)

    def running(self, progress: Progress, request: GenerationRequest) -> Page:
        """Show the text so far."""
        text = escape(clip(progress.text.lstrip(" "), RUNNING_LIMIT))
        total = request.params.max_new_tokens
        line = texts.RUNNING.format(tokens=progress.tokens, total=total)
        return _page(request, f"{tied(text) if text else text} ▌\n{line}", is_stoppable=True)

    def failed(self, text: str, request: GenerationRequest) -> Page:
        """Show why there is nothing to explain."""
        return _page(request, text, is_stoppable=False)

    async def finished(self, reply: StoredReply) -> Page:
        """Open the explorer where it was asked to."""
        return await self._explorer.page(reply, self._opening(reply), self._notes)

    def _opening(self, reply: StoredReply) -> Place:
        return replace(self._start, publisher=0 if self.is_ephemeral else reply.owner_id)


def _page(request: GenerationRequest, text: str, *, is_stoppable: bool) -> Page:
    prompt = quote(escape(shorten_start(request.prompt, PROMPT_LIMIT)))
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(prompt), discord.ui.TextDisplay(text)
    )
    if is_stoppable:
        container.add_item(discord.ui.ActionRow(StopButton(request.request_id)))
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return Page(view=layout)

"""What a message of Components V2 shows until it ends: the prompt, what happens, «Detener»."""

from __future__ import annotations

import math
from typing import Any

import discord

from bot.messages.live import Page
from bot.render.markdown import escape, quote, shorten_start
from bot.render.numbers import duration
from bot.texts import pages as texts
from bot.ui.picture_page import layout_page
from bot.ui.stop import StopButton
from engine import GenerationRequest

PROMPT_LIMIT = 300


def queue_line(position: int, wait_s: float | None) -> str:
    """Show a place in the queue.

    Args:
        position: 1-based; 0 means that the text is being written unseen.
        wait_s: Expected seconds, where known; 0 for the first means that nobody is before.
    """
    if position == 0:
        return texts.WRITING
    if position == 1 and wait_s == 0:
        return texts.STARTING
    if wait_s is None:
        return texts.WAITING.format(position=position)
    return texts.WAITING_FOR.format(position=position, wait=duration(max(1, math.ceil(wait_s))))


def working_page(
    request: GenerationRequest,
    text: str,
    *,
    is_stoppable: bool,
    buttons: tuple[discord.ui.Item[Any], ...] = (),
    before: str | None = None,
) -> Page:
    """Lay out a page under the quoted prompt.

    Args:
        request: Names the job, which «Detener» stops.
        text: Markdown.
        is_stoppable: Whether there is something to stop.
        buttons: Others, at most four.
        before: What stands for the prompt, where the request goes on from more than it.
    """
    prompt = quote(
        # Before the first word of what is made of another text there is nothing to quote.
        escape(shorten_start(before or request.prompt, PROMPT_LIMIT))
    )
    if is_stoppable:
        buttons = (StopButton(request.request_id), *buttons)
    return layout_page(prompt, text, buttons)

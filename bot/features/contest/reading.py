"""One try read whole, only by whoever asks, with the way to the others."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.client import Interaction
from bot.features.contest import texts
from bot.features.contest.words import frame_of
from bot.features.continuation.items import ExplainButton
from bot.features.continuation.message import text_files
from bot.features.continuation.words import Screen, screen
from bot.messages.live import Page
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.ui.carried import item_at
from bot.ui.items import PersistentButton
from bot.ui.replies import stored_reply

_LAST_PART = 9999


def reading_page(
    interaction: Interaction, reply: StoredReply, attempt: int, part: int | None = None
) -> Page:
    """Lay out one try for one reader.

    Args:
        interaction: A click on a message that shows some of the reply.
        reply: With several attempts.
        attempt: 0-based.
        part: 0-based page of a long text; None for the one that people begin at.

    Raises:
        UserError: There is no such attempt.
    """
    item_at(reply.completion.attempts, attempt)
    frame = frame_of(reply, interaction.message.content if interaction.message else "")
    name = shown_name(interaction.client.engine, reply.completion.model)
    shown = screen(replace(reply, kept=attempt), frame, part, name)
    return Page(content=shown.content, view=_view(reply, shown), files=text_files(shown))


class ReadButton(PersistentButton, action="leer-intento", args=("attempt", "index", "place")):
    """Turns to another try, or to another part of a long one.

    The last argument only keeps the ids of one row apart.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Show it in place of what is read."""
        reply = await stored_reply(interaction, self.reply_id)
        attempt, part, _ = self.args
        page = reading_page(interaction, reply, attempt, part)
        await interaction.response.edit_message(**page.edit_arguments())


def _view(reply: StoredReply, shown: Screen) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    here, part, count = shown.attempt, shown.index, len(reply.completion.attempts)
    is_first = (here, part) == (0, 0)
    is_last = (here, part) == (count - 1, shown.count - 1)
    back = (here, part - 1) if part else (max(here - 1, 0), _LAST_PART)
    on = (here, part + 1) if part < shown.count - 1 else (min(here + 1, count - 1), 0)
    label = texts.NUMBER_OF.format(number=here + 1, count=count)
    if shown.count > 1:
        label = texts.PART.format(label=label, part=part + 1, parts=shown.count)
    for button in (
        ReadButton(reply.reply_id, *back, 0, label=texts.PREVIOUS, disabled=is_first, row=0),
        ReadButton(reply.reply_id, here, part, 1, label=label, disabled=True, row=0),
        ReadButton(reply.reply_id, *on, 2, label=texts.NEXT, disabled=is_last, row=0),
    ):
        view.add_item(button)
    if reply.completion.attempts[here].is_traced:
        view.add_item(ExplainButton(reply.reply_id, here, row=0))
    return view

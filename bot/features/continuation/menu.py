"""«Más…» of a continuation: what does not fit on the first screen."""

from __future__ import annotations

from bot.client import Interaction
from bot.features.continuation import texts
from bot.features.continuation.details import (
    BRANCHES,
    COLOURED,
    DELETE,
    MORE_VALUES,
    MOVES,
    TRIES,
    details,
    ranked,
)
from bot.features.continuation.items import frame_of, own_request, page_at
from bot.features.continuation.presenter import start_beside
from bot.features.continuation.requests import moved
from bot.features.recipe.page import send_recipe
from bot.messages.place import PageName, Place
from bot.messages.responses import acknowledge_click, say
from bot.render.model_names import shown_name
from bot.ui.carried import number_of, one_of
from bot.ui.deletion import discard
from bot.ui.items import PersistentSelect
from bot.ui.redrawing import redraw
from bot.ui.renewal import as_new
from bot.ui.replies import require_owner, stored_reply
from bot.ui.turning import open_beside


class MoreMenu(PersistentSelect, action="mas", args=("index",)):
    """Opens what does not fit on the first screen, for whoever chooses it."""

    placeholder = texts.MORE
    unstored_values = frozenset({DELETE})

    async def respond(self, interaction: Interaction) -> None:
        """Say it to the person who chose; the message is renewed so that the menu closes."""
        value = self.value
        if value == DELETE:
            await discard(interaction, (self.reply_id,))
            return
        if value == TRIES:
            await _show_tries(interaction, self.reply_id)
            return
        if value in MOVES:
            reply = await own_request(interaction, self.reply_id)
            request = moved(interaction, reply, value)
            await start_beside(interaction, reply, request, frame_of(reply))
            return
        reply, page = await page_at(interaction, self.reply_id, self.args[0])
        place = _place(value)
        if place is None:
            one_of(value, MORE_VALUES)
        assert page.view is not None
        await interaction.response.edit_message(view=as_new(page.view, interaction.message))
        if place is not None:
            await open_beside(interaction, reply, place)
        elif value == "recipe":
            await send_recipe(interaction, reply)
        else:
            name = shown_name(interaction.client.engine, reply.completion.model)
            await say(interaction, ranked(reply) if value == "ranked" else details(reply, name))


async def _show_tries(interaction: Interaction, reply_id: str) -> None:
    """Show all the tries again, after one was kept, for their owner."""
    reply = await stored_reply(interaction, reply_id)
    require_owner(interaction, reply)
    await acknowledge_click(interaction)
    await interaction.client.storage.replies.keep(reply_id, None)
    await redraw(interaction, reply_id)


def _place(value: str) -> Place | None:
    """Return the page that a value names with its attempt; None where it names none."""
    for start, page in ((COLOURED, PageName.COLOURED), (BRANCHES, PageName.BRANCHES)):
        if value.startswith(start):
            return Place(attempt=number_of(value.removeprefix(start)), page=page)
    return None

"""The vote buttons and the two menus of a message of several tries.

Whatever a click changes is stored first; then the message is drawn from what is stored, so that
many clicks at once share an edit and none of them is lost.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction
from bot.features.contest import texts
from bot.features.contest.reading import ReadButton, reading_page
from bot.features.continuation import texts as continuation_texts
from bot.features.continuation.details import details
from bot.features.recipe import texts as recipe_texts
from bot.features.recipe.page import send_recipe
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge_click, say
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.storage.votes import Ballot
from bot.texts import common
from bot.ui.carried import item_at, number_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.redrawing import redraw
from bot.ui.replies import owner_name, require_owner, stored_reply

_DETAILS, _RECIPE = "details", "recipe"


class VoteButton(PersistentButton, action="votar", args=("attempt",)):
    """Votes for a try in place of any other; the same one again takes the vote back."""

    async def respond(self, interaction: Interaction) -> None:
        """Count the vote of anybody; a refusal is the first answer, since it may be one of many."""
        reply = await stored_reply(interaction, self.reply_id)
        attempt = self.args[0]
        item_at(reply.completion.attempts, attempt)
        if reply.kept is not None:
            owner = owner_name(interaction, reply.owner_id)
            raise UserError(texts.CLOSED.format(owner=owner))
        await acknowledge_click(interaction)
        votes = interaction.client.storage.votes
        if await votes.cast(self.reply_id, interaction.user.id, attempt) is Ballot.NO_REPLY:
            raise UserError(common.REPLY_GONE)
        await redraw(interaction, self.reply_id)


class ReadMenu(PersistentSelect, action="leer"):
    """Shows one of the tries whole, only to whoever chooses it."""

    placeholder = texts.READ

    async def respond(self, interaction: Interaction) -> None:
        """Show it to anybody; the message is drawn anew so that the menu closes."""
        reply = await stored_reply(interaction, self.reply_id)
        await acknowledge_click(interaction)
        await _show(interaction, reply, self.value)
        await redraw(interaction, self.reply_id)


class KeepMenu(PersistentSelect, action="quedarme"):
    """Turns the message into one of the tries."""

    placeholder = texts.KEEP

    async def respond(self, interaction: Interaction) -> None:
        """Keep it for the owner."""
        reply = await stored_reply(interaction, self.reply_id)
        require_owner(interaction, reply)
        attempt = number_of(self.value)
        item_at(reply.completion.attempts, attempt)
        await acknowledge_click(interaction)
        await interaction.client.storage.replies.keep(self.reply_id, attempt)
        await redraw(interaction, self.reply_id)


def more_options() -> list[discord.SelectOption]:
    """List what can be read beside the tries."""
    return [
        discord.SelectOption(label=continuation_texts.DETAILS, value=_DETAILS),
        discord.SelectOption(label=recipe_texts.RECIPE, value=_RECIPE),
    ]


async def _show(interaction: Interaction, reply: StoredReply, value: str) -> None:
    if value == _RECIPE:
        await send_recipe(interaction, reply)
    elif value == _DETAILS:
        name = shown_name(interaction.client.engine, reply.completion.model)
        await say(interaction, details(reply, name))
    else:
        page = reading_page(interaction, reply, number_of(value))
        await interaction.followup.send(**page.send_arguments(), ephemeral=True)


CONTEST_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    VoteButton,
    ReadMenu,
    ReadButton,
    KeepMenu,
)

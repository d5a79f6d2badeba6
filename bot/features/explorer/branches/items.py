"""The buttons and menus of the explorer's page «Ramas»; each carries its place in the custom_id."""

from __future__ import annotations

import logging
import re
from typing import Any

import discord

from bot.client import Interaction, Reading
from bot.features.explorer.branches import texts
from bot.features.explorer.branches.words import (
    BranchTree,
    alternative_hint,
    alternative_label,
    alternatives,
    node_hint,
    node_label,
)
from bot.features.explorer.branching import start_branch, step_of_kept
from bot.features.explorer.items import StepButton
from bot.features.explorer.rest_of_text import require_no_end
from bot.features.explorer.swap.form import open_change_form
from bot.features.explorer.swap.splice import given_step
from bot.features.explorer.swap.write import write_swapped
from bot.messages.errors import UserError
from bot.messages.place import PageName, Place
from bot.render.numbers import integer
from bot.render.step import StepView
from bot.storage.branches import BranchNode
from bot.storage.records import StoredReply
from bot.texts import common
from bot.ui.carried import StaleItemError, require_known
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.replies import stored_reply
from bot.ui.turning import is_private, turn_to

_log = logging.getLogger(__name__)

_NODE_VALUE = re.compile(r"([0-9a-f]{32}):([0-9]{1,9}):([0-9]{1,9})")
_LAST_ATTEMPT = 9
"""Of a branch, the try that is in the tree; a text with fewer shows its last one."""


class AlternativeMenu(PersistentSelect, action="seguir-por", args=("attempt", "step")):
    """Lists what the text can go on with at a step."""

    @classmethod
    def at(cls, reply_id: str, view: StepView, place: Place) -> AlternativeMenu:
        """Build the menu of a page, which says how many tokens are recorded at the step."""
        options = [
            discord.SelectOption(
                label=alternative_label(candidate, view.current),
                value=str(candidate.token_id),
                description=alternative_hint(candidate, view.current),
            )
            for candidate in alternatives(view.current)
        ]
        template = texts.CHOOSE_ONE if len(options) == 1 else texts.CHOOSE
        placeholder = template.format(count=integer(len(options)))
        args = (place.attempt, place.step)
        return cls(reply_id, *args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Open a branch of whoever chose.

        Raises:
            UserError: The token ends the text, or is not recorded.
        """
        attempt, step = self.args
        reply, view = await step_of_kept(interaction, self.reply_id, attempt, step)
        offered = {str(c.token_id): c for c in alternatives(view.current)}
        token = offered.get(self.value)
        if token is None:
            raise UserError(texts.NOT_OFFERED)
        if is_private(interaction):
            ids = (token.token_id,)
            await write_swapped(interaction, reply, view, ids, PageName.BRANCHES)
            return
        require_no_end(interaction.client.engine, reply, view.attempt, token.token_id)
        given = (given_step(view.current, token),)
        branch = await start_branch(interaction, reply, view, given, is_ephemeral=False)
        if branch is not None:
            await _refresh(interaction, reply)


class OtherWordButton(PersistentButton, action="otra-palabra", args=("attempt", "step")):
    """Asks for a word: the same page goes on from it."""

    label = texts.OTHER_WORD

    async def respond(self, interaction: Interaction) -> None:
        """Open the form."""
        place = Place.of(self.numbers)
        await open_change_form(interaction, self.reply_id, place, PageName.BRANCHES)


class NodeMenu(PersistentSelect, action="ir-a-rama", args=("candidates", "publisher")):
    """Lists the texts of the tree; an option's value says where its page stands."""

    @classmethod
    def at(cls, tree: BranchTree, place: Place, viewer_id: int) -> NodeMenu:
        """Build the menu of a page."""
        options = [
            discord.SelectOption(
                label=node_label(tree, node),
                value=_node_value(tree, node, place),
                description=node_hint(tree, node, viewer_id),
            )
            for node in tree.nodes
        ]
        placeholder = texts.WALK.format(number=tree.numbers[tree.current])
        args = (place.candidates, place.publisher)
        return cls(tree.current, *args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Turn to the chosen text.

        Raises:
            UserError: It is gone, or is not for this reader.
        """
        candidates, publisher = self.args
        found = _NODE_VALUE.fullmatch(self.value)
        if found is None:
            raise StaleItemError
        reply_id, attempt, step = found.groups()
        require_known({"attempt": int(attempt), "step": int(step)})
        place = Place(
            attempt=int(attempt),
            step=int(step),
            candidates=candidates,
            publisher=publisher,
            page=PageName.BRANCHES,
        )
        reply = await stored_reply(interaction, reply_id)
        # A page in the channel shows nothing private, not even to who published it.
        is_hidden = reply.owner_id != interaction.user.id or publisher == interaction.user.id
        if reply.is_private and is_hidden:
            raise UserError(common.REPLY_GONE)
        await turn_to(interaction, reply_id, place)


BRANCH_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    AlternativeMenu,
    OtherWordButton,
    NodeMenu,
)


async def _refresh(interaction: Interaction, reply: StoredReply) -> None:
    """Show the new branch on the published page that it was made from, where that can be edited."""
    message = interaction.message
    place = None if message is None else _place_of(message)
    if message is None or place is None:
        return
    client = interaction.client
    client.turns.note(message.id, interaction.id)
    reading = Reading(client=client, reader_id=interaction.user.id, reply=reply, place=place)
    page = await client.pages[PageName.BRANCHES].build(reading)
    if not client.turns.is_latest(message.id, interaction.id):
        return
    try:
        await message.edit(**page.edit_arguments())
    except discord.HTTPException as error:
        _log.info("a published page keeps its old tree: %s", error)


def _place_of(message: discord.Message) -> Place | None:
    """Read where a page of branches stands from the button that leads back to its step."""
    view = discord.ui.LayoutView.from_message(message)
    for item in view.walk_children():
        name = str(getattr(item, "custom_id", ""))
        numbers = [int(word) for word in name.split(":")[3:] if word.isdigit()]
        if name.startswith(f"u:{StepButton.action}:") and len(numbers) == len(StepButton.arg_names):
            named = dict(zip(StepButton.arg_names, numbers, strict=True))
            return Place.of(named, PageName.BRANCHES)
    return None


def _node_value(tree: BranchTree, node: BranchNode, place: Place) -> str:
    """Say where a text's page stands: where the way to the current one leaves it, else its start.

    A branch is the last try of its text; the first text is read from its first.
    """
    attempt, step = (0 if node.branch is None else _LAST_ATTEMPT), 0
    if node.reply_id == tree.current:
        attempt, step = place.attempt, place.step
    for child in tree.path:
        if child.branch is not None and child.branch.parent_id == node.reply_id:
            attempt, step = child.branch.attempt, child.branch.step
    return f"{node.reply_id}:{attempt}:{step}"

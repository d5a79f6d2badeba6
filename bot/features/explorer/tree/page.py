"""The explorer's page «Árbol de beams»: what a beam search compared around one step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Interaction, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.files.page import send_file
from bot.features.explorer.items import StepButton, TreeButton, arrows
from bot.features.explorer.tree import texts
from bot.features.explorer.tree.chart import tree_chart
from bot.features.explorer.tree.table import tree_table
from bot.features.explorer.tree.words import (
    COLUMNS,
    TreeView,
    tree_alt,
    tree_chart_of,
    tree_sentences,
    tree_step_label,
    tree_title,
    tree_view,
)
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.place import FileKind, PageName, Place, Role, window_of
from bot.render.footer import short_footer
from bot.texts import pages as page_texts
from bot.ui.carried import number_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.picture_page import Picture, layout_page
from bot.ui.turning import turn_to

PICTURE_NAME = "arbol.png"


class TreeMenu(PersistentSelect, action="paso-de-arbol", args=("attempt", "candidates")):
    """Lists the steps of the search around this one."""

    @classmethod
    def at(cls, reply_id: str, tree: TreeView, place: Place) -> TreeMenu:
        """Build the menu of a page."""
        options = [
            discord.SelectOption(label=tree_step_label(tree, step), value=str(step))
            for step in window_of(tree.step, tree.steps)
        ]
        current = explorer_texts.GO_TO_STEP.format(current=tree_step_label(tree, tree.step))
        return cls(reply_id, place.attempt, place.candidates, options=options, placeholder=current)

    async def respond(self, interaction: Interaction) -> None:
        """Show the tree around the chosen step."""
        place = replace(Place.of(self.numbers, PageName.TREE), step=number_of(self.value))
        await turn_to(interaction, self.reply_id, place)


class TreeFileButton(PersistentButton, action="csv-arbol", args=("attempt",)):
    """Sends the whole tree as a table."""

    label = texts.FILE

    async def respond(self, interaction: Interaction) -> None:
        """Send the file, only to this person."""
        place = Place(attempt=self.args[0], step=0)
        await send_file(interaction, self.reply_id, place, FileKind.TREE)


TREE_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    TreeMenu,
    TreeFileButton,
)


async def tree_page(reading: Reading) -> Page:
    """Build the tree around a step, its picture included.

    Its step may lie beyond the end of the text: the view is of the nearest one.

    Raises:
        UserError: The reply has no tree.
    """
    reply_id, view = reading.reply.reply_id, reading.view
    done = view.completion
    if done.beams is None or not done.beams.nodes:
        raise UserError(texts.NO_TREE)
    tree = tree_view(done.beams, done.params, view.attempt, reading.place.step)
    place = replace(reading.place, attempt=view.attempt, step=tree.step)
    chart = tree_chart_of(tree)
    key = ("tree", reply_id, place.attempt, place.step)
    data = await reading.client.pictures.get(key, lambda: tree_chart(chart), reading.reader_id)
    return layout_page(
        f"{tree_title(tree)}\n{tree_sentences(tree)}",
        Picture(data, PICTURE_NAME, tree_alt(chart)),
        tree_table(tree),
        *_rows(reply_id, tree, place),
        short_footer(reading.reply, reading.model_name, page_texts.ONLY_YOU),
    )


def _rows(reply_id: str, tree: TreeView, place: Place) -> list[list[discord.ui.Item[Any]]]:
    turning: list[discord.ui.Item[Any]] = arrows(TreeButton, reply_id, place, tree.steps - 1)
    others: list[discord.ui.Item[Any]] = [
        StepButton.to(reply_id, place, tree.step, Role.BACK, explorer_texts.BACK),
        TreeFileButton(reply_id, place.attempt),
    ]
    menu = TreeMenu.at(reply_id, tree, place)
    return [[*turning, *_windows(reply_id, tree, place)], others, [menu]]


def _windows(reply_id: str, tree: TreeView, place: Place) -> list[discord.ui.Item[Any]]:
    """Lead to the steps beside those of the picture."""
    window, middle = tree.window, COLUMNS // 2
    buttons: list[discord.ui.Item[Any]] = []
    if window.start > 0:
        step = max(window.start - 1 - middle, 0)
        label = explorer_texts.WINDOW_BEFORE
        buttons.append(TreeButton.to(reply_id, place, step, Role.WINDOW_BACK, label))
    if window.stop < tree.steps:
        step = min(window.stop + middle, tree.steps - 1)
        label = explorer_texts.WINDOW_AFTER
        buttons.append(TreeButton.to(reply_id, place, step, Role.WINDOW_ON, label))
    return buttons


PAGE = ExplorerPage(
    build=tree_page,
    label=texts.TREE,
    hint=texts.HINT,
    needs_prompt=False,
    is_for_one=True,
    is_of=lambda reply: reply.completion.beams is not None and bool(reply.completion.beams.nodes),
)

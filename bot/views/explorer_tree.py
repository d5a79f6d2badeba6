"""The explorer's page «Árbol de beams»: what a beam search compared around one step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.errors import UserError
from bot.live import Page
from bot.render.alt import tree_alt
from bot.render.charts.tree import tree_chart
from bot.render.explorer import StepView, passage
from bot.render.explorer_footer import footer
from bot.render.explorer_tree import (
    COLUMNS,
    TreeView,
    tree_chart_of,
    tree_sentences,
    tree_step_label,
    tree_table,
    tree_title,
    tree_view,
    window_around,
)
from bot.render.markdown import quote
from bot.texts import arbol as texts
from bot.texts import explicar
from bot.views.base import Interaction, PersistentButton, PersistentSelect
from bot.views.carried import number_of
from bot.views.explorer_items import FileKind, Role, StepButton
from bot.views.explorer_place import Place, window_of
from bot.views.picture import Picture
from bot.views.picture_cache import PictureCache

PICTURE_NAME = "arbol.png"


class TreeButton(
    PersistentButton,
    action="arbol-beams",
    args=("attempt", "step", "candidates", "publisher", "role"),
):
    """Turns to the tree around a step; the tree of a public copy opens for the clicker only."""

    @classmethod
    def to(
        cls,
        reply_id: str,
        place: Place,
        step: int,
        role: Role,
        label: str = texts.TREE,
        *,
        is_end: bool = False,
    ) -> TreeButton:
        """Build the button that turns a page to the tree around a step."""
        args = (place.attempt, step, place.candidates, place.publisher, role)
        return cls(reply_id, *args, label=label, disabled=is_end)

    async def respond(self, interaction: Interaction) -> None:
        """Show that part of the tree."""
        attempt, step, candidates, publisher, _ = self.args
        place = Place(attempt=attempt, step=step, candidates=candidates, is_tree=True)
        explorer = interaction.client.explorer
        turn = explorer.open_at if publisher else explorer.turn_to
        await turn(interaction, self.reply_id, place)


class TreeMenu(PersistentSelect, action="paso-de-arbol", args=("attempt", "candidates")):
    """Lists the steps of the search around this one."""

    @classmethod
    def at(cls, reply_id: str, tree: TreeView, place: Place) -> TreeMenu:
        """Build the menu of a page."""
        options = [
            discord.SelectOption(label=tree_step_label(tree, step), value=str(step))
            for step in window_of(tree.step, tree.steps)
        ]
        current = explicar.GO_TO_STEP.format(current=tree_step_label(tree, tree.step))
        return cls(reply_id, place.attempt, place.candidates, options=options, placeholder=current)

    async def respond(self, interaction: Interaction) -> None:
        """Show the tree around the chosen step."""
        attempt, candidates = self.args
        step = number_of(self.value)
        place = Place(attempt=attempt, step=step, candidates=candidates, is_tree=True)
        await interaction.client.explorer.turn_to(interaction, self.reply_id, place)


class TreeFileButton(PersistentButton, action="csv-arbol", args=("attempt",)):
    """Sends the whole tree as a table."""

    label = texts.FILE

    async def respond(self, interaction: Interaction) -> None:
        """Send the file, only to this person."""
        place = Place(attempt=self.args[0], step=0)
        await interaction.client.explorer.send_file(
            interaction, self.reply_id, place, FileKind.TREE
        )


TREE_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    TreeButton,
    TreeMenu,
    TreeFileButton,
)


async def tree_page(
    reply_id: str,
    view: StepView,
    place: Place,
    model_name: str,
    pictures: PictureCache,
    *,
    reader_id: int,
) -> Page:
    """Build the tree around a step, its picture included.

    Args:
        reply_id: The reply that is explained.
        view: The step of its text that is nearest.
        place: Where the page stands; its step may lie beyond the end of the text.
        model_name: As people know it, ready for Markdown.
        pictures: Where drawn pictures are kept.
        reader_id: Who asks for the page.

    Raises:
        UserError: The reply has no tree.
    """
    done = view.completion
    if done.beams is None or not done.beams.nodes:
        raise UserError(texts.NO_TREE)
    tree = tree_view(done.beams, done.params, view.attempt, place.step)
    place = replace(place, attempt=view.attempt, step=tree.step)
    chart = tree_chart_of(tree)
    key = ("tree", reply_id, place.attempt, place.step)
    data = await pictures.get(key, lambda: tree_chart(chart), reader_id)
    picture = Picture(data, PICTURE_NAME, tree_alt(chart))
    title = tree_title(tree)
    if tree.step == view.step:
        title += f"\n{quote(passage(view))}"
    small = footer(done, model_name, explicar.ONLY_YOU)
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(_container(reply_id, tree, place, title=title, picture=picture, small=small))
    return Page(view=layout, files=picture.files)


def _container(
    reply_id: str, tree: TreeView, place: Place, *, title: str, picture: Picture, small: str
) -> discord.ui.Container[Any]:
    return discord.ui.Container(
        discord.ui.TextDisplay(title),
        discord.ui.TextDisplay(tree_sentences(tree)),
        picture.item,
        discord.ui.TextDisplay(tree_table(tree)),
        *(discord.ui.ActionRow(*row) for row in _rows(reply_id, tree, place) if row),
        discord.ui.TextDisplay(small),
    )


def _rows(reply_id: str, tree: TreeView, place: Place) -> list[list[discord.ui.Item[Any]]]:
    last, here = tree.steps - 1, tree.step
    back = explicar.PREVIOUS.format(step=here) if here else explicar.AT_START
    on = explicar.NEXT.format(step=here + 2) if here < last else explicar.AT_END
    turning: list[discord.ui.Item[Any]] = [
        TreeButton.to(reply_id, place, max(here - 1, 0), Role.BACK, back, is_end=here == 0),
        TreeButton.to(reply_id, place, min(here + 1, last), Role.ON, on, is_end=here == last),
        StepButton.to(reply_id, place, here, Role.BACK, texts.BACK_TO_STEP),
        TreeFileButton(reply_id, place.attempt),
    ]
    menu = TreeMenu.at(reply_id, tree, place)
    return [turning, _windows(reply_id, tree, place), [menu]]


def _windows(reply_id: str, tree: TreeView, place: Place) -> list[discord.ui.Item[Any]]:
    """Lead to the steps beside those of the picture."""
    window, middle = tree.window, COLUMNS // 2
    buttons: list[discord.ui.Item[Any]] = []
    if window.start > 0:
        step = max(window.start - 1 - middle, 0)
        label = _window_label(explicar.PREVIOUS_WINDOW, step, tree.steps)
        buttons.append(TreeButton.to(reply_id, place, step, Role.WINDOW_BACK, label))
    if window.stop < tree.steps:
        step = min(window.stop + middle, tree.steps - 1)
        label = _window_label(explicar.NEXT_WINDOW, step, tree.steps)
        buttons.append(TreeButton.to(reply_id, place, step, Role.WINDOW_ON, label))
    return buttons


def _window_label(template: str, step: int, steps: int) -> str:
    window = window_around(step, steps)
    return template.format(first=window.start + 1, last=window.stop)

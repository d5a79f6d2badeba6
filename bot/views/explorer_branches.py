"""The explorer's page «Rama»: go on with a text by another token, and walk its branches.

A choice on a page that only its reader sees opens a branch that only they see; on a published page
everybody opens their own, in the channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from bot.errors import UserError
from bot.live import Page
from bot.model_names import shown_name
from bot.render.alt import branches_alt
from bot.render.charts.branches import branches_chart
from bot.render.explorer import StepView, passage
from bot.render.explorer_branches import (
    BranchTree,
    branch_tree,
    branches_chart_of,
    branches_sentences,
    branches_title,
)
from bot.render.explorer_footer import footer
from bot.render.markdown import quote
from bot.storage.branches import NOBODY, BranchNode
from bot.storage.records import StoredReply
from bot.texts import common, explicar
from bot.texts import rama as texts
from bot.views.base import Interaction
from bot.views.branching import require_kept
from bot.views.explorer_branches_items import (
    AlternativeMenu,
    BranchesButton,
    NodeMenu,
    OtherWordButton,
    PublicOtherWordButton,
    PublishBranchesButton,
)
from bot.views.explorer_items import DeleteCopyButton, OpenButton, Role, StepButton
from bot.views.explorer_place import Place, step_view
from bot.views.picture import Picture
from bot.views.picture_cache import PictureKey

if TYPE_CHECKING:
    from bot.app import Unicornio

PICTURE_NAME = "ramas.png"


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What one page shows: a step, the tree, where the page stands and who reads it."""

    reply_id: str
    view: StepView
    tree: BranchTree
    place: Place
    viewer_id: int


async def branches_page(interaction: Interaction, reply: StoredReply, place: Place) -> Page:
    """Build the branches at a step, the picture of the tree included.

    Args:
        interaction: Of the reader, whose private branches are shown unless the page is public.
        reply: The text that is branched.
        place: Where the page stands, and for whom.

    Raises:
        UserError: The reply's steps were not recorded, or its prompt is not kept.
    """
    require_kept(reply)
    client = interaction.client
    view = step_view(reply, place)
    viewer_id = NOBODY if place.is_public else interaction.user.id
    nodes = await client.storage.branches.tree_of(reply.reply_id, viewer_id)
    if not nodes:
        raise UserError(common.REPLY_GONE)
    shown = _Shown(
        reply_id=reply.reply_id,
        view=view,
        tree=branch_tree(nodes, reply.reply_id, await _start_of(client, reply, nodes)),
        place=replace(place, attempt=view.attempt, step=view.step),
        viewer_id=viewer_id,
    )
    picture = None
    if len(shown.tree.nodes) > 1:
        chart = branches_chart_of(shown.tree)
        key: PictureKey = ("branches", reply.reply_id, *(node.reply_id for node in nodes))
        data = await client.explorer.pictures.get(
            key, lambda: branches_chart(chart), interaction.user.id
        )
        picture = Picture(data, PICTURE_NAME, branches_alt(chart))
    layout = discord.ui.LayoutView(timeout=None)
    name = shown_name(client.engine, reply.completion.model)
    layout.add_item(_container(shown, name, picture))
    return Page(view=layout, files=() if picture is None else picture.files)


async def _start_of(client: Unicornio, reply: StoredReply, nodes: Sequence[BranchNode]) -> str:
    """Return what the first text goes on from; the prompt, where that text is not here."""
    first = next((node.reply_id for node in nodes if node.branch is None), None)
    if first == reply.reply_id:
        return reply.text_before
    found = None if first is None else await client.storage.replies.get(first)
    return reply.request.prompt if found is None else found.text_before


def _container(
    shown: _Shown, model_name: str, picture: Picture | None
) -> discord.ui.Container[Any]:
    view, tree, place = shown.view, shown.tree, shown.place
    sentences = branches_sentences(view, tree, is_public=place.is_public)
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(f"{branches_title(view)}\n{quote(passage(view))}"),
        discord.ui.TextDisplay(sentences),
        discord.ui.ActionRow(AlternativeMenu.at(shown.reply_id, view, place)),
    )
    if picture is not None:
        container.add_item(picture.item)
        container.add_item(discord.ui.ActionRow(NodeMenu.at(tree, place, shown.viewer_id)))
    for row in _rows(shown):
        container.add_item(discord.ui.ActionRow(*row))
    audience = explicar.ONLY_YOU
    if place.is_public:
        published = explicar.PUBLISHED_BY.format(user_id=place.publisher)
        audience = f"{explicar.INVENTED} · {published}"
    return container.add_item(discord.ui.TextDisplay(footer(view.completion, model_name, audience)))


def _rows(shown: _Shown) -> list[list[discord.ui.Item[Any]]]:
    reply_id, place = shown.reply_id, shown.place
    last, here = len(shown.view.steps) - 1, place.step
    back = explicar.PREVIOUS.format(step=here) if here else explicar.AT_START
    on = explicar.NEXT.format(step=here + 2) if here < last else explicar.AT_END
    turning: list[discord.ui.Item[Any]] = [
        BranchesButton.to(reply_id, place, max(here - 1, 0), Role.BACK, back, is_end=here == 0),
        BranchesButton.to(reply_id, place, min(here + 1, last), Role.ON, on, is_end=here == last),
        StepButton.to(reply_id, place, here, Role.BACK, texts.BACK_TO_STEP),
    ]
    where = (place.attempt, here, place.candidates)
    acting: list[discord.ui.Item[Any]] = [
        PublicOtherWordButton(reply_id, place.attempt, here, place.publisher)
        if place.is_public
        else OtherWordButton(reply_id, place.attempt, here),
        BranchesButton.to(reply_id, place, here, Role.WINDOW_ON, texts.REFRESH),
    ]
    if place.is_public:
        acting += [OpenButton(reply_id, *where), DeleteCopyButton(reply_id, place.publisher)]
    else:
        acting.append(PublishBranchesButton(reply_id, *where))
    return [turning, acting]

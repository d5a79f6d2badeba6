"""The explorer's page «Ramas»: go on with a text by another token, and walk its branches.

A choice on a page that only its reader sees opens a branch that only they see; on a published page
everybody opens their own, in the channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.client import Client, ExplorerPage, Reading
from bot.features.explorer import branching_texts
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.branches import texts
from bot.features.explorer.branches.chart import branches_chart
from bot.features.explorer.branches.items import (
    AlternativeMenu,
    NodeMenu,
    OtherWordButton,
)
from bot.features.explorer.branches.words import (
    branch_tree,
    branches_alt,
    branches_chart_of,
    branches_sentences,
    branches_title,
)
from bot.features.explorer.items import (
    BranchesButton,
    PublishBranchesButton,
    StepButton,
    arrows,
    ownership,
)
from bot.features.explorer.word.form import PublicWordButton
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.messages.place import Place, Role
from bot.render.footer import short_footer
from bot.render.markdown import quote
from bot.render.step import StepView, passage
from bot.storage.branches import NOBODY, BranchNode
from bot.storage.records import StoredReply
from bot.texts import common
from bot.ui.picture_page import Block, Picture, audience, layout_page
from bot.ui.replies import require_kept

PICTURE_NAME = "ramas.png"


async def branches_page(reading: Reading) -> Page:
    """Build the branches at a step, the picture of the tree included.

    The reader's private branches are shown unless the page is public.

    Raises:
        UserError: The reply's steps were not recorded, or its prompt is not kept.
    """
    reply, client = reading.reply, reading.client
    require_kept(reply, branching_texts.NOT_KEPT)
    view = reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    viewer_id = NOBODY if place.is_public else reading.reader_id
    nodes = await client.storage.branches.tree_of(reply.reply_id, viewer_id)
    if not nodes:
        raise UserError(common.REPLY_GONE)
    start = await _start_of(client, reply, nodes)
    tree = branch_tree(nodes, reply.reply_id, start)
    small = [f"-# {note}" for note in reading.notes]
    drawn: list[Block] = []
    if len(tree.nodes) > 1:
        chart = branches_chart_of(tree)
        key: PictureKey = ("branches", reply.reply_id, *(node.reply_id for node in nodes))
        data = await client.pictures.get(key, lambda: branches_chart(chart), reading.reader_id)
        drawn = [
            Picture(data, PICTURE_NAME, branches_alt(chart)),
            [NodeMenu.at(tree, place, viewer_id)],
        ]
    return layout_page(
        f"{branches_title(view)}\n{quote(passage(view))}",
        "\n".join([branches_sentences(view, tree, is_public=place.is_public), *small]),
        [AlternativeMenu.at(reply.reply_id, view, place)],
        *drawn,
        *_rows(reply.reply_id, view, place),
        short_footer(reply, reading.model_name, audience(place)),
    )


async def _start_of(client: Client, reply: StoredReply, nodes: Sequence[BranchNode]) -> str:
    """Return what the first text goes on from; its prompt, where that is nothing or not here."""
    first = next((node.reply_id for node in nodes if node.branch is None), None)
    if first == reply.reply_id:
        return reply.text_before or reply.request.prompt
    found = None if first is None else await client.storage.replies.get(first)
    return reply.request.prompt if found is None else found.text_before or found.request.prompt


def _rows(reply_id: str, view: StepView, place: Place) -> list[list[discord.ui.Item[Any]]]:
    here = place.step
    turning = [
        *arrows(BranchesButton, reply_id, place, len(view.steps) - 1),
        StepButton.to(reply_id, place, here, Role.BACK, explorer_texts.BACK),
    ]
    own = PublishBranchesButton(reply_id, place.attempt, here, place.candidates)
    if not place.is_public:
        return [[*turning, OtherWordButton(reply_id, place.attempt, here), own]]
    other = PublicWordButton(reply_id, place.attempt, here, place.publisher, label=texts.OTHER_WORD)
    return [
        [*turning, other],
        [
            BranchesButton.to(reply_id, place, here, Role.WINDOW_ON, texts.REFRESH),
            *ownership(reply_id, place, own),
        ],
    ]


PAGE = ExplorerPage(build=branches_page, label=texts.BRANCH, hint=texts.HINT)

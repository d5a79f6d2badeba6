"""«Por dentro»: what goes on inside the model at a step, in pages that a person turns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.inside import texts
from bot.features.explorer.inside.attention import attention_view, stretch_before
from bot.features.explorer.inside.content import Content, Insides, layer_of
from bot.features.explorer.inside.items import (
    HeadMenu,
    InsideButton,
    LayerMenu,
    PartMenu,
    PublishInsideButton,
    TokenMenu,
)
from bot.features.explorer.inside.place import LAST_LAYER, PARTS, InsidePage, InsidePlace
from bot.features.explorer.inside.summary import inside_title
from bot.features.explorer.items import DeleteCopyButton, StepButton
from bot.features.explorer.rest_of_text import ends_of
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.messages.place import Role
from bot.render.footer import short_footer
from bot.render.markdown import quote
from bot.render.step import FEW_WORDS, StepView, passage
from bot.ui.picture_page import Picture, audience, layout_page
from engine.explain import Attention

PICTURE_NAME = "por-dentro.png"

Items = list[discord.ui.Item[Any]]


async def inside_page(reading: Reading) -> Page:
    """Build a page inside the model, its picture included.

    A copy for the channel has no controls but one that opens the reader's own.

    Raises:
        UserError: The reply's steps or its prompt were not kept, the text is too long, or the
            model cannot be looked into.
        EngineError: As `Engine.explain`.
    """
    reply, client, view = reading.reply, reading.client, reading.view
    place = replace(InsidePlace.of(reading.place), attempt=view.attempt, step=view.step)
    insides = Insides(
        client.engine,
        reply,
        view,
        word_list=client.word_list,
        user_id=reading.reader_id,
        deadline_s=client.settings.request_timeout_s,
        ends=ends_of(client.engine, reply, view.attempt),
    )
    content = await insides.read(place)
    if isinstance(content.answer, Attention):
        place = replace(place, layer=layer_of(place, content.answer))
    key: PictureKey = ("inside", reply.reply_id, *place.args)
    data = await client.pictures.get(key, content.draw, reading.reader_id)
    rows = _rows(reply.reply_id, view, place, content)
    if reading.place.is_public:
        rows = [_public_row(reply.reply_id, place, reading.place.publisher)]
    return layout_page(
        f"{inside_title(view, place.page)}\n{quote(passage(view, FEW_WORDS))}",
        Picture(data, PICTURE_NAME, content.alt),
        content.sentences,
        *rows,
        short_footer(reply, reading.model_name, audience(reading.place)),
    )


def _rows(reply_id: str, view: StepView, place: InsidePlace, content: Content) -> list[Items]:
    has_source = bool(view.completion.source_ids)
    pages = _pages(reply_id, place, has_source=has_source)
    back = StepButton.to(reply_id, place.of_step, place.step, Role.BACK, explorer_texts.BACK)
    publish = PublishInsideButton(reply_id, *place.args)
    rows = [pages, [*_steps(reply_id, view, place), back, publish]]
    if isinstance(content.answer, Attention):
        if has_source:
            rows.append([PartMenu.at(reply_id, place)])
        if content.answer.part != "cross":
            rows.append(_stretches(reply_id, place, content.answer))
        rows.append([LayerMenu.at(reply_id, place, content.answer)])
        rows.append([HeadMenu.at(reply_id, place, content.answer)])
    elif content.answer is not None:
        rows.append([TokenMenu.at(reply_id, place, content.answer)])
    return rows


def _pages(reply_id: str, place: InsidePlace, *, has_source: bool) -> Items:
    """Lead to the pages of the step; attention begins where a target looks at its source."""
    buttons: Items = []
    for page, name in (
        (InsidePage.SUMMARY, texts.SUMMARY),
        (InsidePage.LENS, texts.LENS),
        (InsidePage.CROSS if has_source else InsidePage.ATTENTION, texts.ATTENTION),
        (InsidePage.VECTOR, texts.VECTOR),
    ):
        there = place.at(page)
        is_here = page == place.page or (page in PARTS and place.page in PARTS)
        if page == InsidePage.CROSS and not is_here:
            there = replace(there, layer=LAST_LAYER, head=0)
        buttons.append(InsideButton.to(reply_id, there, Role.BACK, name, is_end=is_here))
    return buttons


def _steps(reply_id: str, view: StepView, place: InsidePlace) -> Items:
    """Lead to the same page of the steps beside this one."""
    last, here = len(view.steps) - 1, place.step
    before, after = (
        replace(place, step=step, token=0) for step in (max(here - 1, 0), min(here + 1, last))
    )
    return [
        InsideButton.to(
            reply_id, before, Role.WINDOW_BACK, explorer_texts.BEFORE, is_end=here == 0
        ),
        InsideButton.to(reply_id, after, Role.WINDOW_ON, explorer_texts.AFTER, is_end=here == last),
    ]


def _stretches(reply_id: str, place: InsidePlace, attention: Attention) -> Items:
    """Lead to the tokens beside those of the picture."""
    count = len(attention.tokens)
    drawn = attention_view(attention, place.layer, place.token).stretch
    buttons: Items = []
    for end, role, label in (
        (drawn.start, Role.BACK, texts.EARLIER_TOKENS),
        (min(drawn.stop + len(drawn), count), Role.ON, texts.LATER_TOKENS),
    ):
        if end not in {0, drawn.stop}:
            stretch = stretch_before(end)
            named = label.format(first=stretch.start + 1, last=stretch.stop)
            buttons.append(InsideButton.to(reply_id, replace(place, token=end), role, named))
    return buttons


def _public_row(reply_id: str, place: InsidePlace, publisher: int) -> Items:
    own = InsideButton.to(reply_id, place, Role.BACK, texts.OPEN)
    return [own, DeleteCopyButton(reply_id, publisher)]


PAGE = ExplorerPage(
    build=inside_page, label=texts.MENU, hint=texts.MENU_HINT, is_costly=True, is_for_one=True
)

"""The explorer's first page: why one token came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import texts
from bot.features.explorer.items import (
    AttemptMenu,
    FunnelButton,
    MoreMenu,
    PublishButton,
    StepButton,
    StepMenu,
    TreeButton,
    ownership,
    turning_to,
)
from bot.features.explorer.step.chart import step_chart
from bot.features.explorer.step.words import step_alt, step_chart_of
from bot.features.explorer.swap.items import swap_buttons
from bot.features.explorer.word.page import WordButton
from bot.messages.live import Page
from bot.messages.place import PageName, Place, Role, window_of
from bot.render.footer import footer, remarks
from bot.render.markdown import quote
from bot.render.step import StepView, doubt, passage, title
from bot.render.step_sentence import explanation
from bot.render.step_table import step_table
from bot.storage.records import StoredReply
from bot.ui.picture_page import Picture, audience, layout_page

PICTURE_NAME = "paso.png"
_ROW = 5
"""Buttons in a row: Discord's limit."""

Pages = Mapping[PageName, ExplorerPage]


async def step_page(reading: Reading) -> Page:
    """Build the page of one step: words, picture, table and controls.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    reply, view = reading.reply, reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    chart = step_chart_of(view)
    key = ("step", reply.reply_id, place.attempt, place.step, place.candidates)
    client = reading.client
    data = await client.pictures.get(key, lambda: step_chart(chart), reading.reader_id)
    small = [f"-# {note}" for note in reading.notes]
    small += remarks(reply, view.completion.attempts[view.attempt])
    return layout_page(
        f"{title(view)}\n{quote(passage(view))}",
        "\n".join([explanation(view), doubt(view.current), *small]),
        Picture(data, PICTURE_NAME, step_alt(chart)),
        step_table(view),
        *_rows(reply, view, place, client.pages, await swap_buttons(reading)),
        footer(view.completion, reading.model_name, audience(place)),
        lead=reading.lead,
    )


def _rows(
    reply: StoredReply,
    view: StepView,
    place: Place,
    pages: Pages,
    swaps: tuple[discord.ui.Item[Any], ...],
) -> list[list[discord.ui.Item[Any]]]:
    buttons = [*_turning(reply.reply_id, view, place, pages), *swaps]
    rows = [buttons[:_ROW], [*buttons[_ROW:], *_windows(reply.reply_id, view, place)]]
    rows.append([StepMenu.at(reply.reply_id, view, place)])
    if len(view.completion.attempts) > 1:
        rows.append([AttemptMenu.at(reply.reply_id, view, place)])
    return [*rows, [MoreMenu.at(reply, place, pages)]]


def _turning(
    reply_id: str, view: StepView, place: Place, pages: Pages
) -> list[discord.ui.Item[Any]]:
    here = place.step
    own = PublishButton(reply_id, place.attempt, here, place.candidates)
    buttons = [
        *turning_to(StepButton, reply_id, place, len(view.steps) - 1),
        FunnelButton.to(reply_id, place, here, Role.ON, pages[PageName.FUNNEL].label),
        WordButton(reply_id, place.attempt, here),
        *ownership(reply_id, place, own),
    ]
    beams = view.completion.beams
    if beams is not None and beams.nodes:
        label = pages[PageName.TREE].label
        buttons.append(TreeButton.to(reply_id, place, here, Role.ON, label))
    return buttons


def _windows(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    steps = len(view.steps)
    here = window_of(place.step, steps)
    buttons: list[discord.ui.Item[Any]] = []
    if here.start > 0:
        before = window_of(here.start - 1, steps)
        label = texts.PREVIOUS_WINDOW.format(first=before.start + 1, last=before.stop)
        buttons.append(StepButton.to(reply_id, place, before.start, Role.WINDOW_BACK, label))
    if here.stop < steps:
        after = window_of(here.stop, steps)
        label = texts.NEXT_WINDOW.format(first=after.start + 1, last=after.stop)
        buttons.append(StepButton.to(reply_id, place, after.start, Role.WINDOW_ON, label))
    return buttons


PAGE = ExplorerPage(build=step_page, label=texts.EXPLAIN, needs_prompt=False)

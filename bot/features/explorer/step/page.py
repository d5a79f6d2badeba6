"""The explorer's first page: why one word came out, in words and one picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer.items import (
    MoreMenu,
    StepButton,
    arrows,
    ownership,
)
from bot.features.explorer.step import texts
from bot.features.explorer.step.chart import WhyBar, why_chart
from bot.features.explorer.step.labels import Labels
from bot.features.explorer.step.sentence import heading, verdict_text, why
from bot.features.explorer.step.verdict import decision_of
from bot.features.explorer.step.words import why_alt, why_chart_of
from bot.features.explorer.swap.items import swap_buttons
from bot.features.explorer.word.form import WordButton
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.messages.place import Place
from bot.render.footer import remarks, short_footer
from bot.render.model_names import model_info
from bot.render.step import StepView
from bot.ui.picture_page import Picture, audience, layout_page

PICTURE_NAME = "por-que.png"

Items = list[discord.ui.Item[Any]]


async def step_page(reading: Reading) -> Page:
    """Build the page of one step: the verdict, why, the picture and the controls.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    reply, view = reading.reply, reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    labels = labels_of(reading)
    found = decision_of(view.current, view.completion.params)
    verdict = verdict_text(found, labels, is_own=reading.is_own)
    small = [f"-# {note}" for note in reading.notes]
    small += remarks(reply, view.completion.attempts[view.attempt])
    return layout_page(
        heading(verdict),
        "\n".join([why(view, found, labels, is_own=reading.is_own), *small]),
        await why_picture(reading, labels, verdict),
        *_rows(reading, view, place, await swap_buttons(reading)),
        short_footer(reply, reading.model_name, audience(place)),
        lead=reading.lead,
    )


def labels_of(reading: Reading) -> Labels:
    """Name the tokens of the step that is read."""
    info = model_info(reading.client.engine, reading.reply.request.model)
    return Labels(reading.view, () if info is None else info.eos_ids)


async def why_picture(
    reading: Reading, labels: Labels, verdict: str, asked: tuple[WhyBar, ...] = ()
) -> Picture:
    """Draw the text over its bars.

    Args:
        reading: The step.
        labels: Name its tokens.
        verdict: What its alt text begins with.
        asked: Bars of words that somebody asked for.
    """
    view = reading.view
    chart = why_chart_of(view, labels, asked)
    bars = (f"{bar.label} {bar.final}" for bar in asked)
    key: PictureKey = (
        "why",
        reading.reply.reply_id,
        view.attempt,
        view.step,
        view.candidates,
        *bars,
    )
    data = await reading.client.pictures.get(key, lambda: why_chart(chart), reading.reader_id)
    return Picture(data, PICTURE_NAME, why_alt(verdict, chart))


def _rows(
    reading: Reading, view: StepView, place: Place, swaps: tuple[discord.ui.Item[Any], ...]
) -> list[Items]:
    reply_id = reading.reply.reply_id
    first: Items = [
        *arrows(StepButton, reply_id, place, len(view.steps) - 1),
        WordButton(reply_id, place.attempt, place.step),
        *swaps,
    ]
    rows: list[Items] = [first, [MoreMenu.at(reading.reply, place, reading.client.pages)]]
    if place.is_public:
        rows.insert(1, ownership(reply_id, place))
    return rows


PAGE = ExplorerPage(build=step_page, label=texts.EXPLAIN, needs_prompt=False)

"""The explorer's page «Embudo»: what each stage left of the vocabulary at one step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.funnel import texts
from bot.features.explorer.funnel.chart import funnel_chart
from bot.features.explorer.funnel.words import (
    funnel_alt,
    funnel_chart_of,
    funnel_sentences,
    funnel_title,
)
from bot.features.explorer.items import (
    FunnelButton,
    PublishFunnelButton,
    StepButton,
    arrows,
    ownership,
)
from bot.messages.live import Page
from bot.messages.place import Place, Role
from bot.render.footer import short_footer
from bot.render.markdown import quote
from bot.render.step import FEW_WORDS, StepView, passage
from bot.ui.picture_page import Picture, audience, layout_page

PICTURE_NAME = "embudo.png"


async def funnel_page(reading: Reading) -> Page:
    """Build the funnel of a step, its picture included.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    reply_id, view = reading.reply.reply_id, reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    chart = funnel_chart_of(view)
    key = ("funnel", reply_id, place.attempt, place.step)
    pictures = reading.client.pictures
    data = await pictures.get(key, lambda: funnel_chart(chart), reading.reader_id)
    return layout_page(
        f"{funnel_title(view)}\n{quote(passage(view, FEW_WORDS))}",
        Picture(data, PICTURE_NAME, funnel_alt(chart)),
        funnel_sentences(view),
        _buttons(reply_id, view, place),
        short_footer(reading.reply, reading.model_name, audience(place)),
    )


def _buttons(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    own = PublishFunnelButton(reply_id, place.attempt, place.step, place.candidates)
    return [
        *arrows(FunnelButton, reply_id, place, len(view.steps) - 1),
        StepButton.to(reply_id, place, place.step, Role.BACK, explorer_texts.BACK),
        *ownership(reply_id, place, own),
    ]


PAGE = ExplorerPage(build=funnel_page, label=texts.FUNNEL, hint=texts.HINT, needs_prompt=False)

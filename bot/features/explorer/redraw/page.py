"""The explorer's page «¿Y con otra temperatura?»: a step drawn again, with the same die."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer.items import StepButton, ownership
from bot.features.explorer.redraw import texts
from bot.features.explorer.redraw.chart import redraw_chart
from bot.features.explorer.redraw.choice import Choice, change_of
from bot.features.explorer.redraw.items import (
    PublishRedrawButton,
    RestoreButton,
    TemperatureMenu,
    TopKMenu,
    TopPMenu,
    WriteButton,
)
from bot.features.explorer.redraw.words import (
    RedrawView,
    redraw_alt,
    redraw_chart_of,
    redraw_sentences,
    redraw_title,
)
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.messages.place import Place, Role
from bot.render.footer import short_footer
from bot.render.markdown import quote
from bot.render.step import FEW_WORDS, StepView, passage
from bot.render.word_list import masked_step
from bot.storage.records import StoredReply
from bot.ui.picture_page import Picture, audience, layout_page
from bot.ui.replies import require_kept
from engine.explain import Moment, Redraw, RedrawRequest

PICTURE_NAME = "dado.png"


async def redraw_page(reading: Reading) -> Page:
    """Build a step drawn again, with the settings that its place names.

    Raises:
        UserError: The prompt is gone.
        EngineError: The step could not be read again.
    """
    reply, at = reading.reply, reading.view
    place = replace(reading.place, attempt=at.attempt, step=at.step)
    choice = Choice.of_codes(place.details)
    view = await _drawn_again(reading, at, choice)
    chart = redraw_chart_of(view)
    key: PictureKey = ("redraw", reply.reply_id, place.attempt, place.step, *choice.codes)
    pictures = reading.client.pictures
    data = await pictures.get(key, lambda: redraw_chart(chart), reading.reader_id)
    return layout_page(
        f"{redraw_title(view)}\n{quote(passage(at, FEW_WORDS))}",
        redraw_sentences(view),
        Picture(data, PICTURE_NAME, redraw_alt(view)),
        *_rows(reply, at, place, choice),
        short_footer(reply, reading.model_name, audience(place)),
    )


async def _drawn_again(reading: Reading, at: StepView, choice: Choice) -> RedrawView:
    """Ask the engine, under the word list of today.

    Raises:
        UserError: The prompt is not kept.
        EngineError: As `Engine.explain`.
    """
    reply, client = reading.reply, reading.client
    require_kept(reply, texts.NOT_KEPT, with_ids=True)
    own = replace(reply.request.params, bad_words=client.blocked_words)
    params = replace(own, **change_of(own, choice))
    answer = await client.engine.explain(
        RedrawRequest(
            moment=Moment.of(
                replace(reply.request, params=own),
                reply.completion,
                attempt=at.attempt,
                step=at.step,
            ),
            params=params,
            model=reply.request.model,
            revision=reply.completion.revision,
            user_id=reading.reader_id,
            deadline_s=client.settings.request_timeout_s,
        )
    )
    return RedrawView(at=at, redraw=_masked(answer), params=params, values=choice.values)


def _masked(answer: Redraw) -> Redraw:
    before = None if answer.before is None else masked_step(answer.before)
    return replace(answer, step=masked_step(answer.step), before=before)


def _rows(
    reply: StoredReply, view: StepView, place: Place, choice: Choice
) -> list[list[discord.ui.Item[Any]]]:
    reply_id = reply.reply_id
    menus = (TemperatureMenu, TopKMenu, TopPMenu)
    rows: list[list[discord.ui.Item[Any]]] = [
        [menu.at(reply, view, place, choice)] for menu in menus
    ]
    buttons: list[discord.ui.Item[Any]] = [
        StepButton.to(reply_id, place, place.step, Role.BACK, texts.BACK_TO_STEP),
        RestoreButton.at(reply_id, place, choice),
        WriteButton.at(reply_id, place, choice),
    ]
    own = PublishRedrawButton.at(reply_id, place, choice)
    return [*rows, [*buttons, *ownership(reply_id, place, own)]]


PAGE = ExplorerPage(build=redraw_page, label=texts.OPEN, hint=texts.OPEN_HINT, is_costly=True)

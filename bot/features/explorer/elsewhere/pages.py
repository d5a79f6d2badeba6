"""The pages that there are of a server's text: a step, its numbers, and what of a word is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.elsewhere import texts
from bot.features.explorer.elsewhere.words import (
    alt_text,
    chart_of,
    host_of,
    numbers_text,
    verdict_of,
    why,
    word_lines,
)
from bot.features.explorer.items import MoreMenu, StepButton, TurnButton, arrows, ownership
from bot.features.explorer.step.chart import why_chart
from bot.features.explorer.step.page import PICTURE_NAME
from bot.features.explorer.step.sentence import heading
from bot.features.explorer.word import texts as word_texts
from bot.features.explorer.word.form import WordButton
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.place import Place, Role, listed_view
from bot.render.footer import remarks, short_footer
from bot.render.listed import ListedView
from bot.render.markdown import escape
from bot.ui.carried import StaleItemError
from bot.ui.picture_page import Picture, audience, layout_page


async def step_page(reading: Reading) -> Page:
    """Build the page of one step.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    view = listed_view(reading.reply, reading.place)
    place = _here(reading, view)
    verdict = verdict_of(view)
    small = [f"-# {note}" for note in reading.notes]
    small += remarks(reading.reply, view.completion.attempts[view.attempt])
    small.append(texts.ELSEWHERE.format(host=escape(host_of(view))))
    buttons: list[discord.ui.Item[Any]] = [
        *arrows(StepButton, reading.reply.reply_id, place, len(view.steps) - 1),
        WordButton(reading.reply.reply_id, place.attempt, place.step),
    ]
    return layout_page(
        heading(verdict),
        "\n".join([why(view), *small]),
        await _picture(reading, view, verdict),
        buttons,
        *([ownership(reading.reply.reply_id, place)] if place.is_public else []),
        [MoreMenu.at(reading.reply, place, reading.client.pages)],
        _footer(reading, place),
        lead=reading.lead,
    )


async def numbers_page(button: type[TurnButton], reading: Reading) -> Page:
    """Build the page of all that the server lists at a step.

    Args:
        button: Turns to the same page of the steps beside this one.
        reading: The step.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    view = listed_view(reading.reply, reading.place)
    place, reply_id = _here(reading, view), reading.reply.reply_id
    back = StepButton.to(reply_id, place, view.step, Role.BACK, explorer_texts.BACK)
    return layout_page(
        numbers_text(view),
        [back, *arrows(button, reply_id, place, len(view.steps) - 1)],
        _footer(reading, place),
    )


async def word_page(reading: Reading) -> Page:
    """Build the answer about `reading.words`, as far as the server's list goes.

    Raises:
        StaleItemError: There is no word.
        UserError: The reply's steps were not recorded.
    """
    if not reading.words:
        raise StaleItemError
    view = listed_view(reading.reply, reading.place)
    place, reply_id = _here(reading, view), reading.reply.reply_id
    asked = tuple(word for word in reading.words if not reading.client.word_list.is_in(word))
    lines = [*word_lines(view, asked)]
    if len(asked) < len(reading.words):
        lines.append(texts.WORD_BANNED)
    title = texts.WORD_TITLE.format(words=escape(", ".join(asked)) or "…")
    return layout_page(
        title,
        "\n".join([*lines, *(f"-# {note}" for note in reading.notes)]),
        [
            WordButton(reply_id, view.attempt, view.step, label=word_texts.OTHER_WORD),
            StepButton.to(reply_id, place, view.step, Role.BACK, explorer_texts.BACK),
        ],
        _footer(reading, place),
    )


def with_elsewhere(
    page: ExplorerPage, build: Callable[[Reading], Awaitable[Page]] | None = None
) -> ExplorerPage:
    """Return a page that of a server's text shows what is known of it, or says that it cannot.

    Args:
        page: As it is of a text of this machine.
        build: Builds it of a server's text; None: nothing is known of what it shows.
    """

    async def either(reading: Reading) -> Page:
        facts = reading.reply.completion.remote
        if facts is None:
            return await page.build(reading)
        if build is None:
            raise UserError(texts.NOT_SHOWN.format(page=page.label, host=escape(facts.host)))
        return await build(reading)

    return replace(page, build=either, is_elsewhere=build is not None)


def numbers_of(button: type[TurnButton]) -> Callable[[Reading], Awaitable[Page]]:
    """Return what builds the numbers, with the button that turns to them."""
    return partial(numbers_page, button)


async def _picture(reading: Reading, view: ListedView, verdict: str) -> Picture:
    chart = chart_of(view)
    key = ("elsewhere", reading.reply.reply_id, view.attempt, view.step)
    data = await reading.client.pictures.get(key, lambda: why_chart(chart), reading.reader_id)
    return Picture(data, PICTURE_NAME, alt_text(verdict, chart))


def _here(reading: Reading, view: ListedView) -> Place:
    return replace(reading.place, attempt=view.attempt, step=view.step, details=())


def _footer(reading: Reading, place: Place) -> str:
    return short_footer(reading.reply, reading.model_name, audience(place))

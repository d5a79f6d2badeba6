"""The explorer's page «Números»: every figure of one step, and its table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Interaction, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.files.page import send_file
from bot.features.explorer.items import (
    PLACE_ARGS,
    PublishButton,
    StepButton,
    TurnButton,
    arrows,
    ownership,
)
from bot.features.explorer.numbers import texts
from bot.features.explorer.step.labels import word_label
from bot.messages.live import Page
from bot.messages.place import (
    CANDIDATE_CHOICES,
    DEFAULT_CANDIDATES,
    FileKind,
    PageName,
    Place,
    Role,
)
from bot.render.footer import footer, remarks
from bot.render.markdown import escape, quote
from bot.render.step import StepView, doubt, passage
from bot.render.step_sentence import explanation
from bot.render.step_table import step_table
from bot.storage.records import StoredReply
from bot.texts import step as step_texts
from bot.ui.carried import one_of
from bot.ui.items import PersistentSelect
from bot.ui.picture_page import audience, layout_page
from bot.ui.turning import turn_to


class NumbersButton(TurnButton, action="numeros", args=(*PLACE_ARGS, "role")):
    """Turns to the numbers of a step."""

    page = PageName.NUMBERS


class PublishNumbersButton(
    PublishButton, action="publicar-numeros", args=("attempt", "step", "candidates")
):
    """Puts a copy of the numbers in the channel."""

    page = PageName.NUMBERS


class NumbersMenu(PersistentSelect, action="mas-numeros", args=PLACE_ARGS):
    """How many candidates are listed, and the whole trace as a file."""

    placeholder = texts.MORE_MENU

    @classmethod
    def at(cls, reply: StoredReply, place: Place) -> NumbersMenu:
        """Build the menu of a page."""
        recorded = max(reply.request.trace_top_n, DEFAULT_CANDIDATES)
        options = [
            discord.SelectOption(
                label=texts.CANDIDATES.format(count=count),
                value=str(count),
                description=texts.CANDIDATES_HINT,
            )
            for count in CANDIDATE_CHOICES
            if count <= recorded and count != place.candidates
        ]
        options.append(
            discord.SelectOption(
                label=texts.JSON, value=FileKind.JSON.value, description=texts.JSON_HINT
            )
        )
        args = (place.attempt, place.step, place.candidates, place.publisher)
        return cls(reply.reply_id, *args, options=options)

    async def respond(self, interaction: Interaction) -> None:
        """Show that number of candidates, or send the file only to this person."""
        place = Place.of(self.numbers, PageName.NUMBERS)
        if self.value in map(str, CANDIDATE_CHOICES):
            await turn_to(interaction, self.reply_id, replace(place, candidates=int(self.value)))
        else:
            kind = FileKind(one_of(self.value, [FileKind.JSON]))
            await send_file(interaction, self.reply_id, place, kind)


NUMBERS_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    NumbersButton,
    PublishNumbersButton,
    NumbersMenu,
)


async def numbers_page(reading: Reading) -> Page:
    """Build the page of one step's figures.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    reply, view = reading.reply, reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    small = [doubt(view.current), texts.NOTE]
    small += remarks(reply, view.completion.attempts[view.attempt])
    return layout_page(
        f"{_title(view)}\n{quote(passage(view))}",
        "\n".join([explanation(view), *small]),
        step_table(view),
        _buttons(reply.reply_id, view, place),
        [NumbersMenu.at(reply, place)],
        footer(view.completion, reading.model_name, audience(place)),
    )


def _title(view: StepView) -> str:
    line = texts.TITLE.format(
        token=escape(word_label(view)),
        step=view.step + 1,
        steps=len(view.steps),
    )
    attempts = len(view.completion.attempts)
    if attempts > 1:
        line += step_texts.TITLE_ATTEMPT.format(attempt=view.attempt + 1, attempts=attempts)
    return line


def _buttons(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    own = PublishNumbersButton(reply_id, place.attempt, place.step, place.candidates)
    return [
        *arrows(NumbersButton, reply_id, place, len(view.steps) - 1),
        StepButton.to(reply_id, place, place.step, Role.BACK, explorer_texts.BACK),
        *ownership(reply_id, place, own),
    ]


PAGE = ExplorerPage(build=numbers_page, label=texts.NUMBERS, hint=texts.HINT, needs_prompt=False)

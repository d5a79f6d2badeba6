"""A duel's message: four cards for everybody, and the whole lesson behind a button."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.asking.requests import asked_again, draw_seed
from bot.client import Client, Interaction
from bot.features.duel import texts
from bot.features.duel.chart import duel_chart
from bot.features.duel.contestants import CARD_PLACES
from bot.features.duel.lesson import duel_alt, duel_chart_of, lesson_pages
from bot.features.duel.requests import card_requests, lesson_requests
from bot.features.duel.results import Result, option_text, results_of
from bot.features.duel.stored import chosen_text, stored_duel, whole_page
from bot.features.duel.words import cards, footer, head
from bot.features.duel.writing import WritingPages
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.messages.responses import acknowledge, acknowledge_click
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.ui.deletion import DeleteDuelButton
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.picture_page import Picture, layout_page
from bot.ui.replies import is_owner, owner_name, require_owner
from bot.ui.turning import is_private
from engine import Engine, GenerationRequest

PICTURE_NAME = "duelo.png"
CARDS, FIRST_LESSON = 0, 1
"""The screens of a duel by their index: the cards, then the lesson's pages."""
_OPTION_LIMIT = 100
_HERE, _BACK, _ON = range(3)
"""Roles of buttons that may lead to the same screen."""


@dataclass(frozen=True, kw_only=True)
class Duel:
    """The texts of a duel and where its screens come from.

    Attributes:
        results: At least one, in the order of their ids.
        engine: Knows the model's name.
        pictures: Where drawn pictures are kept.
        notes: Sentences about the call.
        is_copy: Whether its screens stand in a reader's own copy, which neither repeats nor
            deletes it: the message in the channel would stay as it is.
    """

    results: tuple[Result, ...]
    engine: Engine
    pictures: PictureCache
    notes: tuple[str, ...] = ()
    is_copy: bool = False

    @classmethod
    async def of(
        cls,
        client: Client,
        replies: Sequence[StoredReply],
        notes: tuple[str, ...] = (),
        *,
        is_copy: bool = False,
    ) -> Duel:
        """Measure the texts, beside the event loop."""
        return cls(
            results=await asyncio.to_thread(results_of, replies),
            engine=client.engine,
            pictures=client.pictures,
            notes=notes,
            is_copy=is_copy,
        )

    @property
    def has_lesson(self) -> bool:
        """Whether more is written than the cards."""
        return self.results[-1].place not in CARD_PLACES

    async def page(self, index: int, reader_id: int) -> Page:
        """Build a screen; an index out of range shows the nearest one."""
        if index == CARDS:
            return self.cards_page()
        return await self._lesson_page(index - FIRST_LESSON, reader_id)

    def cards_page(self, news: str | None = None) -> Page:
        """Lay out the first screen, under news where there are some."""
        results = [result for result in self.results if result.place in CARD_PLACES]
        results = results or list(self.results)
        duel_id = self._id
        controls: tuple[PersistentButton, ...] = (
            LessonButton(duel_id, FIRST_LESSON, _HERE, label=texts.LESSON),
        )
        if not self.is_copy:
            controls = (*controls, AgainDuelButton(duel_id), DeleteDuelButton(duel_id))
        return layout_page(
            *filter(None, (news, head(results))),
            *cards(results),
            (ReadMenu(duel_id, CARDS, options=_options(results)),),
            controls,
            footer(results, self.notes, self._model_name),
        )

    async def _lesson_page(self, number: int, reader_id: int) -> Page:
        pages = lesson_pages(self.results, self._model_name)
        number = min(number, len(pages) - 1)
        shown, index = pages[number], number + FIRST_LESSON
        blocks: list[Any] = list(shown.blocks)
        if shown.has_chart:
            chart = duel_chart_of(self.results)
            key = ("duel", self._id, str(len(self.results)))
            data = await self.pictures.get(key, partial(duel_chart, chart), reader_id)
            blocks.append(Picture(data, PICTURE_NAME, duel_alt(chart)))
        if shown.results:
            blocks.append((ReadMenu(self._id, index, options=_options(shown.results)),))
        return layout_page(*blocks, self._turns(index, len(pages)))

    def _turns(self, index: int, pages: int) -> tuple[discord.ui.Item[Any], ...]:
        before, after = max(index - 1, FIRST_LESSON), min(index + 1, pages)
        at_end = index == pages
        return (
            LessonButton(
                self._id, before, _BACK, label=texts.PREVIOUS, disabled=index == FIRST_LESSON
            ),
            LessonButton(self._id, after, _ON, label=texts.NEXT, disabled=at_end),
            LessonButton(self._id, CARDS, _HERE, label=texts.BACK),
        )

    @property
    def _id(self) -> str:
        return self.results[0].reply.reply_id

    @property
    def _model_name(self) -> str:
        return shown_name(self.engine, self.results[0].reply.completion.model)


@dataclass(frozen=True, kw_only=True)
class DuelPresenter(WritingPages):
    """The screens of a duel's cards while they are written, and at their end.

    Attributes:
        client: Knows the model's name, and draws.
        notes: Sentences about the call.
    """

    client: Client
    notes: tuple[str, ...] = ()

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the cards."""
        return (await Duel.of(self.client, replies, self.notes)).cards_page()


@dataclass(frozen=True, kw_only=True)
class LessonPresenter(DuelPresenter):
    """The screens of the rest of the lesson, written in the message of its cards.

    Attributes:
        duel: What is there already.
    """

    duel: Duel

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:  # noqa: ARG002
        """Show the cards again, under what went wrong."""
        return self.duel.cards_page(text)

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the first page of all."""
        written = (*(result.reply for result in self.duel.results), *replies)
        duel = await Duel.of(self.client, written)
        return await duel.page(FIRST_LESSON, replies[0].owner_id)


async def start_duel(
    interaction: Interaction,
    base: GenerationRequest,
    notes: tuple[str, ...] = (),
    *,
    is_ephemeral: bool,
) -> None:
    """Write a prompt's cards, in a new message of the person who asks.

    Args:
        interaction: Not answered yet.
        base: Everything but the strategy.
        notes: Sentences about the call.
        is_ephemeral: Whether only this person sees it.

    Raises:
        UserError: Refused before the first response.
        EngineError: Refused before the first response.
    """
    client = interaction.client
    presenter = DuelPresenter(client=client, notes=notes, is_ephemeral=is_ephemeral)
    requests = card_requests(base, client.engine)
    await client.jobs.run_together(
        interaction, requests, kind="comparar", presenter=presenter, can_resume=True
    )


async def repeat_duel(interaction: Interaction, request: GenerationRequest) -> None:
    """Run a stored duel again with a new seed, beside its message.

    Raises:
        UserError: As `start_duel`, or the prompt has a word that is on the list by now.
        EngineError: As `start_duel`.
    """
    base = replace(asked_again(interaction, request, request.prompt), seed=draw_seed())
    await start_duel(interaction, base, is_ephemeral=is_private(interaction))


def _options(results: Sequence[Result]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=result.label,
            value=str(result.place),
            description=option_text(result.attempt, _OPTION_LIMIT),
        )
        for result in results
    ]


class LessonButton(PersistentButton, action="leccion-duelo", args=("index", "place")):
    """Leads to a screen of the duel; the lesson is written when it is first asked for.

    The last argument only keeps the ids of one row apart.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Show it in the message to its owner, and in a message of their own to all others."""
        index = self.args[0]
        replies = await stored_duel(interaction, self.reply_id)
        is_here = is_private(interaction) or is_owner(interaction, replies[0])
        is_copy = not is_here or _is_copy(interaction, replies[0])
        duel = await Duel.of(interaction.client, replies, is_copy=is_copy)
        if index != CARDS and not duel.has_lesson:
            await _write_lesson(interaction, duel)
            return
        if is_here:
            await acknowledge_click(interaction)
        else:
            await acknowledge(interaction, ephemeral=True)
        page = await duel.page(index, interaction.user.id)
        await interaction.edit_original_response(**page.edit_arguments())


def _is_copy(interaction: Interaction, reply: StoredReply) -> bool:
    """Tell whether the clicked message is a reader's own copy of the duel's message."""
    message = interaction.message
    return message is not None and message.flags.ephemeral and message.id != reply.message_id


async def _write_lesson(interaction: Interaction, duel: Duel) -> None:
    """Write the rest of the lesson in the message of its cards, for their owner.

    Raises:
        UserError: It is another person's duel, or as `start_duel`.
        EngineError: As `start_duel`.
    """
    client, first = interaction.client, duel.results[0].reply
    if not is_owner(interaction, first):
        owner = owner_name(interaction, first.owner_id)
        raise UserError(texts.LESSON_NOT_WRITTEN.format(owner=owner))
    base = asked_again(interaction, first.request, first.request.prompt)
    base = replace(base, revision=first.completion.revision)
    presenter = LessonPresenter(client=client, is_ephemeral=is_private(interaction), duel=duel)
    await client.jobs.run_together(
        interaction,
        lesson_requests(base, first.reply_id, client.engine),
        kind="comparar",
        presenter=presenter,
        is_in_place=True,
    )


class ReadMenu(PersistentSelect, action="leer-texto-duelo", args=("index",)):
    """Shows one of the texts whole, only to whoever chooses it."""

    placeholder = texts.READ_MENU

    async def respond(self, interaction: Interaction) -> None:
        """Show it with what can be done with it; the menu forgets what was chosen."""
        reply = await chosen_text(interaction, self.reply_id, self.value)
        replies = await stored_duel(interaction, self.reply_id)
        is_copy = _is_copy(interaction, replies[0])
        duel = await Duel.of(interaction.client, replies, is_copy=is_copy)
        page = await duel.page(self.args[0], interaction.user.id)
        await interaction.response.edit_message(view=page.view)
        page = whole_page(interaction, reply)
        await interaction.followup.send(**page.send_arguments(), ephemeral=True)


class AgainDuelButton(PersistentButton, action="otro-duelo"):
    """Runs the duel again with a new seed, in a new message."""

    label = texts.AGAIN

    async def respond(self, interaction: Interaction) -> None:
        """Run it for the duel's owner."""
        replies = await stored_duel(interaction, self.reply_id)
        require_owner(interaction, replies[0])
        await repeat_duel(interaction, replies[0].request)


DUEL_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    LessonButton,
    ReadMenu,
    AgainDuelButton,
    DeleteDuelButton,
)

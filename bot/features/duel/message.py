"""A duel's message, from its start to texts, picture, tables, and menus that open each text."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.asking.requests import asked_again, draw_seed
from bot.client import Client, Interaction, ReplyKind
from bot.features.continuation.message import continuation_page, cure_buttons
from bot.features.continuation.words import Frame
from bot.features.duel import texts
from bot.features.duel.chart import duel_chart
from bot.features.duel.requests import duel_requests
from bot.features.duel.words import (
    Result,
    duel_alt,
    duel_chart_of,
    duel_screen,
    option_text,
    results_of,
    running_duel,
)
from bot.jobs.duel_ids import duel_ids, place_of
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.render.model_names import shown_name
from bot.render.numbers import fixed
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.carried import item_at, number_of
from bot.ui.deletion import DeleteDuelButton
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.picture_page import Picture, layout_page
from bot.ui.replies import require_owner, require_visible
from bot.ui.turning import is_private, open_explorer
from bot.ui.working import queue_line, working_page
from engine import Engine, GenerationRequest, Progress

PICTURE_NAME = "duelo.png"
_OPTION_LIMIT = 100


@dataclass(frozen=True, kw_only=True)
class DuelPresenter:
    """The screens of one duel.

    Attributes:
        engine: Knows the model's name.
        pictures: Where drawn pictures are kept.
        notes: Sentences about the call.
    """

    engine: Engine
    pictures: PictureCache
    notes: tuple[str, ...]
    is_ephemeral: bool

    def waiting(
        self, position: int, wait_s: float | None, requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show the prompt and the place in the queue."""
        return working_page(requests[0], queue_line(position, wait_s), is_stoppable=True)

    def running(
        self, progress: Mapping[str, Progress], requests: tuple[GenerationRequest, ...]
    ) -> Page:
        """Show how far each strategy is."""
        return working_page(requests[0], running_duel(progress, requests), is_stoppable=True)

    def failed(self, text: str, requests: tuple[GenerationRequest, ...]) -> Page:
        """Show the prompt and what went wrong."""
        return working_page(requests[0], text, is_stoppable=False)

    async def finished(self, replies: tuple[StoredReply, ...]) -> Page:
        """Show the texts side by side."""
        reader_id = replies[0].owner_id
        return await duel_page(replies, self.engine, self.pictures, reader_id, self.notes)


async def start_duel(
    interaction: Interaction,
    base: GenerationRequest,
    notes: tuple[str, ...] = (),
    *,
    is_ephemeral: bool,
) -> None:
    """Run a prompt under the strategies of the lesson, in a new message of the person who asks.

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
    presenter = DuelPresenter(
        engine=client.engine,
        pictures=client.pictures,
        notes=notes,
        is_ephemeral=is_ephemeral,
    )
    requests = duel_requests(base, client.engine)
    await client.jobs.run_together(interaction, requests, kind="comparar", presenter=presenter)


async def repeat_duel(interaction: Interaction, request: GenerationRequest) -> None:
    """Run a stored duel again with a new seed, beside its message.

    Raises:
        UserError: As `start_duel`, or the prompt has a word that is on the list by now.
        EngineError: As `start_duel`.
    """
    base = replace(asked_again(interaction, request, request.prompt), seed=draw_seed())
    await start_duel(interaction, base, is_ephemeral=is_private(interaction))


async def duel_page(
    replies: Sequence[StoredReply],
    engine: Engine,
    pictures: PictureCache,
    reader_id: int,
    notes: Sequence[str] = (),
) -> Page:
    """Build the message of a finished duel.

    Args:
        replies: At least one, in the order of their ids.
        engine: Knows the model's name.
        pictures: Where drawn pictures are kept.
        reader_id: Who asks for the page.
        notes: Sentences about the call.
    """
    results = await asyncio.to_thread(results_of, replies)
    chart = duel_chart_of(results)
    key = ("duel", replies[0].reply_id)
    data = await pictures.get(key, partial(duel_chart, chart), reader_id)
    name = shown_name(engine, replies[0].completion.model)
    screen = duel_screen(results, notes, name)
    return layout_page(
        screen.head,
        *screen.results,
        Picture(data, PICTURE_NAME, duel_alt(chart)),
        screen.below,
        *_rows(results),
    )


async def _finished(client: Client, replies: tuple[StoredReply, ...], _is_private: bool) -> Page:
    return await duel_page(replies, client.engine, client.pictures, replies[0].owner_id)


def _interrupted(job: Job, has_again: bool) -> Page:
    """Lay out a duel that a crash cut off."""
    text = common.INTERRUPTED_AGAIN if has_again else common.INTERRUPTED
    buttons = (AgainDuelButton(job.job_id),) if has_again else ()
    return working_page(job.request, text, is_stoppable=False, buttons=buttons)


DUEL = ReplyKind(finished=_finished, interrupted=_interrupted, has_again=True, reply_ids=duel_ids)


def _rows(results: Sequence[Result]) -> list[tuple[discord.ui.Item[Any], ...]]:
    duel_id = results[0].reply.reply_id
    rows: list[tuple[discord.ui.Item[Any], ...]] = []
    explained = [result for result in results if result.attempt.steps]
    if explained:
        rows.append((ExplainMenu(duel_id, options=_options(explained)),))
    rows.append((ReadMenu(duel_id, options=_options(results)),))
    looped = [result for result in results if result.measures.loop is not None]
    if looped:
        worst = max(looped, key=lambda result: result.measures.repetition)
        rows.append(cure_buttons(worst.reply, 0, name=worst.label))
    rows.append((AgainDuelButton(duel_id), DeleteDuelButton(duel_id)))
    return rows


def _options(results: Sequence[Result]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=texts.OPTION.format(name=result.label, logprob=fixed(result.measures.logprob, 1)),
            value=str(place_of(result.reply.reply_id)),
            description=option_text(result.attempt, _OPTION_LIMIT),
        )
        for result in results
    ]


class ExplainMenu(PersistentSelect, action="explicar-duelo"):
    """Opens the clicker's own explorer of one of the texts."""

    placeholder = texts.EXPLAIN_MENU

    async def respond(self, interaction: Interaction) -> None:
        """Open it for anybody; nothing is generated."""
        await open_explorer(interaction, await _chosen(interaction, self.reply_id, self.value))


class ReadMenu(PersistentSelect, action="leer-duelo"):
    """Shows one of the texts whole, only to whoever chooses it."""

    placeholder = texts.READ_MENU

    async def respond(self, interaction: Interaction) -> None:
        """Show it with what can be done with it alone."""
        reply = await _chosen(interaction, self.reply_id, self.value)
        frame = Frame.of_prompt(reply.request.prompt)
        if not reply.completion.attempts:
            raise UserError(texts.GONE)
        page = continuation_page(reply, frame, 0, interaction.client.engine)
        await interaction.response.send_message(**page.send_arguments(), ephemeral=True)


class AgainDuelButton(PersistentButton, action="otro-duelo"):
    """Runs the duel again with a new seed, in a new message."""

    label = texts.AGAIN

    async def respond(self, interaction: Interaction) -> None:
        """Run it for the duel's owner."""
        replies = await _stored_duel(interaction, self.reply_id)
        require_owner(interaction, replies[0])
        await repeat_duel(interaction, replies[0].request)


DUEL_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    ExplainMenu,
    ReadMenu,
    AgainDuelButton,
    DeleteDuelButton,
)


async def _stored_duel(interaction: Interaction, duel_id: str) -> tuple[StoredReply, ...]:
    replies = await interaction.client.storage.replies.get_all(duel_ids(duel_id))
    if not replies:
        raise UserError(common.REPLY_GONE)
    for reply in replies:
        await require_visible(interaction, reply, interaction.message)
    return replies


async def _chosen(interaction: Interaction, duel_id: str, place: str) -> StoredReply:
    reply_id = item_at(duel_ids(duel_id), number_of(place))
    reply = await interaction.client.storage.replies.get(reply_id)
    if reply is None:
        raise UserError(texts.GONE)
    await require_visible(interaction, reply, interaction.message)
    return reply

"""The message of a finished duel: texts, picture, tables, and menus that open each text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import discord

from bot.duel import duel_ids, place_of
from bot.errors import UserError
from bot.live import Page
from bot.model_names import shown_name
from bot.render.alt import duel_alt
from bot.render.charts.duel import duel_chart
from bot.render.duel import (
    Result,
    duel_chart_of,
    duel_screen,
    option_text,
    results_of,
)
from bot.render.numbers import fixed
from bot.render.reply import Frame
from bot.storage.records import StoredReply
from bot.texts import common
from bot.texts import comparar as texts
from bot.views.base import (
    Interaction,
    PersistentButton,
    PersistentSelect,
    require_owner,
    require_visible,
)
from bot.views.carried import item_at, number_of
from bot.views.continuation import continuation_page
from bot.views.deletion import DeleteDuelButton
from bot.views.explorer import open_explorer
from bot.views.picture import Picture
from bot.views.picture_cache import PictureCache
from bot.views.repetition import cure_buttons
from bot.views.working import working_page
from engine import Engine, GenerationRequest

PICTURE_NAME = "duelo.png"
_OPTION_LIMIT = 100


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
    picture = Picture(data, PICTURE_NAME, duel_alt(chart))
    name = shown_name(engine, replies[0].completion.model)
    screen = duel_screen(results, notes, name)
    container: discord.ui.Container[Any] = discord.ui.Container(
        *(discord.ui.TextDisplay[Any](text) for text in (screen.head, *screen.results)),
        picture.item,
        discord.ui.TextDisplay(screen.below),
        *_rows(results),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return Page(view=layout, files=picture.files)


def interrupted_duel(request: GenerationRequest, text: str) -> Page:
    """Lay out a duel that a crash cut off."""
    again = AgainDuelButton(request.request_id)
    return working_page(request, text, is_stoppable=False, buttons=(again,))


def _rows(results: Sequence[Result]) -> list[discord.ui.ActionRow[Any]]:
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
    return [discord.ui.ActionRow(*row) for row in rows]


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
        from bot.views.duel_presenter import repeat_duel

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

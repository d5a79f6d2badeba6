"""The pages of `/familias`: all three in one picture, and each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord

from bot.client import Client, ExplorerPage, Reading
from bot.features.explorer.items import DeleteCopyButton
from bot.features.families import texts
from bot.features.families.items import OVERVIEW, FamilyButton, FamilyMenu
from bot.features.families.overview_chart import overview_chart
from bot.features.families.reading import FAMILIES, Reader, Trio
from bot.features.families.sentence import sentence_of
from bot.features.families.words import (
    family_sentences,
    grid_alt,
    grid_chart_of,
    models_line,
    overview_alt,
    overview_chart_of,
    overview_sentences,
    overview_title,
    shown_word,
    try_line,
)
from bot.jobs.duel_ids import duel_ids, place_of
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.messages.place import Place
from bot.render.frame import SMALL
from bot.render.markdown import quote
from bot.render.word_grid_chart import grid_chart
from bot.storage.records import StoredReply
from bot.ui.picture_page import Block, Picture, audience, layout_page
from engine.status import Kind

PICTURE_NAME = "familias.png"
WRITERS_BY_PLACE: tuple[Kind, ...] = ("decoder", "encoder_decoder")
"""Whose text a reply is, by the last digit of its id."""
_Rows = list[Sequence[discord.ui.Item[Any]]]


async def families_page(
    client: Client,
    replies: Sequence[StoredReply],
    place: Place,
    reader_id: int,
    notes: Sequence[str] = (),
) -> Page:
    """Build a page, its picture included.

    A copy for the channel has no controls but one that opens the reader's own.

    Args:
        client: Has the engine.
        replies: What the models that write have written of the sentence, at least one.
        place: Which page, and for whom.
        reader_id: Who asks.
        notes: Sentences about the call.

    Raises:
        EngineError: The engine is closing, or the time is over.
    """
    number, hidden = (*place.details, OVERVIEW, 0)[:2] if place.details else (OVERVIEW, 0)
    number = min(number, len(FAMILIES))
    sentence = sentence_of(replies[0].request.prompt, hidden)
    written = {WRITERS_BY_PLACE[place_of(reply.reply_id)]: reply for reply in replies}
    reader = Reader(client=client, sentence=sentence, replies=written, user_id=reader_id)
    trio = await reader.read()
    reply_id = replies[0].reply_id
    shown = tuple(int(family.grid is not None) for family in trio.families)
    key: PictureKey = ("families", reply_id, number, sentence.hidden, *shown)
    title, words, picture, below = await _content(client, trio, number, key, reader_id)
    rows = _rows(reply_id, number, trio)
    if place.is_public:
        own = FamilyButton(reply_id, number, sentence.hidden, label=texts.OPEN)
        rows = [(own, DeleteCopyButton(reply_id, place.publisher))]
    return layout_page(
        title,
        words,
        *picture,
        "\n".join(filter(None, [below, *(SMALL + note for note in notes)])),
        *rows,
        f"{SMALL}{models_line(trio)} · {audience(place)}",
    )


async def _content(
    client: Client, trio: Trio, number: int, key: PictureKey, reader_id: int
) -> tuple[str, str, tuple[Block, ...], str]:
    """Return a page's title, words, picture and small lines."""
    if number == OVERVIEW:
        draw = partial(overview_chart, overview_chart_of(trio))
        data = await client.pictures.get(key, draw, reader_id)
        picture = Picture(data, PICTURE_NAME, overview_alt(trio))
        return overview_title(trio), overview_sentences(trio), (picture,), ""
    kind = FAMILIES[number - 1]
    title = f"{texts.TITLES[kind]}\n{quote(_sentence(trio))}"
    words, small = family_sentences(trio, kind), try_line(kind)
    chart = grid_chart_of(trio, kind)
    if chart is None:
        return title, words, (), small
    data = await client.pictures.get(key, partial(grid_chart, chart), reader_id)
    return title, words, (Picture(data, PICTURE_NAME, grid_alt(trio, chart)),), small


def _sentence(trio: Trio) -> str:
    """Write the sentence with the hidden word in bold."""
    words = trio.sentence.words
    return " ".join(
        f"**{shown_word(word)}**" if i == trio.sentence.hidden else shown_word(word)
        for i, word in enumerate(words)
    )


def _rows(reply_id: str, number: int, trio: Trio) -> _Rows:
    """Lead to the other pages, to the channel, and to other hidden words."""
    hidden = trio.sentence.hidden
    names = [texts.ALL, *(texts.NAMES[kind] for kind in FAMILIES)]
    buttons: list[discord.ui.Item[Any]] = [
        FamilyButton(reply_id, page, hidden, label=name)
        for page, name in enumerate(names)
        if page != number
    ]
    return [buttons, (FamilyMenu.at(reply_id, number, trio.sentence),)]


async def _build(reading: Reading) -> Page:
    """Build the page of a stored sentence.

    Raises:
        UserError: The text was asked for by another command.
        EngineError: As `families_page`.
    """
    reply = reading.reply
    if reply.kind != "familias":
        raise UserError(texts.NOT_OF_FAMILIES)
    ids = duel_ids(reply.reply_id)[: len(WRITERS_BY_PLACE)]
    replies = await reading.client.storage.replies.get_all(ids)
    return await families_page(
        reading.client, replies or (reply,), reading.place, reading.reader_id, reading.notes
    )


PAGE = ExplorerPage(build=_build, label=texts.ALL, is_costly=True, is_for_one=True)

"""The pages of `/tokens`: the picture, the list of one tokenizer, the file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.client import Client, Interaction
from bot.features.tokens import texts
from bot.features.tokens.chart import TokensChart, chips, tokens_chart
from bot.features.tokens.words import (
    cost_line,
    legend,
    list_page,
    pages_of,
    tokens,
    verdict,
    warnings,
)
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.responses import acknowledge_click
from bot.render.alt import ALT_LIMIT, listed
from bot.render.cells import safe_cell
from bot.render.markdown import clip
from bot.render.model_names import model_info, shown_name
from bot.render.tokens import visible
from bot.ui.items import ButtonItem
from bot.ui.picture_page import Picture, layout_page
from engine.explain import Tokenization

PICTURE = 0
"""Place of the picture; the lists are behind it, 1 and 2."""
_LABEL_LIMIT = 60


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a message of `/tokens` shows: a text under one or two tokenizers."""

    found: tuple[Tokenization, ...]


async def picture_page(client: Client, key: str, shown: Shown, reader_id: int) -> Page:
    """Build the page of the picture."""
    names = _names(client, shown)
    data = await client.pictures.get(
        ("tokens", key), partial(tokens_chart, _chart(client, shown)), reader_id
    )
    said = [
        line for one, name in zip(shown.found, names, strict=True) for line in _facts(one, name)
    ]
    alone = (texts.NO_OTHER,) if len(shown.found) == 1 and len(client.engine.models()) > 1 else ()
    return layout_page(
        "\n".join((texts.TITLE, verdict(shown.found, names))),
        Picture(data, texts.CHART_NAME, _alt(client, shown)),
        "\n".join((*said, legend(shown.found), *alone)),
        (*_list_buttons(client, key, shown), FileButton(key)),
    )


def pieces_page(client: Client, key: str, shown: Shown, place: int, page: int) -> Page:
    """Build a page of the list of one tokenizer, the nearest one that there is.

    Args:
        client: Knows the models' names.
        key: Of what is shown.
        shown: The text.
        place: 1 or 2.
        page: 0-based.
    """
    which = min(place, len(shown.found)) - 1
    found, last = shown.found[which], pages_of(shown.found[which]) - 1
    page = min(page, last)
    back, on = max(page - 1, 0), min(page + 1, last)
    title = texts.LIST_TITLE.format(model=_names(client, shown)[which])
    turning = (
        PlaceButton(key, place, back, 1, label=texts.BUTTON_BACK, disabled=page == 0),
        PlaceButton(key, place, on, 2, label=texts.BUTTON_ON, disabled=page == last),
    )
    others = [b for i, b in enumerate(_list_buttons(client, key, shown)) if i != which]
    return layout_page(
        "\n".join((title, list_page(found, page))),
        (
            PlaceButton(key, PICTURE, 0, 0, label=texts.BUTTON_PICTURE),
            *(turning if last else ()),
            *others,
        ),
        (FileButton(key),),
    )


def tokens_csv(shown: Shown) -> bytes:
    """Return every piece as Spanish spreadsheets open it: UTF-8 with a mark, «;» between cells."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(texts.CSV_HEADER)
    for found in shown.found:
        for number, piece in enumerate(found.tokens, start=1):
            cells = (visible(piece.text), visible(piece.piece), piece.token_id)
            rest = (piece.data.hex(" ").upper(), visible(piece.joins))
            special = texts.YES if piece.is_special else ""
            row = (found.model, number, *cells, *rest, special)
            writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode("utf-8-sig", errors="replace")


class PlaceButton(ButtonItem, action="tokens", pattern=r":([0-9a-f]{32}):(\d):(\d{1,5}):(\d)"):
    """Turns to the picture, or to a page of a list."""

    async def respond(self, interaction: Interaction) -> None:
        """Show it in the same message."""
        key, place, page, _ = self.words
        client, shown = interaction.client, _at_hand(interaction, key)
        if int(place) != PICTURE:
            turned = pieces_page(client, key, shown, int(place), int(page))
            await interaction.response.edit_message(**turned.edit_arguments())
            return
        # Drawing may take longer than Discord waits for a first answer.
        await acknowledge_click(interaction)
        turned = await picture_page(client, key, shown, interaction.user.id)
        await interaction.edit_original_response(**turned.edit_arguments())


class FileButton(ButtonItem, action="tokens-csv", pattern=":([0-9a-f]{32})"):
    """Sends all the pieces as a file."""

    label = texts.BUTTON_CSV

    async def respond(self, interaction: Interaction) -> None:
        """Send it to the clicker only."""
        data = tokens_csv(_at_hand(interaction, self.words[0]))
        file = discord.File(io.BytesIO(data), texts.CSV_NAME)
        await interaction.response.send_message(texts.CSV_CONTENT, file=file, ephemeral=True)


TOKENS_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (PlaceButton, FileButton)


def _at_hand(interaction: Interaction, key: str) -> Shown:
    shown = interaction.client.at_hand.get(key)
    if not isinstance(shown, Shown):
        raise UserError(texts.GONE)
    return shown


def _names(client: Client, shown: Shown) -> tuple[str, ...]:
    return tuple(shown_name(client.engine, one.model) for one in shown.found)


def _plain_names(client: Client, shown: Shown) -> tuple[str, ...]:
    """Return the names for buttons and pictures, where nothing is Markdown."""
    infos = (model_info(client.engine, one.model) for one in shown.found)
    return tuple(
        one.model if info is None else info.display_name
        for one, info in zip(shown.found, infos, strict=True)
    )


def _chart(client: Client, shown: Shown) -> TokensChart:
    names = _plain_names(client, shown)
    return TokensChart(
        parts=tuple(
            (texts.CHART_TITLE.format(model=name, tokens=tokens(len(one.written))), chips(one))
            for one, name in zip(shown.found, names, strict=True)
        )
    )


def _facts(found: Tokenization, name: str) -> list[str]:
    return [cost_line(found, name), *warnings(found, name)]


def _alt(client: Client, shown: Shown) -> str:
    """Say the pieces of both, for those who cannot see them."""
    parts = []
    for one, name in zip(shown.found, _plain_names(client, shown), strict=True):
        lead = texts.ALT.format(model=name, tokens=tokens(len(one.written)))
        pieces = [texts.ALT_PIECE.format(text=visible(piece.text)) for piece in one.written]
        parts.append(listed(lead, pieces, [], ALT_LIMIT // len(shown.found)))
    return " ".join(parts)


def _list_buttons(client: Client, key: str, shown: Shown) -> tuple[PlaceButton, ...]:
    names = _plain_names(client, shown)
    return tuple(
        PlaceButton(
            key,
            place,
            0,
            0,
            label=texts.BUTTON_LIST.format(model=clip(name, _LABEL_LIMIT)),
        )
        for place, name in enumerate(names, start=1)
    )

"""The panel of `/ayuda`: a page over the menus of topics and, in the glossary, of its terms.

A term is shown at once; the example that the reader's model computes for it, or its picture, comes
with a second edit, unless it is here already.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord

from bot.asking.layers import effective
from bot.client import Interaction
from bot.features.help import pages, texts
from bot.features.help.glossary_texts import MENUS, TERMS
from bot.features.help.tour import TOUR_ITEMS, tour_buttons
from bot.glossary import texts as glossary_texts
from bot.glossary.asking import Example
from bot.glossary.examples import EXAMPLES
from bot.glossary.formula_chart import formula_alt, formula_chart
from bot.messages.errors import report
from bot.messages.live import Page
from bot.messages.pictures import PictureKey
from bot.render.markdown import clip
from bot.render.model_names import model_info, models_of, shown
from bot.storage.errors import StorageError
from bot.ui.items import SelectItem
from bot.ui.panels import panel
from bot.ui.picture_page import Picture
from engine import EngineError, ModelInfo
from engine.status import WRITERS

PICTURE_NAME = "formula.png"
_DESCRIPTION_LIMIT = 100
_BUSY = frozenset({"queue_full", "deadline", "cancelled", "closed"})


async def open_help(interaction: Interaction, key: str, news: str | None = None) -> None:
    """Answer a command with a page, only for the person who asks."""
    info = await _model_of(interaction, key)
    page = _page(interaction, key, info, news)
    sent = await interaction.response.send_message(**page.send_arguments(), ephemeral=True)
    await _add_missing(interaction, sent.message_id, key, info, news)


async def _turn(interaction: Interaction, key: str) -> None:
    """Show a page in the message whose menu was used."""
    info = await _model_of(interaction, key)
    page = _page(interaction, key, info)
    await interaction.response.edit_message(**page.edit_arguments())
    message = interaction.message
    await _add_missing(interaction, message.id if message else None, key, info)


async def _add_missing(
    interaction: Interaction,
    message_id: int | None,
    key: str,
    info: ModelInfo | None,
    news: str | None = None,
) -> None:
    """Compute and draw what the page does not show yet, for whom has not turned it."""
    client = interaction.client
    if message_id is not None:
        client.turns.note(message_id, interaction.id)
    if info is None:
        return
    failure, example = None, client.examples.known(info, key)
    if example is None:
        if not info.is_loaded:
            return
        try:
            example = await client.examples.compute(info, key, interaction.user.id)
        except EngineError as error:
            report(error)
            failure = glossary_texts.BUSY if error.code in _BUSY else glossary_texts.FAILED
    elif example.chart is None or client.pictures.kept(_picture_key(info, key)) is not None:
        return
    picture = None
    if example is not None and example.chart is not None:
        draw = partial(formula_chart, example.chart)
        key_of_picture = _picture_key(info, key)
        picture = await client.pictures.get(key_of_picture, draw, interaction.user.id)
    if message_id is not None and not client.turns.is_latest(message_id, interaction.id):
        return
    page = _page(interaction, key, info, news, failure=failure, picture=picture)
    await interaction.edit_original_response(**page.edit_arguments())


def _page(
    interaction: Interaction,
    key: str,
    info: ModelInfo | None,
    news: str | None = None,
    *,
    failure: str | None = None,
    picture: bytes | None = None,
) -> Page:
    """Build a page of what is here: a first response has three seconds, and draws nothing."""
    client = interaction.client
    days = client.settings.retention_days
    if info is None:
        return Page(view=help_panel(key, days, news))
    example = client.examples.known(info, key)
    live = example_text(info, example, failure)
    picture = picture or client.pictures.kept(_picture_key(info, key))
    if example is None or example.chart is None or picture is None:
        return Page(view=help_panel(key, days, news, live))
    shown = Picture(picture, PICTURE_NAME, formula_alt(example.chart))
    return Page(view=help_panel(key, days, news, live, shown.media), files=shown.files)


def _picture_key(info: ModelInfo, key: str) -> PictureKey:
    return ("glosario", info.name, info.revision or "", key)


def example_text(info: ModelInfo, example: Example | None, failure: str | None = None) -> str:
    """Return what stands below a definition: the example, or why there is none yet."""
    model = shown(info)
    if example is not None:
        text = glossary_texts.HEAD.format(model=model, text=example.text)
        return f"{text}\n{glossary_texts.INVENTED}"
    if not info.is_loaded:
        return glossary_texts.NOT_LOADED.format(model=model)
    return (failure or glossary_texts.COMPUTING).format(model=model)


def help_panel(
    key: str,
    retention_days: int,
    news: str | None = None,
    live: str | None = None,
    picture: discord.MediaGalleryItem | None = None,
) -> discord.ui.LayoutView:
    """Show a page; an unknown key shows the first.

    Args:
        key: Of a topic or a term.
        retention_days: Named on the page about privacy.
        news: Said above the page.
        live: Said below it.
        picture: Shown below that.
    """
    known = key if key in pages.page_names() else texts.FIRST_TOPIC
    blocks = [block for block in (news, pages.page(known, retention_days), live) if block]
    topics = [
        discord.SelectOption(label=name, description=line, value=topic, default=topic == known)
        for topic, (name, line, _) in texts.TOPICS.items()
    ]
    rows: list[Sequence[discord.ui.Item[Any]]] = [(TopicMenu(options=topics),)]
    if known == texts.FIRST_TOPIC:
        rows.insert(0, tour_buttons())
    if known == texts.GLOSSARY_TOPIC or known in TERMS:
        rows += [(menu,) for menu in _term_menus(known)]
    return panel(*blocks, rows=rows, picture=picture)


def _term_menus(known: str) -> list[discord.ui.Item[Any]]:
    return [
        menu(options=_term_options(terms, known), placeholder=placeholder)
        for menu, (placeholder, terms) in zip((TermMenu, MoreTermsMenu), MENUS.items(), strict=True)
    ]


def _term_options(terms: Sequence[str], known: str) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=TERMS[term][0],
            description=clip(
                TERMS[term][1].partition("\n")[0].replace("*", ""), _DESCRIPTION_LIMIT
            ),
            value=term,
            default=term == known,
        )
        for term in terms
    ]


class TopicMenu(SelectItem, action="ayuda-tema"):
    """The topics."""

    placeholder = texts.TOPICS_PLACEHOLDER

    async def respond(self, interaction: Interaction) -> None:
        """Show the page in the same message."""
        await _turn(interaction, self.value)


class TermMenu(SelectItem, action="ayuda-glosario"):
    """The first words of the glossary."""

    async def respond(self, interaction: Interaction) -> None:
        """Show the definition in the same message."""
        await _turn(interaction, self.value)


class MoreTermsMenu(SelectItem, action="ayuda-glosario-medidas"):
    """The other words of the glossary."""

    async def respond(self, interaction: Interaction) -> None:
        """Show the definition in the same message."""
        await _turn(interaction, self.value)


async def _model_of(interaction: Interaction, key: str) -> ModelInfo | None:
    """Return the model that writes for this person; None where no example is to be shown."""
    if key not in EXAMPLES:
        return None
    try:
        name = (await effective(interaction.client, interaction, {})).model
    except StorageError as error:
        # The definition needs no storage.
        report(error)
        name = None
    engine = interaction.client.engine
    info = model_info(engine, name)
    if info is None or info.host is None:
        return info
    # A definition sends nothing away; a server would not tell the numbers either.
    return next((one for one in models_of(engine, WRITERS) if one.host is None), None)


HELP_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    *TOUR_ITEMS,
    TopicMenu,
    TermMenu,
    MoreTermsMenu,
)

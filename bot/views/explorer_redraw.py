"""The explorer's page «Otra T o corte»: a step drawn again, with the same die."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.errors import UserError
from bot.live import Page
from bot.model_names import shown_name
from bot.redraw import Choice, change_of
from bot.render.alt import redraw_alt
from bot.render.charts.redraw import redraw_chart
from bot.render.explorer import StepView, passage
from bot.render.explorer_footer import footer
from bot.render.explorer_redraw import (
    RedrawView,
    redraw_chart_of,
    redraw_sentences,
    redraw_table,
    redraw_title,
)
from bot.render.markdown import quote
from bot.responses import acknowledge, acknowledge_click
from bot.storage.records import StoredReply
from bot.texts import dado as texts
from bot.texts import explicar
from bot.views.base import Interaction, stored_reply
from bot.views.explorer_items import DeleteCopyButton, OpenButton, Role, StepButton
from bot.views.explorer_layout import Surroundings
from bot.views.explorer_place import Place, step_view
from bot.views.explorer_redraw_items import (
    PublishRedrawButton,
    RestoreButton,
    TemperatureMenu,
    TopKMenu,
    TopPMenu,
    WriteButton,
)
from bot.views.picture import Picture
from bot.views.picture_cache import PictureKey
from bot.word_list import masked_step
from engine.explain import Moment, Redraw, RedrawRequest

PICTURE_NAME = "dado.png"


async def turn_to_redraw(
    interaction: Interaction, reply_id: str, place: Place, choice: Choice
) -> None:
    """Turn the clicked page to a step drawn again, or open the clicker's own of another's page.

    Raises:
        UserError: The reply or its prompt is gone, or too many requests.
        EngineError: The step could not be read again.
    """
    ticket = interaction.client.limits.admit(interaction.user.id)
    try:
        if place.publisher in {0, interaction.user.id}:
            await acknowledge_click(interaction)
        else:
            place = place.private()
            is_alive, _ = await acknowledge(interaction, ephemeral=True)
            if not is_alive:
                return
        page = await _page(interaction, reply_id, place, choice)
        await interaction.edit_original_response(**page.edit_arguments())
    finally:
        ticket.release()


async def publish_redraw(
    interaction: Interaction, reply_id: str, place: Place, choice: Choice
) -> None:
    """Send a public copy of a page.

    Raises:
        UserError: The reply or its prompt is gone, or too many requests.
        EngineError: The step could not be read again.
    """
    ticket = interaction.client.limits.admit(interaction.user.id)
    try:
        await acknowledge_click(interaction)
        page = await _page(interaction, reply_id, place, choice)
        await interaction.client.explorer.send_copy(interaction, reply_id, page)
    finally:
        ticket.release()


async def _page(interaction: Interaction, reply_id: str, place: Place, choice: Choice) -> Page:
    client = interaction.client
    reply = await stored_reply(interaction, reply_id)
    at = step_view(reply, place)
    place = replace(place, attempt=at.attempt, step=at.step)
    view = await _drawn_again(interaction, reply, at, choice)
    chart = redraw_chart_of(view)
    key: PictureKey = ("redraw", reply_id, place.attempt, place.step, *choice.codes)
    data = await client.explorer.pictures.get(key, lambda: redraw_chart(chart), interaction.user.id)
    picture = Picture(data, PICTURE_NAME, redraw_alt(view))
    name = shown_name(client.engine, reply.completion.model)
    around = Surroundings(model_name=name, picture=picture)
    layout = redraw_layout(reply, view, place, choice, around)
    return Page(view=layout, files=picture.files)


def redraw_layout(
    reply: StoredReply, view: RedrawView, place: Place, choice: Choice, around: Surroundings
) -> discord.ui.LayoutView:
    """Build the page."""
    audience = explicar.ONLY_YOU
    if place.is_public:
        published = explicar.PUBLISHED_BY.format(user_id=place.publisher)
        audience = f"{explicar.INVENTED} · {published}"
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(f"{redraw_title(view)}\n{quote(passage(view.at))}"),
        discord.ui.TextDisplay(redraw_sentences(view)),
        around.picture.item,
        discord.ui.TextDisplay(redraw_table(view)),
        *(discord.ui.ActionRow(*row) for row in _rows(reply, view.at, place, choice)),
        discord.ui.TextDisplay(footer(reply.completion, around.model_name, audience)),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return layout


async def _drawn_again(
    interaction: Interaction, reply: StoredReply, at: StepView, choice: Choice
) -> RedrawView:
    """Ask the engine, under the word list of today.

    Raises:
        UserError: The prompt is not kept.
        EngineError: As `Engine.explain`.
    """
    if not reply.is_prompt_kept or not reply.completion.prompt_ids:
        raise UserError(texts.NOT_KEPT)
    client = interaction.client
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
            user_id=interaction.user.id,
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
    if place.is_public:
        where = (place.attempt, place.step, place.candidates)
        ownership = [OpenButton(reply_id, *where), DeleteCopyButton(reply_id, place.publisher)]
        return [*rows, [*buttons, *ownership]]
    return [*rows, [*buttons, PublishRedrawButton.at(reply_id, place, choice)]]

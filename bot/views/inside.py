"""«Por dentro»: what goes on inside the model at a step, in pages that a person turns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from bot.live import Page
from bot.model_names import shown_name
from bot.render.explorer import StepView, passage
from bot.render.explorer_attention import attention_view, stretch_before
from bot.render.explorer_footer import footer
from bot.render.explorer_inside import inside_title
from bot.render.markdown import quote
from bot.responses import acknowledge, acknowledge_click
from bot.storage.records import StoredReply
from bot.texts import dentro as texts
from bot.texts import explicar
from bot.views.base import Interaction, stored_reply
from bot.views.explorer_items import DeleteCopyButton, Role, StepButton
from bot.views.explorer_place import Place, step_view
from bot.views.inside_content import Content, Insides
from bot.views.inside_items import (
    HeadMenu,
    InsideButton,
    LayerMenu,
    PublishInsideButton,
    TokenMenu,
)
from bot.views.inside_place import InsidePage, InsidePlace
from bot.views.picture import Picture
from bot.views.picture_cache import PictureKey
from engine.explain import Attention

if TYPE_CHECKING:
    from bot.app import Unicornio

PICTURE_NAME = "por-dentro.png"

Items = list[discord.ui.Item[Any]]


async def open_inside(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Show the summary of an explorer's step.

    Raises:
        UserError: The reply is gone, the text is too long, or too many requests.
        EngineError: The step could not be read again.
    """
    inside = InsidePlace(attempt=place.attempt, step=place.step, candidates=place.candidates)
    await turn_inside(interaction, reply_id, inside)


async def turn_inside(interaction: Interaction, reply_id: str, place: InsidePlace) -> None:
    """Turn the clicked page to a place; from a page in the channel, open the clicker's own.

    Raises:
        UserError: The reply is gone, the text is too long, or too many requests.
        EngineError: The step could not be read again.
    """
    client = interaction.client
    ticket = client.limits.admit(interaction.user.id)
    try:
        if interaction.message is not None and interaction.message.flags.ephemeral:
            await acknowledge_click(interaction)
        else:
            is_alive, _ = await acknowledge(interaction, ephemeral=True)
            if not is_alive:
                return
        reply = await stored_reply(interaction, reply_id)
        page = await inside_page(client, interaction.user.id, reply, place)
        await interaction.edit_original_response(**page.edit_arguments())
    finally:
        ticket.release()


async def publish_inside(interaction: Interaction, reply_id: str, place: InsidePlace) -> None:
    """Send a public copy of a page, which nobody turns: it opens the reader's own.

    Raises:
        UserError: The reply is gone, or too many requests.
        EngineError: The step could not be read again.
    """
    client = interaction.client
    ticket = client.limits.admit(interaction.user.id)
    try:
        await acknowledge_click(interaction)
        reply = await stored_reply(interaction, reply_id)
        page = await inside_page(client, interaction.user.id, reply, place, is_public=True)
        await client.explorer.send_copy(interaction, reply_id, page)
    finally:
        ticket.release()


async def inside_page(
    client: Unicornio,
    user_id: int,
    reply: StoredReply,
    place: InsidePlace,
    *,
    is_public: bool = False,
) -> Page:
    """Build a page inside the model, its picture included.

    Args:
        client: Its engine is asked.
        user_id: Who asks.
        reply: The text that is explained.
        place: The page; a step beyond the end shows the last there is.
        is_public: Whether it is a copy for the channel.

    Raises:
        UserError: The reply's steps or its prompt were not kept, the text is too long, or the
            model cannot be looked into.
        EngineError: As `Engine.explain`.
    """
    view = step_view(reply, place.of_step)
    place = replace(place, attempt=view.attempt, step=view.step)
    insides = Insides(
        client.engine,
        reply,
        view,
        word_list=client.word_list,
        user_id=user_id,
        deadline_s=client.settings.request_timeout_s,
    )
    content = await insides.read(place)
    key: PictureKey = ("inside", reply.reply_id, *place.args)
    data = await client.explorer.pictures.get(key, content.draw, user_id)
    picture = Picture(data, PICTURE_NAME, content.alt)
    audience, rows = explicar.ONLY_YOU, _rows(reply.reply_id, view, place, content)
    if is_public:
        published = explicar.PUBLISHED_BY.format(user_id=user_id)
        audience = f"{explicar.INVENTED} · {published}"
        rows = [_public_row(reply.reply_id, place, user_id)]
    name = shown_name(client.engine, reply.completion.model)
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(f"{inside_title(view, place.page)}\n{quote(passage(view))}"),
        picture.item,
        discord.ui.TextDisplay(content.sentences),
        *([discord.ui.TextDisplay[Any](content.table)] if content.table else []),
        *(discord.ui.ActionRow(*row) for row in rows if row),
        discord.ui.TextDisplay(footer(view.completion, name, audience)),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return Page(view=layout, files=picture.files)


def _rows(reply_id: str, view: StepView, place: InsidePlace, content: Content) -> list[Items]:
    names = (texts.SUMMARY, texts.LENS, texts.ATTENTION, texts.VECTOR)
    pages: Items = [
        InsideButton.to(reply_id, place.at(page), Role.BACK, name, is_end=page == place.page)
        for page, name in zip(InsidePage, names, strict=True)
    ]
    back = StepButton.to(reply_id, place.of_step, place.step, Role.BACK, texts.BACK_TO_STEP)
    publish = PublishInsideButton(reply_id, *place.args)
    rows = [[*pages, back], [*_steps(reply_id, view, place), publish]]
    if isinstance(content.answer, Attention):
        rows.append(_stretches(reply_id, place, content.answer))
        rows.append([LayerMenu.at(reply_id, place, content.answer)])
        rows.append([HeadMenu.at(reply_id, place, content.answer)])
    elif content.answer is not None:
        rows.append([TokenMenu.at(reply_id, place, content.answer)])
    return rows


def _steps(reply_id: str, view: StepView, place: InsidePlace) -> Items:
    """Lead to the same page of the steps beside this one."""
    last, here = len(view.steps) - 1, place.step
    back = explicar.PREVIOUS.format(step=here) if here else explicar.AT_START
    on = explicar.NEXT.format(step=here + 2) if here < last else explicar.AT_END
    before, after = (
        replace(place, step=step, token=0) for step in (max(here - 1, 0), min(here + 1, last))
    )
    return [
        InsideButton.to(reply_id, before, Role.WINDOW_BACK, back, is_end=here == 0),
        InsideButton.to(reply_id, after, Role.WINDOW_ON, on, is_end=here == last),
    ]


def _stretches(reply_id: str, place: InsidePlace, attention: Attention) -> Items:
    """Lead to the tokens beside those of the picture."""
    count = len(attention.tokens)
    drawn = attention_view(attention, place.layer, place.token).stretch
    buttons: Items = []
    for end, role, label in (
        (drawn.start, Role.BACK, texts.EARLIER_TOKENS),
        (min(drawn.stop + len(drawn), count), Role.ON, texts.LATER_TOKENS),
    ):
        if end not in {0, drawn.stop}:
            stretch = stretch_before(end)
            named = label.format(first=stretch.start + 1, last=stretch.stop)
            buttons.append(InsideButton.to(reply_id, replace(place, token=end), role, named))
    return buttons


def _public_row(reply_id: str, place: InsidePlace, publisher: int) -> Items:
    own = InsideButton.to(reply_id, place, Role.BACK, texts.OPEN)
    return [own, DeleteCopyButton(reply_id, publisher)]

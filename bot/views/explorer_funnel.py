"""The explorer's page «Embudo»: what each stage left of the vocabulary at one step."""

from __future__ import annotations

from typing import Any

import discord

from bot.live import Page
from bot.render.alt import funnel_alt
from bot.render.charts.funnel import funnel_chart
from bot.render.explorer import StepView, passage
from bot.render.explorer_footer import footer
from bot.render.explorer_funnel import (
    funnel_chart_of,
    funnel_sentences,
    funnel_table,
    funnel_title,
)
from bot.render.markdown import quote
from bot.texts import embudo as texts
from bot.texts import explicar
from bot.views.base import Interaction, PersistentButton
from bot.views.explorer_items import DeleteCopyButton, OpenButton, Role, StepButton
from bot.views.explorer_place import Place
from bot.views.picture import Picture
from bot.views.picture_cache import PictureCache

PICTURE_NAME = "embudo.png"


class FunnelButton(
    PersistentButton, action="embudo", args=("attempt", "step", "candidates", "publisher", "role")
):
    """Turns to the funnel of a step."""

    @classmethod
    def to(
        cls,
        reply_id: str,
        place: Place,
        step: int,
        role: Role,
        label: str = texts.FUNNEL,
        *,
        is_end: bool = False,
    ) -> FunnelButton:
        """Build the button that turns a page to a step's funnel."""
        args = (place.attempt, step, place.candidates, place.publisher, role)
        return cls(reply_id, *args, label=label, disabled=is_end)

    async def respond(self, interaction: Interaction) -> None:
        """Show that funnel."""
        attempt, step, candidates, publisher, _ = self.args
        place = Place(
            attempt=attempt,
            step=step,
            candidates=candidates,
            publisher=publisher,
            is_funnel=True,
        )
        await interaction.client.explorer.turn_to(interaction, self.reply_id, place)


class PublishFunnelButton(
    PersistentButton, action="publicar-embudo", args=("attempt", "step", "candidates")
):
    """Puts a copy of the funnel in the channel."""

    label = texts.PUBLISH

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        attempt, step, candidates = self.args
        place = Place(
            attempt=attempt,
            step=step,
            candidates=candidates,
            publisher=interaction.user.id,
            is_funnel=True,
        )
        await interaction.client.explorer.publish(interaction, self.reply_id, place)


FUNNEL_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (FunnelButton, PublishFunnelButton)


async def funnel_page(
    reply_id: str,
    view: StepView,
    place: Place,
    model_name: str,
    pictures: PictureCache,
    *,
    reader_id: int,
) -> Page:
    """Build the funnel of a step, its picture included.

    Args:
        reply_id: The reply that is explained.
        view: Its step.
        place: Where the page stands, and for whom.
        model_name: As people know it, ready for Markdown.
        pictures: Where drawn pictures are kept.
        reader_id: Who asks for the page.
    """
    chart = funnel_chart_of(view)
    key = ("funnel", reply_id, place.attempt, place.step)
    data = await pictures.get(key, lambda: funnel_chart(chart), reader_id)
    picture = Picture(data, PICTURE_NAME, funnel_alt(chart))
    audience = explicar.ONLY_YOU
    if place.is_public:
        published = explicar.PUBLISHED_BY.format(user_id=place.publisher)
        audience = f"{explicar.INVENTED} · {published}"
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(f"{funnel_title(view)}\n{quote(passage(view))}"),
        picture.item,
        discord.ui.TextDisplay(f"{funnel_sentences(view)}\n{texts.NOTE}"),
        discord.ui.TextDisplay(funnel_table(view)),
        discord.ui.ActionRow(*_buttons(reply_id, view, place)),
        discord.ui.TextDisplay(footer(view.completion, model_name, audience)),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return Page(view=layout, files=picture.files)


def _buttons(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    last, here = len(view.steps) - 1, place.step
    back = explicar.PREVIOUS.format(step=here) if here else explicar.AT_START
    on = explicar.NEXT.format(step=here + 2) if here < last else explicar.AT_END
    turning: list[discord.ui.Item[Any]] = [
        FunnelButton.to(reply_id, place, max(here - 1, 0), Role.BACK, back, is_end=here == 0),
        FunnelButton.to(reply_id, place, min(here + 1, last), Role.ON, on, is_end=here == last),
        StepButton.to(reply_id, place, here, Role.BACK, texts.BACK_TO_STEP),
    ]
    where = (place.attempt, here, place.candidates)
    if place.is_public:
        return [
            *turning,
            OpenButton(reply_id, *where),
            DeleteCopyButton(reply_id, place.publisher),
        ]
    return [*turning, PublishFunnelButton(reply_id, *where)]

"""The explorer of stored replies: opens, turns and publishes its pages.

Pages are stateless: a click carries its `Place` and the rest is read again, so an explorer works
after a restart. A page in the channel is turned only by whoever published it; a click of anybody
else opens their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.live import Page
from bot.model_names import shown_name
from bot.render.alt import step_alt
from bot.render.charts.step import step_chart
from bot.render.explorer_pictures import step_chart_of
from bot.responses import acknowledge, acknowledge_click
from bot.storage.records import StoredReply
from bot.views.base import Interaction, stored_reply
from bot.views.explorer_branches import branches_page
from bot.views.explorer_files import file_page
from bot.views.explorer_funnel import funnel_page
from bot.views.explorer_items import FileKind
from bot.views.explorer_layout import PICTURE_NAME, Surroundings, explorer_layout
from bot.views.explorer_place import Place, step_view
from bot.views.explorer_tree import tree_page
from bot.views.picture import Picture
from bot.views.picture_cache import PictureCache
from bot.views.recipe import recipe_page
from engine import Engine


class Explorer:
    """The explorer of one bot instance.

    Args:
        engine: Knows the models' names; it generates nothing here.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pictures = PictureCache()

    @property
    def pictures(self) -> PictureCache:
        """The pictures of all that is shown, which `forget` drops."""
        return self._pictures

    async def page(
        self,
        reply: StoredReply,
        place: Place,
        reader_id: int,
        notes: tuple[str, ...] = (),
        lead: tuple[discord.ui.Item[Any], ...] = (),
    ) -> Page:
        """Build the page of one step, its picture included.

        Args:
            reply: The text that is explained.
            place: Which step, and for whom.
            reader_id: Who asks for the page.
            notes: Sentences about the settings of the call that opened it.
            lead: Components that stand before everything else.

        Raises:
            UserError: The reply's steps were not recorded, or it has no such page.
        """
        view = step_view(reply, place)
        model_name = shown_name(self._engine, reply.completion.model)
        if place.is_tree:
            return await tree_page(
                reply.reply_id, view, place, model_name, self._pictures, reader_id=reader_id
            )
        place = replace(place, attempt=view.attempt, step=view.step)
        if place.is_funnel:
            return await funnel_page(
                reply.reply_id, view, place, model_name, self._pictures, reader_id=reader_id
            )
        chart = step_chart_of(view)
        key = ("step", reply.reply_id, place.attempt, place.step, place.candidates)
        data = await self._pictures.get(key, lambda: step_chart(chart), reader_id)
        picture = Picture(data, PICTURE_NAME, step_alt(chart))
        around = Surroundings(model_name=model_name, picture=picture, notes=notes, lead=lead)
        return Page(view=explorer_layout(reply, view, place, around), files=picture.files)

    async def turn_to(self, interaction: Interaction, reply_id: str, place: Place) -> None:
        """Turn the clicked page to a place, or open the clicker's own where it is not theirs.

        Raises:
            UserError: The reply is gone.
        """
        if place.publisher not in {0, interaction.user.id}:
            await self.open_at(interaction, reply_id, place)
            return
        await acknowledge_click(interaction)
        await self._show(interaction, await stored_reply(interaction, reply_id), place)

    async def open_at(self, interaction: Interaction, reply_id: str, place: Place) -> None:
        """Open the clicker's own explorer at a place.

        Raises:
            UserError: The reply is gone.
        """
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if is_alive:
            reply = await stored_reply(interaction, reply_id)
            await self._show(interaction, reply, place.private())

    async def open(self, interaction: Interaction, reply: StoredReply, attempt: int) -> None:
        """Open the clicker's own explorer of an attempt, at its most surprising step.

        Raises:
            UserError: The reply's steps were not recorded.
        """
        place = Place(attempt=attempt)
        step_view(reply, place)
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if is_alive:
            await self._show(interaction, reply, place)

    async def publish(self, interaction: Interaction, reply_id: str, place: Place) -> None:
        """Send a public copy of a page.

        Raises:
            UserError: The reply is gone.
        """
        await acknowledge_click(interaction)
        reply = await stored_reply(interaction, reply_id)
        await self.send_copy(interaction, reply_id, await self._page_for(interaction, reply, place))

    async def send_copy(self, interaction: Interaction, reply_id: str, page: Page) -> None:
        """Send a page to the channel of an acknowledged click: its text is public from then on."""
        await _follow_up(interaction, page, ephemeral=False)
        await interaction.client.storage.replies.set_public(reply_id)

    async def open_branches(
        self, interaction: Interaction, reply: StoredReply, attempt: int
    ) -> None:
        """Send the clicker the branches of an attempt, after the first answer to the interaction.

        Raises:
            UserError: The reply's steps were not recorded.
        """
        place = Place(attempt=attempt, is_branches=True)
        page = await self._page_for(interaction, reply, place)
        await _follow_up(interaction, page, ephemeral=True)

    async def send_file(
        self, interaction: Interaction, reply_id: str, place: Place, kind: FileKind
    ) -> None:
        """Send a table or the data of an attempt to the clicker only.

        Raises:
            UserError: The reply is gone, or the file is too large for this channel.
        """
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if is_alive:
            reply, limit = await stored_reply(interaction, reply_id), interaction.filesize_limit
            if kind is FileKind.RECIPE:
                page = await recipe_page(reply, limit, has_trace=True)
            else:
                page = await file_page(
                    step_view(reply, place), kind, self._pictures, limit, interaction.user.id
                )
            await interaction.edit_original_response(**page.edit_arguments())

    def forget(self, reply_id: str | None = None) -> None:
        """Drop what is drawn of a deleted reply; of all without an id."""
        self._pictures.forget(reply_id)

    def close(self) -> None:
        """Draw nothing more."""
        self._pictures.close()

    async def _show(self, interaction: Interaction, reply: StoredReply, place: Place) -> None:
        page = await self._page_for(interaction, reply, place)
        await interaction.edit_original_response(**page.edit_arguments())

    async def _page_for(self, interaction: Interaction, reply: StoredReply, place: Place) -> Page:
        """Build a page; that of the branches depends on who reads it."""
        if place.is_branches:
            return await branches_page(interaction, reply, place)
        return await self.page(reply, place, interaction.user.id)


async def _follow_up(interaction: Interaction, page: Page, *, ephemeral: bool) -> None:
    if isinstance(page.view, discord.ui.LayoutView):
        await interaction.followup.send(
            view=page.view,
            files=list(page.files),
            ephemeral=ephemeral,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def open_explorer(interaction: Interaction, reply: StoredReply, attempt: int = 0) -> None:
    """Open the clicker's own explorer of a stored reply, at its most surprising step.

    Args:
        interaction: Not answered yet.
        reply: Any reply with recorded steps; nothing is generated.
        attempt: 0-based attempt.

    Raises:
        UserError: Its steps were not recorded.
    """
    await interaction.client.explorer.open(interaction, reply, attempt)

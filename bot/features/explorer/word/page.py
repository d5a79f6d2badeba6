"""«¿Por qué no X?»: asks the engine about a word, and answers on a page or above the explorer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import Client, Interaction
from bot.features.explorer.presenter import ExplorerPresenter
from bot.features.explorer.word import texts
from bot.features.explorer.word.asking import WORD_LIMIT, typed_word, why_not
from bot.features.explorer.word.items import word_buttons
from bot.features.explorer.word.words import fitting_step, word_answer, word_title
from bot.messages.errors import UserError, reply_error, report
from bot.messages.live import Page
from bot.messages.place import Place, step_view
from bot.messages.responses import acknowledge
from bot.render.footer import footer
from bot.render.markdown import quote
from bot.render.model_names import shown_name
from bot.render.step import StepView, passage
from bot.storage.records import StoredReply
from bot.texts import pages as page_texts
from bot.ui.items import PersistentButton
from bot.ui.picture_page import layout_page
from bot.ui.replies import require_kept, stored_reply
from engine import EngineError
from engine.explain import WhyNot

_FORM_TIMEOUT_S = 840.0

Items = tuple[discord.ui.Item[Any], ...]


async def open_word_form(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Ask for a word about a step.

    Raises:
        UserError: The reply is gone, or its step cannot be read again.
    """
    reply = await stored_reply(interaction, reply_id)
    require_kept(reply, texts.NOT_KEPT, with_ids=True)
    await interaction.response.send_modal(WordForm(step_view(reply, place), reply_id, place))


class WordButton(PersistentButton, action="mi-palabra", args=("attempt", "step")):
    """Asks for a word, to say why it is not the one of this step."""

    label = texts.BUTTON

    async def respond(self, interaction: Interaction) -> None:
        """Open the form for anybody."""
        await open_word_form(interaction, self.reply_id, Place.of(self.numbers))


class WordForm(discord.ui.Modal):
    """Asks for one word.

    Args:
        view: The step that it is about.
        reply_id: Of the text.
        place: The step's.
    """

    def __init__(self, view: StepView, reply_id: str, place: Place) -> None:
        super().__init__(title=texts.FORM_TITLE, timeout=_FORM_TIMEOUT_S)
        self._reply_id, self._place = reply_id, place
        self.word: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="palabra", placeholder=texts.FORM_EXAMPLE, max_length=WORD_LIMIT
        )
        label = texts.FORM_LABEL.format(step=view.step + 1, steps=len(view.steps))
        self.add_item(
            discord.ui.Label(text=label, description=texts.FORM_HINT, component=self.word)
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Answer for the step, only to the person who asks."""
        interaction.client.require_allowed(interaction)
        await answer_word(interaction, self._reply_id, self._place, typed_word(self.word.value))

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Say what went wrong."""
        await reply_error(interaction, error)


async def answer_word(interaction: Interaction, reply_id: str, place: Place, word: str) -> None:
    """Say why a word did not come out at a step, only to the person who asks.

    Asked on a published page, the answer's branch is published too.

    Raises:
        UserError: The reply is gone, the word is too long, or too many requests.
        EngineError: The step could not be read again.
    """
    client = interaction.client
    with client.limits.admit(interaction.user.id):
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
        reply = await stored_reply(interaction, reply_id)
        view = step_view(reply, place)
        answer = await why_not(client, interaction.user.id, reply, view, word)
        page = _word_page(client, reply, view, answer, is_public=place.is_public)
        await interaction.edit_original_response(**page.edit_arguments())


class WordPresenter(ExplorerPresenter):
    """The screens of a call of /explicar that asks about a word.

    Args:
        client: Its engine is asked.
        word: Without spaces around it.
        start: How the explorer is shown; its step is where the word fits best.
        notes: Sentences about the settings of the call.
        is_ephemeral: Whether only the person who asked sees it.
    """

    def __init__(
        self,
        client: Client,
        word: str,
        *,
        start: Place,
        notes: tuple[str, ...],
        is_ephemeral: bool,
    ) -> None:
        super().__init__(client, start=start, notes=notes, is_ephemeral=is_ephemeral)
        self._word = word

    async def finished(self, reply: StoredReply) -> Page:
        """Open the explorer at the word's step, the answer first."""
        place = self._opening(reply)
        first = step_view(reply, replace(place, step=0))
        place = replace(place, step=fitting_step(first, self._word))
        view = step_view(reply, place)
        try:
            answer = await why_not(self._client, reply.owner_id, reply, view, self._word)
        except (UserError, EngineError) as error:
            # The text is written: it is shown although there is no answer.
            return await self._page(reply, place, (*self._notes, report(error)))
        lead = (*_answer_items(reply, view, answer), discord.ui.Separator[Any]())
        return await self._page(reply, place, self._notes, lead)


def _answer_items(
    reply: StoredReply,
    view: StepView,
    answer: WhyNot | None,
    where: str = "",
    *,
    is_public: bool = False,
) -> Items:
    """Build the heading, the passage if any, the answer and its buttons."""
    heading = discord.ui.TextDisplay[Any](word_title(view, answer) + where)
    if answer is None:
        return heading, discord.ui.TextDisplay[Any](texts.BANNED)
    body = discord.ui.TextDisplay[Any](word_answer(view, answer))
    buttons = word_buttons(reply.reply_id, view, answer, is_public=is_public)
    return (heading, body, discord.ui.ActionRow[Any](*buttons)) if buttons else (heading, body)


def _word_page(
    client: Client,
    reply: StoredReply,
    view: StepView,
    answer: WhyNot | None,
    *,
    is_public: bool,
) -> Page:
    where = f"\n{quote(passage(view))}"
    name = shown_name(client.engine, reply.completion.model)
    return layout_page(
        *_answer_items(reply, view, answer, where, is_public=is_public),
        footer(reply.completion, name, page_texts.ONLY_YOU),
    )

"""«¿Y mi palabra?»: the button, its form, and the way to the page that answers."""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction, Reading
from bot.features.explorer.word import texts
from bot.features.explorer.word.asking import WORD_LIMIT, typed_words
from bot.messages.errors import reply_error
from bot.messages.place import PageName, Place, view_of
from bot.messages.responses import acknowledge, acknowledge_click
from bot.render.listed import ListedView
from bot.render.step import StepView
from bot.ui.items import PersistentButton
from bot.ui.replies import require_kept, stored_reply
from bot.ui.turning import is_private

_FORM_TIMEOUT_S = 840.0


async def open_word_form(interaction: Interaction, reply_id: str, place: Place) -> None:
    """Ask for a word about a step.

    Raises:
        UserError: The reply is gone, or its step cannot be read again.
    """
    reply = await stored_reply(interaction, reply_id)
    require_kept(reply, texts.NOT_KEPT, with_ids=reply.completion.remote is None)
    await interaction.response.send_modal(WordForm(view_of(reply, place), reply_id, place))


class WordButton(PersistentButton, action="mi-palabra", args=("attempt", "step")):
    """Asks for a word, to say why it is not the one of this step."""

    label = texts.BUTTON

    async def respond(self, interaction: Interaction) -> None:
        """Open the form for anybody."""
        await open_word_form(interaction, self.reply_id, Place.of(self.numbers))


class PublicWordButton(
    WordButton, action="otra-palabra-canal", args=("attempt", "step", "publisher")
):
    """Asks on a published page; the branch that its answer offers is for all to see."""


class WordForm(discord.ui.Modal):
    """Asks for one word, or several.

    Args:
        view: The step that it is about.
        reply_id: Of the text.
        place: The step's.
    """

    def __init__(self, view: StepView | ListedView, reply_id: str, place: Place) -> None:
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
        await show_words(interaction, self._reply_id, self._place, typed_words(self.word.value))

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Say what went wrong."""
        await reply_error(interaction, error)


async def show_words(
    interaction: Interaction,
    reply_id: str,
    place: Place,
    words: tuple[str, ...],
    *,
    in_numbers: bool = False,
) -> None:
    """Turn the clicked page into the answer about words; in the channel, open one's own.

    A page that was published says so to the answer: a branch by the word is published too.

    Args:
        interaction: A click, or a form.
        reply_id: Of the text.
        place: The step's.
        words: At least one.
        in_numbers: Whether the numbers are shown instead of the picture.

    Raises:
        UserError: The reply is gone, a word is too long, or too many requests.
        EngineError: The step could not be read again.
    """
    client = interaction.client
    with await client.limits.admit(interaction.user.id):
        if is_private(interaction):
            await acknowledge_click(interaction)
        elif not (await acknowledge(interaction, ephemeral=True))[0]:
            return
        reading = Reading(
            client=client,
            reader_id=interaction.user.id,
            reply=await stored_reply(interaction, reply_id),
            place=Place(
                attempt=place.attempt,
                step=place.step,
                candidates=place.candidates,
                page=PageName.WORD,
                details=(int(in_numbers), place.publisher),
            ),
            words=words,
        )
        page = await client.pages[PageName.WORD].build(reading)
        await interaction.edit_original_response(**page.edit_arguments())

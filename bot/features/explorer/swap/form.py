"""The form that asks for the word that is put in a token's place."""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction
from bot.features.explorer import branching_texts
from bot.features.explorer.step.labels import spoken
from bot.features.explorer.swap import texts
from bot.features.explorer.swap.write import write_swapped
from bot.features.explorer.word.asking import WORD_LIMIT, typed_word, why_not
from bot.messages.errors import UserError, reply_error
from bot.messages.place import PageName, Place, step_view
from bot.messages.responses import acknowledge, acknowledge_click
from bot.render.markdown import clip
from bot.render.step import StepView
from bot.ui.replies import require_kept, stored_reply
from bot.ui.turning import is_private

_FORM_TIMEOUT_S = 840.0
_TOKEN_LIMIT = 30
"""Discord takes 45 characters of a label."""


async def open_change_form(
    interaction: Interaction, reply_id: str, place: Place, page: PageName = PageName.STEP
) -> None:
    """Ask for a word to put in a step's place.

    Raises:
        UserError: The reply is gone, or it cannot be gone on with.
    """
    reply = await stored_reply(interaction, reply_id)
    require_kept(reply, branching_texts.NOT_KEPT, with_ids=True)
    form = ChangeForm(step_view(reply, place), reply_id, place, page)
    await interaction.response.send_modal(form)


class ChangeForm(discord.ui.Modal):
    """Asks for one word.

    Args:
        view: The step that it is put at.
        reply_id: Of the text.
        place: The step's.
        page: Where the changed text is opened.
    """

    def __init__(self, view: StepView, reply_id: str, place: Place, page: PageName) -> None:
        super().__init__(title=texts.FORM_TITLE, timeout=_FORM_TIMEOUT_S)
        self._reply_id, self._place, self._page = reply_id, place, page
        self.word: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="palabra", placeholder=texts.FORM_EXAMPLE, max_length=WORD_LIMIT
        )
        token = clip(spoken(view.current.chosen_candidate.text, ""), _TOKEN_LIMIT)
        label = texts.FORM_LABEL.format(token=token)
        self.add_item(
            discord.ui.Label(text=label, description=texts.FORM_HINT, component=self.word)
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Put the word there, spelled as it fits the text before it."""
        client = interaction.client
        client.require_allowed(interaction)
        word = typed_word(self.word.value)
        reply = await stored_reply(interaction, self._reply_id)
        view = step_view(reply, self._place)
        with await client.limits.admit(interaction.user.id) as ticket:
            if is_private(interaction):
                await acknowledge_click(interaction)
            elif not (await acknowledge(interaction, ephemeral=True))[0]:
                return
            answer = await why_not(client, interaction.user.id, reply, view, word)
            # It is one request of the person, not two.
            ticket.refund()
        if answer is None:
            raise UserError(texts.BANNED)
        tokens = answer.spellings[0].tokens
        ids = tuple(fate.token.token_id for fate in tokens)
        await write_swapped(interaction, reply, view, ids, self._page)

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Say what went wrong."""
        await reply_error(interaction, error)

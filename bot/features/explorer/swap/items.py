"""The controls of «Cambiarla»: the way to its page, and the words that can be put there."""

from __future__ import annotations

from typing import Any

import discord

from bot.client import Interaction, Reading
from bot.features.explorer.branches.words import alternatives
from bot.features.explorer.branching import step_of_kept
from bot.features.explorer.items import TurnButton
from bot.features.explorer.step.labels import Labels
from bot.features.explorer.swap import texts
from bot.features.explorer.swap.back import OriginalButton, original_button
from bot.features.explorer.swap.form import open_change_form
from bot.features.explorer.swap.write import write_swapped
from bot.messages.errors import UserError
from bot.messages.place import PageName, Place, Role
from bot.render.numbers import integer, percent
from bot.ui.carried import number_of
from bot.ui.items import PersistentButton, PersistentSelect
from engine import Candidate

SHOWN_RIVALS = 5
_TOKEN_LIMIT = 2**31


class SwapButton(
    TurnButton, action="cambiar", args=("attempt", "step", "candidates", "publisher", "role")
):
    """Turns to the page where another word is chosen; in the channel it opens one's own."""

    page = PageName.SWAP
    label = texts.CHANGE


async def swap_buttons(reading: Reading) -> tuple[discord.ui.Item[Any], ...]:
    """Return «Cambiarla» for a step, and the way back of a text that was changed.

    A text whose prompt is another person's message cannot be gone on with.
    """
    if not reading.reply.is_prompt_kept:
        return ()
    view, place = reading.view, reading.place
    where = Place(
        attempt=view.attempt,
        step=view.step,
        candidates=place.candidates,
        publisher=place.publisher,
    )
    change = SwapButton.to(reading.reply.reply_id, where, view.step, Role.ON, texts.CHANGE)
    back = await original_button(reading)
    return (change,) if back is None else (change, back)


class RivalButton(PersistentButton, action="cambiar-por", args=("attempt", "step", "token0")):
    """Puts a candidate of the step in its token's place."""

    @classmethod
    def of(cls, reply_id: str, labels: Labels, candidate: Candidate) -> RivalButton:
        """Build the button of a candidate."""
        args = (labels.view.attempt, labels.view.step, candidate.token_id)
        return cls(reply_id, *args, label=labels.of(candidate))

    async def respond(self, interaction: Interaction) -> None:
        """Write on from it in the same message."""
        await _put_candidate(interaction, self.reply_id, *self.args)


class RivalMenu(PersistentSelect, action="cambiar-lista", args=("attempt", "step")):
    """Lists the candidates that have no button."""

    @classmethod
    def of(cls, reply_id: str, labels: Labels, rivals: tuple[Candidate, ...]) -> RivalMenu:
        """Build the menu of some candidates, 1 to 25."""
        options = [
            discord.SelectOption(
                label=labels.of(candidate),
                value=str(candidate.token_id),
                description=_shares(candidate),
            )
            for candidate in rivals
        ]
        placeholder = texts.MORE.format(count=integer(len(options)))
        args = (labels.view.attempt, labels.view.step)
        return cls(reply_id, *args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Write on from the chosen one in the same message."""
        token_id = number_of(self.value, _TOKEN_LIMIT)
        attempt, step = self.args
        await _put_candidate(interaction, self.reply_id, attempt, step, token_id)


class ChangeWordButton(PersistentButton, action="cambiar-escribir", args=("attempt", "step")):
    """Asks for a word to put there."""

    label = texts.OTHER_WORD

    async def respond(self, interaction: Interaction) -> None:
        """Open the form."""
        await open_change_form(interaction, self.reply_id, Place.of(self.numbers))


SWAP_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    SwapButton,
    OriginalButton,
    RivalButton,
    RivalMenu,
    ChangeWordButton,
)


async def _put_candidate(
    interaction: Interaction, reply_id: str, attempt: int, step: int, token_id: int
) -> None:
    """Write on from a candidate that is offered at a step.

    Raises:
        UserError: It is not offered there.
    """
    reply, view = await step_of_kept(interaction, reply_id, attempt, step)
    if all(candidate.token_id != token_id for candidate in alternatives(view.current)):
        raise UserError(texts.NOT_OFFERED)
    await write_swapped(interaction, reply, view, (token_id,))


def _shares(candidate: Candidate) -> str:
    template = texts.OPTION if candidate.removed_by is None else texts.OPTION_REMOVED
    return template.format(raw=percent(candidate.raw_prob), final=percent(candidate.final_prob))

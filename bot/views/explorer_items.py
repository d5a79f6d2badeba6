"""The explorer's buttons and menus; each carries its place in the custom_id."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum, StrEnum
from typing import Any

import discord

from bot.errors import UserError
from bot.redraw import Choice
from bot.render.explorer import StepView, step_label
from bot.render.numbers import decimal
from bot.storage.records import StoredReply
from bot.texts import dado, dentro, palabra, rama
from bot.texts import explicar as texts
from bot.views.base import Interaction, PersistentButton, PersistentSelect
from bot.views.carried import number_of, one_of
from bot.views.explorer_place import DEFAULT_CANDIDATES, Place, window_of

CANDIDATE_CHOICES = (5, 10, 25)
_REDRAW = "otra"
_INSIDE = "dentro"
BRANCHES = "rama"
"""Value of «Rama» in «Más…»."""
_PLACE_ARGS = ("attempt", "step", "candidates", "publisher")


class FileKind(StrEnum):
    """What the explorer can send."""

    NOTEBOOK = "tabla"
    CSV = "csv"
    RECIPE = "receta"
    JSON = "json"
    TREE = "arbol"


class Role(IntEnum):
    """Why a step button is there: two may lead to the same step, and custom_ids must differ."""

    BACK = 0
    ON = 1
    WINDOW_BACK = 2
    WINDOW_ON = 3


class StepButton(PersistentButton, action="ver-paso", args=(*_PLACE_ARGS, "role")):
    """Turns to another step."""

    @classmethod
    def to(
        cls, reply_id: str, place: Place, step: int, role: Role, label: str, *, is_end: bool = False
    ) -> StepButton:
        """Build the button that turns a page to a step."""
        args = (place.attempt, step, place.candidates, place.publisher, role)
        return cls(reply_id, *args, label=label, disabled=is_end)

    async def respond(self, interaction: Interaction) -> None:
        """Show that step."""
        attempt, step, candidates, publisher, _ = self.args
        place = Place(attempt=attempt, step=step, candidates=candidates, publisher=publisher)
        await interaction.client.explorer.turn_to(interaction, self.reply_id, place)


class StepMenu(PersistentSelect, action="ir-a-paso", args=("attempt", "candidates", "publisher")):
    """Lists the steps around this one."""

    @classmethod
    def at(cls, reply_id: str, view: StepView, place: Place) -> StepMenu:
        """Build the menu of a page."""
        options = [
            discord.SelectOption(label=step_label(view.steps[i], i), value=str(i))
            for i in window_of(place.step, len(view.steps))
        ]
        current = texts.GO_TO_STEP.format(current=step_label(view.current, view.step))
        args = (place.attempt, place.candidates, place.publisher)
        return cls(reply_id, *args, options=options, placeholder=current)

    async def respond(self, interaction: Interaction) -> None:
        """Show the chosen step."""
        attempt, candidates, publisher = self.args
        place = Place(
            attempt=attempt,
            step=number_of(self.value),
            candidates=candidates,
            publisher=publisher,
        )
        await interaction.client.explorer.turn_to(interaction, self.reply_id, place)


class AttemptMenu(PersistentSelect, action="ver-intento", args=("candidates", "publisher")):
    """Lists the attempts of a reply that has several."""

    @classmethod
    def at(cls, reply_id: str, view: StepView, place: Place) -> AttemptMenu:
        """Build the menu of a page."""
        attempts = view.completion.attempts
        options = [
            discord.SelectOption(
                label=texts.ATTEMPT.format(
                    attempt=i + 1,
                    attempts=len(attempts),
                    logprob=decimal(attempt.logprob, digits=1),
                ),
                value=str(i),
            )
            for i, attempt in enumerate(attempts)
        ]
        current = texts.GO_TO_ATTEMPT.format(attempt=place.attempt + 1, attempts=len(attempts))
        args = (place.candidates, place.publisher)
        return cls(reply_id, *args, options=options, placeholder=current)

    async def respond(self, interaction: Interaction) -> None:
        """Show the chosen attempt at its most surprising step."""
        candidates, publisher = self.args
        place = Place(attempt=number_of(self.value), candidates=candidates, publisher=publisher)
        await interaction.client.explorer.turn_to(interaction, self.reply_id, place)


class MoreMenu(PersistentSelect, action="ver-mas", args=_PLACE_ARGS):
    """The text's branches, tables and files of the attempt, and how many candidates are listed."""

    placeholder = texts.MORE_MENU

    @classmethod
    def at(cls, reply: StoredReply, place: Place) -> MoreMenu:
        """Build the menu of a page; what reads the prompt again is left out where it is gone."""
        listed: tuple[tuple[str, str, str], ...] = texts.MORE_FILES
        if reply.is_prompt_kept:
            branches = (BRANCHES, rama.BRANCH, rama.HINT)
            redraw = (_REDRAW, dado.OPEN, dado.OPEN_HINT)
            listed = (branches, *listed, redraw, (_INSIDE, dentro.MENU, dentro.MENU_HINT))
        options = [
            discord.SelectOption(label=label, value=value, description=hint)
            for value, label, hint in listed
        ]
        recorded = max(reply.request.trace_top_n, DEFAULT_CANDIDATES)
        options += [
            discord.SelectOption(
                label=texts.MORE_CANDIDATES.format(count=count),
                value=str(count),
                description=texts.MORE_CANDIDATES_HINT,
            )
            for count in CANDIDATE_CHOICES
            if count <= recorded and count != place.candidates
        ]
        args = (place.attempt, place.step, place.candidates, place.publisher)
        return cls(reply.reply_id, *args, options=options)

    async def respond(self, interaction: Interaction) -> None:
        """Send the file, only to this person, or show another number of candidates."""
        attempt, step, candidates, publisher = self.args
        place = Place(attempt=attempt, step=step, candidates=candidates, publisher=publisher)
        if self.value == BRANCHES:
            place = replace(place, is_branches=True)
            await interaction.client.explorer.turn_to(interaction, self.reply_id, place)
            return
        if self.value in map(str, CANDIDATE_CHOICES):
            place = replace(place, candidates=int(self.value))
            await interaction.client.explorer.turn_to(interaction, self.reply_id, place)
            return
        if self.value == _REDRAW:
            from bot.views.explorer_redraw import turn_to_redraw

            await turn_to_redraw(interaction, self.reply_id, place, Choice())
            return
        if self.value == _INSIDE:
            from bot.views.inside import open_inside

            await open_inside(interaction, self.reply_id, place)
            return
        kind = FileKind(one_of(self.value, [*FileKind]))
        await interaction.client.explorer.send_file(interaction, self.reply_id, place, kind)


class WordButton(PersistentButton, action="mi-palabra", args=("attempt", "step")):
    """Asks for a word, to say why it is not the one of this step."""

    label = palabra.BUTTON

    async def respond(self, interaction: Interaction) -> None:
        """Open the form for anybody."""
        from bot.views.explorer_word import open_word_form

        attempt, step = self.args
        place = Place(attempt=attempt, step=step)
        await open_word_form(interaction, self.reply_id, place)


class PublishButton(PersistentButton, action="publicar", args=("attempt", "step", "candidates")):
    """Puts a copy of the page in the channel."""

    label = texts.PUBLISH

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        attempt, step, candidates = self.args
        place = Place(
            attempt=attempt, step=step, candidates=candidates, publisher=interaction.user.id
        )
        await interaction.client.explorer.publish(interaction, self.reply_id, place)


class OpenButton(PersistentButton, action="abrir-paso", args=("attempt", "step", "candidates")):
    """Opens the clicker's own explorer of a public copy."""

    label = texts.EXPLAIN
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Open it at the step of the copy."""
        attempt, step, candidates = self.args
        place = Place(attempt=attempt, step=step, candidates=candidates)
        await interaction.client.explorer.open_at(interaction, self.reply_id, place)


class DeleteCopyButton(PersistentButton, action="borrar-copia", args=("publisher",)):
    """Takes a public copy out of the channel; the text itself stays."""

    label = texts.DELETE

    async def respond(self, interaction: Interaction) -> None:
        """Delete the copy for its publisher or a moderator.

        Raises:
            UserError: It belongs to somebody else.
        """
        is_moderator = interaction.permissions.manage_messages and interaction.guild_id is not None
        if interaction.user.id not in self.args and not is_moderator:
            raise UserError(texts.NOT_PUBLISHER)
        await interaction.response.defer()
        await interaction.delete_original_response()


EXPLORER_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    StepButton,
    StepMenu,
    AttemptMenu,
    MoreMenu,
    WordButton,
    PublishButton,
    OpenButton,
    DeleteCopyButton,
)

"""The explorer's buttons and menus; each carries its place in the custom_id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

import discord

from bot.client import ExplorerPage, Interaction
from bot.features.explorer import texts
from bot.features.explorer.files.page import send_file
from bot.messages.errors import UserError
from bot.messages.place import (
    CANDIDATE_CHOICES,
    MOST_SURPRISING,
    FileKind,
    PageName,
    Place,
    Role,
)
from bot.messages.responses import acknowledge_click
from bot.render.markdown import clip
from bot.storage.records import StoredReply
from bot.ui.carried import GREATEST, number_of, one_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.turning import open_at, publish, turn_to

PLACE_ARGS = ("attempt", "step", "candidates", "publisher")
_PUBLISH = "publicar"
_ATTEMPT = "intento-"
_OPENING = 80


class TurnButton(PersistentButton):
    """Turns to a page of a step; a subclass names the page."""

    page: ClassVar[PageName]

    @classmethod
    def to(
        cls,
        reply_id: str,
        place: Place,
        step: int,
        role: Role,
        label: str,
        *,
        is_end: bool = False,
    ) -> Self:
        """Build the button that turns a page to a step."""
        args = (place.attempt, step, place.candidates, place.publisher, role)
        return cls(reply_id, *args, label=label, disabled=is_end)

    @property
    def place(self) -> Place:
        """Where it leads."""
        return Place.of(self.numbers, self.page)

    async def respond(self, interaction: Interaction) -> None:
        """Show that page."""
        await turn_to(interaction, self.reply_id, self.place)


class StepButton(TurnButton, action="ver-paso", args=(*PLACE_ARGS, "role")):
    """Turns to another step."""

    page = PageName.STEP


class FunnelButton(TurnButton, action="embudo", args=(*PLACE_ARGS, "role")):
    """Turns to the funnel of a step."""

    page = PageName.FUNNEL


class BranchesButton(TurnButton, action="ramas", args=(*PLACE_ARGS, "role")):
    """Turns to the branches at a step."""

    page = PageName.BRANCHES


class TreeButton(TurnButton, action="arbol-beams", args=(*PLACE_ARGS, "role")):
    """Turns to the tree around a step."""

    page = PageName.TREE


class StepMenu(PersistentSelect, action="ir-a-paso", args=("attempt", "candidates", "publisher")):
    """Lists steps; it stands in messages of older versions only."""

    async def respond(self, interaction: Interaction) -> None:
        """Show the chosen step."""
        place = replace(Place.of(self.numbers), step=number_of(self.value))
        await turn_to(interaction, self.reply_id, place)


class AttemptMenu(PersistentSelect, action="ver-intento", args=("candidates", "publisher")):
    """Lists attempts; it stands in messages of older versions only."""

    async def respond(self, interaction: Interaction) -> None:
        """Show the chosen attempt at its most surprising word."""
        place = replace(Place.of(self.numbers), attempt=number_of(self.value))
        await turn_to(interaction, self.reply_id, place)


class MoreMenu(PersistentSelect, action="ver-mas", args=PLACE_ARGS):
    """Other pages and files of the attempt, the other attempts, and a copy for the channel."""

    placeholder = texts.MORE_MENU

    @classmethod
    def at(
        cls, reply: StoredReply, place: Place, pages: Mapping[PageName, ExplorerPage]
    ) -> MoreMenu:
        """Build the menu: pages, files, «Publicar», other attempts."""
        is_here = reply.completion.remote is None
        listed = [
            (str(name), page.label, page.hint)
            for name, page in pages.items()
            if page.hint
            and page.is_of(reply)
            and (is_here or page.is_elsewhere)
            and (reply.is_prompt_kept or not page.needs_prompt)
        ]
        listed += texts.MORE_FILES if is_here else texts.MORE_FILES_ELSEWHERE
        if not place.is_public:
            listed.append((_PUBLISH, texts.PUBLISH, texts.PUBLISH_HINT))
        options = [
            discord.SelectOption(label=label, value=value, description=hint)
            for value, label, hint in listed
        ]
        args = (place.attempt, place.step, place.candidates, place.publisher)
        return cls(reply.reply_id, *args, options=[*options, *_other_attempts(reply, place)])

    async def respond(self, interaction: Interaction) -> None:
        """Show that page or attempt, publish, or send the file only to this person."""
        place, value = Place.of(self.numbers), self.value
        if value in map(str, CANDIDATE_CHOICES):  # menus of before «Números»
            numbers = replace(place, page=PageName.NUMBERS, candidates=int(value))
            await turn_to(interaction, self.reply_id, numbers)
        elif value in interaction.client.pages:
            await turn_to(interaction, self.reply_id, replace(place, page=PageName(value)))
        elif value == _PUBLISH:
            place = replace(place, publisher=interaction.user.id)
            await publish(interaction, self.reply_id, place)
        elif value.startswith(_ATTEMPT):
            other = number_of(value.removeprefix(_ATTEMPT), GREATEST["attempt"])
            place = replace(place, attempt=other, step=MOST_SURPRISING)
            await turn_to(interaction, self.reply_id, place)
        else:
            kind = FileKind(one_of(value, [*FileKind]))
            await send_file(interaction, self.reply_id, place, kind)


def _other_attempts(reply: StoredReply, place: Place) -> list[discord.SelectOption]:
    attempts = reply.completion.attempts
    return [
        discord.SelectOption(
            label=texts.OTHER_ATTEMPT.format(attempt=i + 1, attempts=len(attempts)),
            value=f"{_ATTEMPT}{i}",
            description=clip(" ".join(attempt.text.split()), _OPENING) or None,
        )
        for i, attempt in enumerate(attempts)
        if i != place.attempt
    ]


class PublishButton(PersistentButton, action="publicar", args=("attempt", "step", "candidates")):
    """Puts a copy of the page in the channel."""

    label = texts.PUBLISH
    page: ClassVar[PageName] = PageName.STEP

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        place = replace(Place.of(self.numbers, self.page), publisher=interaction.user.id)
        await publish(interaction, self.reply_id, place)


class PublishFunnelButton(
    PublishButton, action="publicar-embudo", args=("attempt", "step", "candidates")
):
    """Puts a copy of the funnel in the channel."""

    page = PageName.FUNNEL


class PublishBranchesButton(
    PublishButton, action="publicar-ramas", args=("attempt", "step", "candidates")
):
    """Puts a copy of the branches in the channel, where everybody can branch."""

    page = PageName.BRANCHES


class OpenButton(PersistentButton, action="abrir-paso", args=("attempt", "step", "candidates")):
    """Opens the clicker's own explorer of a public copy."""

    label = texts.EXPLAIN
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Open it at the step of the copy."""
        await open_at(interaction, self.reply_id, Place.of(self.numbers))


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
        await acknowledge_click(interaction)
        await interaction.delete_original_response()


def turning_to(
    button: type[TurnButton], reply_id: str, place: Place, last: int
) -> list[discord.ui.Item[Any]]:
    """Return the buttons that lead to the same page of the steps beside this one.

    Args:
        button: Of the page.
        reply_id: Of the text.
        place: Where the page stands.
        last: 0-based last step.
    """
    here = place.step
    back = texts.PREVIOUS.format(step=here) if here else texts.AT_START
    on = texts.NEXT.format(step=here + 2) if here < last else texts.AT_END
    return [
        button.to(reply_id, place, max(here - 1, 0), Role.BACK, back, is_end=here == 0),
        button.to(reply_id, place, min(here + 1, last), Role.ON, on, is_end=here == last),
    ]


def arrows(
    button: type[TurnButton], reply_id: str, place: Place, last: int
) -> list[discord.ui.Item[Any]]:
    """Return «◀» and «▶»: the same page of the steps beside this one; see `turning_to`."""
    here = place.step
    return [
        button.to(reply_id, place, max(here - 1, 0), Role.BACK, texts.BEFORE, is_end=here == 0),
        button.to(reply_id, place, min(here + 1, last), Role.ON, texts.AFTER, is_end=here == last),
    ]


def ownership(
    reply_id: str, place: Place, *own: discord.ui.Item[Any]
) -> list[discord.ui.Item[Any]]:
    """Return `own`, which publishes a page; on a published one, what can be done with the copy."""
    if not place.is_public:
        return [*own]
    where = (place.attempt, place.step, place.candidates)
    return [OpenButton(reply_id, *where), DeleteCopyButton(reply_id, place.publisher)]


EXPLORER_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    StepButton,
    FunnelButton,
    BranchesButton,
    TreeButton,
    StepMenu,
    AttemptMenu,
    MoreMenu,
    PublishButton,
    PublishFunnelButton,
    PublishBranchesButton,
    OpenButton,
    DeleteCopyButton,
)

"""The buttons and the menu of `/familias`; each carries the page and the hidden word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import Interaction
from bot.features.families import texts
from bot.features.families.sentence import Sentence, hideable
from bot.messages.place import PageName, Place
from bot.render.markdown import clip
from bot.ui.carried import GREATEST, number_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.turning import publish, turn_to

OVERVIEW = 0
"""The page of all three; the others are theirs, in the order of `FAMILIES`, from 1 on."""
_ARGS = ("page", "token")
_LABEL_LIMIT = 90
_PUBLISH = "publicar"


def place_at(page: int, hidden: int) -> Place:
    """Return a page with a word hidden, by its 0-based place."""
    return Place(page=PageName.FAMILIES, details=(page, hidden))


class FamilyButton(PersistentButton, action="familias", args=_ARGS):
    """Turns to all three or to one of them; from a copy in the channel, opens one's own."""

    async def respond(self, interaction: Interaction) -> None:
        """Show that page."""
        await turn_to(interaction, self.reply_id, place_at(*self.args))


class FamilyMenu(PersistentSelect, action="familias-mas", args=_ARGS):
    """Lists the words that can be hidden, and a copy for the channel."""

    placeholder = texts.MORE_MENU

    @classmethod
    def at(cls, reply_id: str, page: int, sentence: Sentence) -> FamilyMenu:
        """Build the menu of a page."""
        options = [
            discord.SelectOption(
                label=clip(texts.HIDE.format(word=replace(sentence, hidden=i).word), _LABEL_LIMIT),
                value=str(i),
            )
            for i in hideable(sentence.text)
            if i != sentence.hidden
        ]
        options.append(
            discord.SelectOption(
                label=texts.PUBLISH, value=_PUBLISH, description=texts.PUBLISH_HINT
            )
        )
        return cls(reply_id, page, sentence.hidden, options=options)

    async def respond(self, interaction: Interaction) -> None:
        """Hide the chosen word, or send a copy that belongs to whoever clicked."""
        page, hidden = self.args
        if self.value == _PUBLISH:
            place = replace(place_at(page, hidden), publisher=interaction.user.id)
            await publish(interaction, self.reply_id, place)
            return
        hidden = number_of(self.value, GREATEST["token"])
        await turn_to(interaction, self.reply_id, place_at(page, hidden))


FAMILY_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    FamilyButton,
    FamilyMenu,
)

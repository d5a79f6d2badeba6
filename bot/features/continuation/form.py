"""The form of `/continuar` without a text: a paragraph keeps the lines of poems and code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.asking.layers import Effective, effective
from bot.client import Interaction
from bot.features.continuation import texts
from bot.features.continuation.asked import Asked, go_on
from bot.messages.errors import report
from bot.messages.given_back import give_back
from bot.messages.responses import is_acknowledged
from bot.styles import STYLES
from bot.texts.common import CHOOSE
from engine import RANGES

TEXT_LIMIT = 4000
_TIMEOUT_S = 840.0
_MOST_ATTEMPTS = int(RANGES["attempts"].high)


async def open_form(interaction: Interaction, asked: Asked) -> None:
    """Ask for the text of a call that has none.

    Raises:
        UserError: A setting of the call is refused.
    """
    settings = await effective(interaction.client, interaction, asked.settings)
    await interaction.response.send_modal(ContinuationForm(asked, settings))


class ContinuationForm(discord.ui.Modal):
    """A text, a style, how many.

    Args:
        asked: The call; what is left as it stands in the form does not change it.
        settings: Those that count for it.
    """

    def __init__(self, asked: Asked, settings: Effective) -> None:
        super().__init__(title=texts.FORM, timeout=_TIMEOUT_S)
        self._asked, self._settings = asked, settings
        self.text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="texto",
            style=discord.TextStyle.paragraph,
            placeholder=texts.FORM_TEXT_HINT,
            max_length=TEXT_LIMIT,
        )
        self.style: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="estilo", placeholder=CHOOSE, options=_styles(settings.style)
        )
        self.attempts: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="intentos", placeholder=CHOOSE, options=_counts(settings.params.attempts)
        )
        fields = (
            (texts.FORM_TEXT, self.text),
            (texts.FORM_STYLE, self.style),
            (texts.FORM_ATTEMPTS, self.attempts),
        )
        for label, control in fields:
            self.add_item(discord.ui.Label(text=label, component=control))

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]  # discord.py's own Modal narrows it so
        """Do what the command would have done with the text."""
        settings: dict[str, object] = {**self._asked.settings}
        if (style := self.style.values[0]) != self._settings.style:
            settings["style"] = style
        if (attempts := int(self.attempts.values[0])) != self._settings.params.attempts:
            settings["attempts"] = attempts
        await go_on(interaction, self.text.value, replace(self._asked, settings=settings))

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: Interaction, error: Exception
    ) -> None:
        """Say what was wrong, and give the text back where it stands in no message yet."""
        typed = "" if is_acknowledged(interaction) else self.text.value
        await give_back(interaction, report(error), typed)


def _styles(chosen: str) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=style.label, value=name, description=style.why, default=name == chosen
        )
        for name, style in STYLES.items()
    ]


def _counts(chosen: int) -> list[discord.SelectOption]:
    counts = range(1, _MOST_ATTEMPTS + 1)
    return [
        discord.SelectOption(
            label=texts.FORM_ONE if count == 1 else texts.FORM_COUNT.format(count=count),
            value=str(count),
            default=count == chosen,
        )
        for count in counts
    ]

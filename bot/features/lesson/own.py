"""«Hacerlo yo»: a text of one's own under the settings of a cell, for whoever asks only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.asking.prompts import checked_prompt
from bot.asking.requests import TRACE_TOP_N
from bot.client import Interaction
from bot.features.continuation.presenter import start_continuation
from bot.features.lesson import texts
from bot.features.lesson.cells import cell_of
from bot.features.lesson.words import number_of
from bot.messages.errors import UserError, report
from bot.messages.given_back import give_back
from bot.messages.responses import is_acknowledged
from bot.render.frame import Frame
from bot.render.model_names import known_model, shown_name
from bot.render.settings import settings_line
from bot.storage.lesson_records import Lesson
from bot.styles import LESSON
from engine import GenerationRequest

_TEXT_LIMIT = 1000
_TIMEOUT_S = 840.0


def own_form(interaction: Interaction, lesson: Lesson, key: str) -> OwnForm:
    """Return the form of a cell.

    Raises:
        UserError: This version has no such cell, or the lesson's model is gone.
    """
    cell, engine = cell_of(key), interaction.client.engine
    if cell is None or cell.own is None:
        raise UserError(texts.OWN_GONE)
    if known_model(engine, lesson.model) is None:
        raise UserError(texts.MODEL_GONE.format(model=shown_name(engine, lesson.model)))
    return OwnForm(lesson, key)


class OwnForm(discord.ui.Modal):
    """Asks for a text.

    Args:
        lesson: What it has pinned counts here too.
        key: Of a cell that has settings to try.
    """

    def __init__(self, lesson: Lesson, key: str) -> None:
        super().__init__(title=texts.OWN_TITLE, timeout=_TIMEOUT_S)
        self._lesson, self._key = lesson, key
        self.text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="texto",
            style=discord.TextStyle.paragraph,
            placeholder=texts.OWN_HINT,
            max_length=_TEXT_LIMIT,
        )
        self.add_item(discord.ui.Label(text=texts.OWN_TEXT, component=self.text))

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]  # discord.py's own Modal narrows it so
        """Write it as one of the person's own requests."""
        client, cell, lesson = interaction.client, cell_of(self._key), self._lesson
        client.require_allowed(interaction)
        if cell is None or cell.own is None:
            raise UserError(texts.OWN_GONE)
        prompt = checked_prompt(self.text.value, client.word_list)
        tokens = min(cell.own.max_new_tokens, client.settings.max_new_tokens)
        params = replace(cell.own, max_new_tokens=tokens, bad_words=client.blocked_words)
        request = GenerationRequest(
            prompt=prompt,
            params=params,
            model=lesson.model,
            revision=lesson.revision,
            seed=lesson.seed,
            trace_top_n=TRACE_TOP_N,
            user_id=interaction.user.id,
            deadline_s=client.settings.request_timeout_s,
            style=LESSON,
        )
        settings = settings_line(params.resolved())
        note = texts.OWN_NOTE.format(number=number_of(self._key), settings=settings)
        frame = Frame.of_prompt(prompt, (note,))
        await start_continuation(interaction, request, frame, is_ephemeral=True)

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: Interaction, error: Exception
    ) -> None:
        """Say what was wrong, and give the text back where it stands in no message yet."""
        typed = "" if is_acknowledged(interaction) else self.text.value
        await give_back(interaction, report(error), typed)

"""The buttons of a lesson: those of the teacher, and those of everybody in each cell."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any

import discord

from bot.client import Interaction
from bot.features.continuation.items import ExplainButton
from bot.features.lesson import control, texts
from bot.features.lesson.doubts import DoubtsMenu, doubts_view
from bot.features.lesson.findings import labels_in
from bot.features.lesson.own import own_form
from bot.features.lesson.teacher import require_teacher
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge, acknowledge_click, say
from bot.storage.doubts import Hand
from bot.storage.lesson_records import Lesson
from bot.ui.items import ButtonItem
from bot.ui.panels import panel
from bot.ui.replies import stored_reply
from bot.ui.turning import open_explorer

LESSON_ID = ":([0-9a-f]{32})"
_VERSION = r":(\d{1,9})"
_CELL = r":([a-z0-9_]{1,40})"


class _MoveButton(ButtonItem):
    """A button of the teacher, named by a lesson and the version that it was shown at."""

    @property
    def version(self) -> int:
        """The lesson's, where the button was drawn."""
        return int(self.words[1])

    async def respond(self, interaction: Interaction) -> None:
        """Move the lesson for its teacher; a second click on the same finds it moved."""
        lesson = await control.own_lesson(interaction, self.words[0])
        await acknowledge_click(interaction)
        await self.move(interaction, lesson)
        await control.clear_stray(interaction, lesson)

    @abstractmethod
    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """Do what the button says."""


class RunButton(_MoveButton, action="clase-ejecutar", pattern=LESSON_ID + _VERSION):
    """Computes the cell where the lesson stands."""

    label = texts.RUN
    style = discord.ButtonStyle.primary

    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """Compute it once."""
        await control.run_cell(interaction, lesson, self.version)


class NextButton(_MoveButton, action="clase-siguiente", pattern=LESSON_ID + _VERSION):
    """Shows the next cell."""

    label = texts.NEXT

    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """Show it below."""
        await control.go_by(interaction, lesson, self.version, 1)


class BackButton(_MoveButton, action="clase-atras", pattern=LESSON_ID + _VERSION):
    """Goes back to the cell before."""

    label = texts.BACK

    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """Point at it; nothing is computed."""
        await control.go_by(interaction, lesson, self.version, -1)


class RepeatButton(_MoveButton, action="clase-repetir", pattern=LESSON_ID + _VERSION):
    """Brings the cell down, or tries again one that did not come off."""

    label = texts.REPEAT

    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """Show it below, or compute it again."""
        await control.repeat(interaction, lesson, self.version)


class FinishButton(_MoveButton, action="clase-terminar", pattern=LESSON_ID + _VERSION):
    """Ends the lesson."""

    label = texts.FINISH
    style = discord.ButtonStyle.danger

    async def move(self, interaction: Interaction, lesson: Lesson) -> None:
        """End it; it may be opened again."""
        await control.finish(interaction, lesson, self.version)


class TakeOverButton(ButtonItem, action="clase-seguir", pattern=LESSON_ID + _VERSION):
    """Gives the lesson another teacher."""

    label = texts.TAKE_OVER

    async def respond(self, interaction: Interaction) -> None:
        """Make whoever clicked the teacher, if they may teach."""
        lesson = await control.stored_lesson(interaction, self.words[0])
        is_done = await control.take_over(interaction, lesson, int(self.words[1]))
        await say(interaction, texts.TAKEN_OVER if is_done else texts.MOVED_MEANWHILE)
        await interaction.client.lessons.show(lesson.lesson_id)


class ReopenButton(ButtonItem, action="clase-reabrir", pattern=LESSON_ID):
    """Goes on with a lesson that has ended."""

    label = texts.REOPEN

    async def respond(self, interaction: Interaction) -> None:
        """Open it again for whoever may teach."""
        lesson = await control.stored_lesson(interaction, self.words[0])
        await acknowledge_click(interaction)
        await control.reopen(interaction, lesson)


class DoubtsButton(ButtonItem, action="clase-dudas", pattern=LESSON_ID):
    """Lists the doubts for the teacher."""

    label = texts.DOUBTS

    async def respond(self, interaction: Interaction) -> None:
        """Show them to the teacher only."""
        lesson = await control.stored_lesson(interaction, self.words[0])
        require_teacher(interaction, lesson)
        view = await doubts_view(interaction.client, lesson)
        await interaction.response.send_message(view=view, ephemeral=True)


class ExplainCellButton(ButtonItem, action="clase-explicar", pattern=LESSON_ID + _CELL):
    """Opens the clicker's own explorer of a cell's text."""

    label = texts.EXPLAIN

    async def respond(self, interaction: Interaction) -> None:
        """Open it, or ask which of several."""
        cell = await interaction.client.storage.lessons.cell(*self.words)
        if cell is None or cell.findings is None:
            raise UserError(texts.NOT_RUN)
        ids, labels = cell.findings.reply_ids, labels_in(cell.findings)
        if not ids:
            raise UserError(texts.NO_TRACE)
        if len(ids) == 1:
            await open_explorer(interaction, await stored_reply(interaction, ids[0]))
            return
        buttons = [
            ExplainButton(reply_id, 0, label=label or str(number))
            for number, (reply_id, label) in enumerate(zip(ids, labels, strict=True), start=1)
        ]
        rows = [buttons[start : start + 5] for start in range(0, len(buttons), 5)]
        view = panel(texts.WHICH_TRACE, rows=rows)
        await interaction.response.send_message(view=view, ephemeral=True)


class TryButton(ButtonItem, action="clase-yo", pattern=LESSON_ID + _CELL):
    """Writes a text of one's own under the settings of a cell."""

    label = texts.TRY

    async def respond(self, interaction: Interaction) -> None:
        """Ask for the text."""
        lesson = await control.stored_lesson(interaction, self.words[0])
        await interaction.response.send_modal(own_form(interaction, lesson, self.words[1]))


class DoubtButton(ButtonItem, action="clase-duda", pattern=LESSON_ID + _CELL):
    """Raises one's hand about a cell, or takes it down."""

    label = texts.DOUBT

    async def respond(self, interaction: Interaction) -> None:
        """Count it, one a person and cell."""
        client, (lesson_id, key) = interaction.client, self.words
        await acknowledge(interaction, ephemeral=True)
        person_id, now = interaction.user.id, datetime.now(UTC)
        if await client.storage.lessons.cell(lesson_id, key) is None:
            raise UserError(texts.GONE)
        hand = await client.storage.doubts.raise_hand(lesson_id, key, person_id, now)
        if hand is Hand.NO_LESSON:
            raise UserError(texts.GONE)
        is_raised = hand is Hand.RAISED
        await say(interaction, texts.DOUBT_RAISED if is_raised else texts.DOUBT_TAKEN_BACK)
        await client.lessons.show_quietly(lesson_id, key)


LESSON_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    RunButton,
    NextButton,
    BackButton,
    RepeatButton,
    FinishButton,
    TakeOverButton,
    ReopenButton,
    DoubtsButton,
    DoubtsMenu,
    ExplainCellButton,
    TryButton,
    DoubtButton,
)

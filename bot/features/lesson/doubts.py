"""The teacher's list of doubts, where each may be marked as resolved."""

from __future__ import annotations

import discord

from bot.client import Client, Interaction
from bot.features.lesson import texts
from bot.features.lesson.control import stored_lesson
from bot.features.lesson.teacher import require_teacher
from bot.features.lesson.words import name_of
from bot.messages.responses import acknowledge_click
from bot.render.markdown import clip
from bot.render.numbers import integer
from bot.storage.doubts import Doubt
from bot.storage.lesson_records import Lesson
from bot.ui.carried import StaleItemError
from bot.ui.items import SelectItem
from bot.ui.panels import panel

_MOST_LISTED = 24
"""A menu has 25 options, and one of them is for all."""
_ALL = "todas"
_OPTION_LIMIT = 100


async def doubts_view(client: Client, lesson: Lesson) -> discord.ui.LayoutView:
    """Lay out what is not resolved, oldest first."""
    doubts = await client.storage.doubts.open(lesson.lesson_id)
    if not doubts:
        return panel(texts.DOUBTS_NONE)
    listed = doubts[:_MOST_LISTED]
    lines = [
        texts.DOUBT_LINE.format(number=number, person=doubt.person_id, cell=name_of(doubt.cell))
        for number, doubt in enumerate(listed, start=1)
    ]
    if len(doubts) > len(listed):
        lines.append(texts.DOUBTS_MORE.format(count=integer(len(doubts) - len(listed))))
    menu = DoubtsMenu(lesson.lesson_id, options=_options(listed))
    return panel(texts.DOUBTS_TITLE, "\n".join(lines), rows=[[menu]])


def _options(doubts: tuple[Doubt, ...]) -> list[discord.SelectOption]:
    options = [
        discord.SelectOption(
            label=clip(
                texts.DOUBT_OPTION.format(number=number, cell=name_of(doubt.cell)), _OPTION_LIMIT
            ),
            value=f"{doubt.cell}:{doubt.person_id}",
        )
        for number, doubt in enumerate(doubts, start=1)
    ]
    if len(doubts) > 1:
        options.append(discord.SelectOption(label=texts.DOUBTS_ALL, value=_ALL))
    return options


class DoubtsMenu(SelectItem, action="clase-resuelta", pattern=":([0-9a-f]{32})"):
    """Marks a doubt as resolved."""

    placeholder = texts.DOUBTS_CHOOSE

    async def respond(self, interaction: Interaction) -> None:
        """Mark it, and list what is left in the same message."""
        client = interaction.client
        lesson = await stored_lesson(interaction, self.words[0])
        require_teacher(interaction, lesson)
        await acknowledge_click(interaction)
        lesson_id, cells = lesson.lesson_id, set()
        for cell, person_id in await self._chosen(client, lesson_id):
            await client.storage.doubts.resolve(lesson_id, cell, person_id)
            cells.add(cell)
        view = await doubts_view(client, lesson)
        await interaction.edit_original_response(view=view)
        await client.lessons.show_quietly(lesson_id, *cells)

    async def _chosen(self, client: Client, lesson_id: str) -> list[tuple[str, int]]:
        if self.value == _ALL:
            doubts = await client.storage.doubts.open(lesson_id)
            return [(doubt.cell, doubt.person_id) for doubt in doubts[:_MOST_LISTED]]
        cell, _, person_id = self.value.rpartition(":")
        if not person_id.isascii() or not person_id.isdecimal() or len(person_id) > 19:
            raise StaleItemError
        return [(cell, int(person_id))]

"""`/clase`: the commands of a lesson; all else is done by its buttons."""

from __future__ import annotations

from discord import app_commands

from bot.asking.models import chosen_model
from bot.asking.options import model_choices
from bot.client import Client, Interaction
from bot.features.lesson import control, texts
from bot.features.lesson.cells import plan
from bot.features.lesson.items import TakeOverButton
from bot.features.lesson.opening import MODELS, start_lesson
from bot.features.lesson.teacher import require_may_teach
from bot.features.lesson.words import name_of, number_of
from bot.jobs.lessons import CONTROL
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge, say
from bot.render.markdown import clip, escape
from bot.render.plain_words import plain
from bot.storage.lesson_records import Lesson
from bot.ui.panels import panel

_CHOICE_LIMIT = 100
_MOST_CHOICES = 25
_TYPED_LIMIT = 40


class Clase(app_commands.Group):
    """Give a lesson."""

    @app_commands.command(name="empezar", description=texts.START)
    @app_commands.describe(modelo=texts.START_MODEL, hilo=texts.START_THREAD)
    async def empezar(
        self, interaction: Interaction, modelo: str | None = None, hilo: bool = True
    ) -> None:
        """Open a thread and show the first cell."""
        _require_server(interaction)
        require_may_teach(interaction)
        info = chosen_model(interaction.client.engine, modelo, MODELS)
        await start_lesson(interaction, info, in_thread=hilo)

    @empezar.autocomplete("modelo")
    async def propose_models(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Propose the models that can give a lesson."""
        return model_choices(interaction, current, MODELS)

    @app_commands.command(name="seguir", description=texts.GO_ON)
    async def seguir(self, interaction: Interaction) -> None:
        """Bring the teacher's buttons down, or offer them to somebody else who may teach."""
        lesson = await _open_lesson(interaction)
        if interaction.user.id != lesson.owner_id:
            require_may_teach(interaction)
            text = texts.ASK_TAKE_OVER.format(owner=f"<@{lesson.owner_id}>")
            rows = [[TakeOverButton(lesson.lesson_id, lesson.version)]]
            view = panel(text, rows=rows)
            await interaction.response.send_message(view=view, ephemeral=True)
            return
        await acknowledge(interaction, ephemeral=True)
        await interaction.client.lessons.show(lesson.lesson_id, lesson.cell, CONTROL)
        await say(interaction, texts.MOVED_DOWN)

    @app_commands.command(name="ir", description=texts.GO_TO)
    @app_commands.describe(celda=texts.GO_TO_CELL)
    async def ir(self, interaction: Interaction, celda: str) -> None:
        """Go to a cell."""
        lesson = await _own_lesson(interaction)
        key = _key_of(celda)
        await acknowledge(interaction, ephemeral=True)
        if not await control.go_to(interaction, lesson, lesson.version, key):
            raise UserError(texts.MOVED_MEANWHILE)
        await say(interaction, texts.MOVED_TO.format(number=number_of(key)))

    @ir.autocomplete("celda")
    async def propose_cells(
        self,
        interaction: Interaction,  # noqa: ARG002 (discord.py's signature)
        current: str,
    ) -> list[app_commands.Choice[str]]:
        """Propose the cells whose name contains what was typed."""
        wanted = plain(current.strip())
        names = [(name_of(cell.key), cell.key) for cell in plan()]
        choices = [
            app_commands.Choice(name=clip(name, _CHOICE_LIMIT), value=key)
            for name, key in names
            if wanted in plain(name)
        ]
        return choices[:_MOST_CHOICES]

    @app_commands.command(name="terminar", description=texts.END)
    async def terminar(self, interaction: Interaction) -> None:
        """End the lesson."""
        lesson = await _own_lesson(interaction)
        await acknowledge(interaction, ephemeral=True)
        await control.finish(interaction, lesson, None)
        await say(interaction, texts.ENDED_SAID)


def _require_server(interaction: Interaction) -> None:
    if interaction.guild_id is None:
        raise UserError(texts.ONLY_IN_SERVERS)


async def _open_lesson(interaction: Interaction) -> Lesson:
    """Return the open lesson of the channel, or of the thread.

    Raises:
        UserError: There is none.
    """
    _require_server(interaction)
    lesson = await interaction.client.storage.lessons.open_in(
        interaction.application_id, interaction.channel_id or 0
    )
    if lesson is None:
        raise UserError(texts.NONE_OPEN)
    return lesson


async def _own_lesson(interaction: Interaction) -> Lesson:
    lesson = await _open_lesson(interaction)
    return await control.own_lesson(interaction, lesson.lesson_id)


def _key_of(typed: str) -> str:
    """Return the cell that somebody means: a choice, a number, or a part of one name.

    Raises:
        UserError: There is no such cell, or several.
    """
    wanted = plain(typed.strip())
    if number_of(wanted):
        return wanted
    if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(plan()):
        return plan()[int(wanted[:9]) - 1].key
    found = [cell.key for cell in plan() if wanted and wanted in plain(cell.title)]
    if len(found) != 1:
        shown = escape(clip(typed, _TYPED_LIMIT))
        raise UserError(texts.NO_SUCH_CELL.format(typed=shown, count=len(plan())))
    return found[0]


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command group to the tree; a lesson has a channel of a server."""
    contexts = None
    if not tree.client.settings.discord_guild_ids:
        contexts = app_commands.AppCommandContext(guild=True, dm_channel=False)
    group = Clase(name="clase", description=texts.GROUP, allowed_contexts=contexts)
    tree.add_command(group)

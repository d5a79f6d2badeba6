"""The panels of `/datos`."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import discord
from babel.dates import format_date

from bot.client import Client, Interaction
from bot.features.data import texts
from bot.features.data.file import data_file
from bot.messages.errors import UserError, report
from bot.messages.responses import acknowledge, acknowledge_click
from bot.render.markdown import escape
from bot.render.model_names import shown_name
from bot.render.numbers import bytes_size, integer
from bot.render.settings import value_text
from bot.storage.errors import StorageError
from bot.storage.records import UserData
from bot.texts import options as option_texts
from bot.ui.items import ButtonItem
from bot.ui.leaving import forget_all_of, stop_all_of, tell_others
from bot.ui.panels import panel


async def data_panel(interaction: Interaction) -> discord.ui.LayoutView:
    """Show everything that is kept about the person."""
    bot = interaction.client
    data = await bot.storage.user_data(interaction.user.id)
    retention = texts.RETENTION.format(days=integer(bot.settings.retention_days))
    if data.is_empty:
        return panel(texts.TITLE, texts.NOTHING, retention)
    lines = [
        _settings_text(bot, data),
        texts.REPLIES.format(count=integer(data.replies)) + _dates(data.first_at, data.last_at),
        texts.VOTES.format(count=integer(data.votes)),
        texts.BATCHES.format(count=integer(data.batches)),
        texts.LESSONS.format(count=integer(data.lessons)),
        texts.DOUBTS.format(count=integer(data.doubts)),
        texts.GAMES.format(games=integer(data.games), guesses=integer(data.guesses)),
        texts.JOBS.format(count=integer(data.jobs)),
        texts.SIZE.format(size=bytes_size(data.size_bytes)),
    ]
    return panel(
        texts.TITLE, "\n".join(lines), retention, rows=[[DownloadButton(), DeleteButton()]]
    )


def confirm_panel() -> discord.ui.LayoutView:
    """Ask before deleting."""
    return panel(texts.CONFIRM, rows=[[ConfirmDeleteButton(), KeepDataButton()]])


class DownloadButton(ButtonItem, action="datos-descargar"):
    """Sends everything that is kept about the person who clicks, as a file."""

    label = texts.BUTTON_DOWNLOAD

    async def respond(self, interaction: Interaction) -> None:
        """Send it to this person only; it counts as a request, since it may take seconds."""
        bot = interaction.client
        with await bot.limits.admit(interaction.user.id):
            is_alive, _ = await acknowledge(interaction, ephemeral=True)
            if not is_alive:
                return
            written = await data_file(bot.storage, interaction.user.id)
        content = texts.FILE
        for template, count in (
            (texts.FILE_LEFT_OUT, written.texts_left_out),
            (texts.FILE_VOTES_LEFT_OUT, written.votes_left_out),
        ):
            content += template.format(count=integer(count)) if count else ""
        file = discord.File(io.BytesIO(written.data), texts.FILE_NAME)
        await interaction.edit_original_response(content=content, attachments=[file])


class DeleteButton(ButtonItem, action="datos-borrar"):
    """Asks whether to delete everything."""

    label = texts.BUTTON_DELETE
    style = discord.ButtonStyle.danger

    async def respond(self, interaction: Interaction) -> None:
        """Ask in the same message."""
        await interaction.response.edit_message(view=confirm_panel())


class KeepDataButton(ButtonItem, action="datos-borrar-no"):
    """Leaves everything as it is."""

    label = texts.BUTTON_NO

    async def respond(self, interaction: Interaction) -> None:
        """Say so."""
        await interaction.response.edit_message(view=panel(texts.KEPT))


class ConfirmDeleteButton(ButtonItem, action="datos-borrar-si"):
    """Deletes everything about the person who clicks."""

    label = texts.BUTTON_YES
    style = discord.ButtonStyle.danger

    async def respond(self, interaction: Interaction) -> None:
        """Stop the person's jobs, delete, and say what was deleted."""
        await acknowledge_click(interaction)
        bot = interaction.client
        try:
            stopped = await stop_all_of(bot, interaction.user.id)
        except TimeoutError:
            raise UserError(texts.STILL_RUNNING) from None
        try:
            # Anything that others have deleted a moment ago may have this person's words.
            await bot.trash.empty()
            data = await bot.storage.delete_user(interaction.user.id)
        except StorageError as error:
            raise UserError(texts.NOT_DELETED.format(why=report(error))) from error
        finally:
            await forget_all_of(bot, interaction.user.id)
        said = _deleted_text(data, stopped.requests)
        if not await tell_others(bot, interaction.user.id):
            said += texts.OTHERS_NOT_TOLD
        await interaction.edit_original_response(view=panel(said))


def _settings_text(bot: Client, data: UserData) -> str:
    chosen = [
        f"{option_texts.FIELD_NAMES[name]} {escape(value_text(name, value))}"
        for name, value in data.preferences.params.items()
    ]
    if data.preferences.model is not None:
        chosen.append(shown_name(bot.engine, data.preferences.model))
    return texts.SETTINGS.format(settings=", ".join(chosen)) if chosen else texts.NO_SETTINGS


def _dates(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return ""
    return texts.REPLIES_DATES.format(
        first=format_date(first, "d MMM y", locale="es"),
        last=format_date(last, "d MMM y", locale="es"),
    )


def _deleted_text(data: UserData, stopped: int) -> str:
    if data.is_empty and not stopped:
        return texts.DELETED_NOTHING
    settings = len(data.preferences.params) + (data.preferences.model is not None)
    parts = [
        texts.DELETED_SETTINGS.format(count=integer(settings)) if settings else "",
        _counted(data.replies, texts.ONE_REPLY, texts.MANY_REPLIES),
        _counted(data.votes, texts.ONE_VOTE, texts.MANY_VOTES),
        _counted(data.batches, texts.ONE_BATCH, texts.MANY_BATCHES),
        _counted(data.lessons, texts.ONE_LESSON, texts.MANY_LESSONS),
        _counted(data.doubts, texts.ONE_DOUBT, texts.MANY_DOUBTS),
        _counted(data.games, texts.ONE_GAME, texts.MANY_GAMES),
        _counted(data.guesses, texts.ONE_GUESS, texts.MANY_GUESSES),
        _counted(stopped, texts.ONE_JOB, texts.MANY_JOBS),
        texts.DELETED_SIZE.format(size=bytes_size(data.size_bytes)),
    ]
    return texts.DELETED.format(what="\n".join(f"- {part}" for part in parts if part))


def _counted(count: int, one: str, many: str) -> str:
    if count == 0:
        return ""
    return one if count == 1 else many.format(count=integer(count))


DATA_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    DownloadButton,
    DeleteButton,
    ConfirmDeleteButton,
    KeepDataButton,
)

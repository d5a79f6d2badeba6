"""`/lote`: a file of prompts, worked through in the background."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import discord
from discord import app_commands

from bot.asking.layers import effective
from bot.asking.options import call_settings, decoding_options, with_ceiling
from bot.asking.requests import new_request
from bot.client import Client, Interaction
from bot.features.batch import texts
from bot.features.batch.columns import guessed_column, named_column
from bot.features.batch.page import running_view
from bot.features.batch.parquet import TooLargeError
from bot.features.batch.rows import Tally
from bot.features.batch.run import start_batch
from bot.features.batch.table import (
    MOST_ROWS,
    Form,
    Layout,
    Table,
    TooManyRowsError,
    UnreadableFileError,
    form_of,
    read_table,
)
from bot.features.batch.words import file_name, quoted, running_text
from bot.jobs.admission import require_servable
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.responses import NETWORK_ERRORS, acknowledge, is_private, stop_thinking
from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.render.word_list import without_word_list
from bot.storage.batches import Batch
from bot.ui.files import require_fits
from engine import GenerationRequest

_TYPED_LIMIT = 60
_ANY_PROMPT = "…"
"""Stands in the stored request for the prompt that each row has."""


@app_commands.command(name="lote", description=texts.COMMAND)
@app_commands.describe(
    archivo=texts.OPTION_FILE,
    columna=texts.OPTION_COLUMN,
    semilla=texts.OPTION_SEED,
    privado=texts.OPTION_PRIVATE,
)
@decoding_options
async def lote(  # noqa: PLR0917 (Discord's options are its parameters)
    interaction: Interaction,
    archivo: discord.Attachment,
    columna: str | None = None,
    estilo: str | None = None,
    tokens: app_commands.Range[int, 1, 4096] | None = None,
    modelo: str | None = None,
    semilla: app_commands.Range[int, 0, 4294967295] | None = None,
    privado: bool | None = None,
    estrategia: str | None = None,
    temperatura: str | None = None,
    top_k: app_commands.Range[int, 0] | None = None,
    top_p: str | None = None,
    beams: app_commands.Range[int, 1, 8] | None = None,
    sin_repetir: app_commands.Range[int, 0, 10] | None = None,
) -> None:
    """Read a file, store it, and work through it behind everybody else."""
    client = interaction.client
    form = _form(archivo.filename)
    require_fits(archivo.size, interaction.filesize_limit)
    call = call_settings(
        estilo=estilo,
        modelo=modelo,
        estrategia=estrategia,
        temperatura=temperatura,
        top_k=top_k,
        top_p=top_p,
        beams=beams,
        sin_repetir=sin_repetir,
        tokens=tokens,
    )
    settings = await effective(client, interaction, call)
    asked = new_request(interaction, _ANY_PROMPT, settings, seed=semilla, trace_top_n=0)
    request = _for_rows(asked)
    require_servable(client.engine, request)
    is_ephemeral = is_private(client.settings.reply_visibility, privado, by_default=False)
    owner_id = interaction.user.id
    with client.batches.beginning(owner_id) as is_free, await client.limits.admit(owner_id):
        if not is_free:
            raise UserError(texts.ONE_AT_A_TIME)
        is_alive, message_id = await acknowledge(interaction, ephemeral=is_ephemeral)
        if not is_alive:
            return
        async with client.batches.beginning_elsewhere(owner_id) as is_free_there:
            if not is_free_there:
                raise UserError(texts.ONE_AT_A_TIME)
            table = await _table(archivo, form, columna)
            batch = _batch(
                interaction, table.layout, request, message_id, is_ephemeral=is_ephemeral
            )
            await client.storage.batches.start(batch, table.rows)
        await _begin(interaction, batch, len(table.rows), settings.notes)


async def _begin(
    interaction: Interaction, batch: Batch, count: int, notes: tuple[str, ...]
) -> None:
    """Show a stored file and begin; forget one that nobody is shown."""
    client = interaction.client
    try:
        await _show(interaction, batch, count, notes)
    except Exception:
        # Nobody knows of it: it must not begin at the next start. While the process ends,
        # Discord may have shown it all the same: then the next start goes on with it.
        if not client.is_closed():
            await client.storage.batches.delete(batch.batch_id)
        raise


async def _show(interaction: Interaction, batch: Batch, count: int, notes: tuple[str, ...]) -> None:
    """Answer the command and begin."""
    client = interaction.client
    lines = (*(f"-# {note}" for note in notes), texts.POLITE)
    text = running_text(batch, Tally(count=count), client.engine, notes=lines)
    page = Page(content=text, view=running_view(batch.batch_id))
    message = await interaction.edit_original_response(**page.edit_arguments())
    stop_thinking(interaction)
    await client.storage.batches.set_message(batch.batch_id, message.id)
    start_batch(client, replace(batch, message_id=message.id))


def _form(name: str) -> Form:
    form = form_of(name)
    if form is None:
        raise UserError(texts.KIND_UNKNOWN.format(name=escape(clip(name, _TYPED_LIMIT))))
    return form


def _for_rows(request: GenerationRequest) -> GenerationRequest:
    """Ask for one text a row; the best of several stays the best of several."""
    params = request.params
    if params.strategy != "sample_and_rank":
        params = replace(params, attempts=1)
    return without_word_list(replace(request, params=params, deadline_s=None, background=True))


async def _table(file: discord.Attachment, form: Form, typed: str | None) -> Table:
    """Fetch and read a file, and find its column of prompts.

    Raises:
        UserError: It cannot be read, has too many rows, or nobody knows which column is meant.
    """
    try:
        data = await file.read()
    except (discord.HTTPException, *NETWORK_ERRORS):
        raise UserError(texts.NOT_FETCHED) from None
    name = escape(clip(file.filename, _TYPED_LIMIT))
    try:
        table = await asyncio.to_thread(read_table, file.filename, form, data, typed)
    except TooManyRowsError as error:
        count, limit = integer(error.rows), integer(MOST_ROWS)
        too_many = texts.TOO_MANY_ROWS.format(name=name, count=count, limit=limit)
        raise UserError(too_many) from None
    except TooLargeError as error:
        count, limit = integer(error.rows), integer(MOST_ROWS)
        too_large = texts.TOO_LARGE.format(name=name, count=count, limit=limit)
        raise UserError(too_large) from None
    except UnreadableFileError as error:
        if not str(error):
            raise UserError(texts.NOT_TEXT.format(name=name)) from None
        broken = texts.BROKEN.format(name=name, kind=texts.KINDS[form], why=error)
        raise UserError(broken) from None
    if not table.rows:
        raise UserError(texts.EMPTY.format(name=name))
    return replace(table, layout=replace(table.layout, column=_column(table, typed)))


def _column(table: Table, typed: str | None) -> str:
    columns, name = table.layout.columns, file_name(table.layout)
    if typed is not None:
        found = named_column(columns, typed)
        if found is None:
            shown = escape(clip(typed, _TYPED_LIMIT))
            listed = quoted(columns)
            raise UserError(texts.NO_COLUMN.format(name=name, typed=shown, columns=listed))
        return found
    guess = guessed_column(columns, table.rows)
    if guess is None:
        first = escape(clip(columns[0], _TYPED_LIMIT))
        raise UserError(texts.WHICH_COLUMN.format(name=name, columns=quoted(columns), first=first))
    return guess


def _batch(
    interaction: Interaction,
    layout: Layout,
    request: GenerationRequest,
    message_id: int | None,
    *,
    is_ephemeral: bool,
) -> Batch:
    return Batch(
        batch_id=uuid4().hex,
        owner_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        message_id=message_id,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        is_private=is_ephemeral,
        layout=layout.to_dict(),
        request=request,
        created_at=datetime.now(UTC),
    )


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    ceiling = tree.client.settings.max_new_tokens
    tree.add_command(with_ceiling(lote, "tokens", ceiling))

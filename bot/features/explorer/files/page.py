"""Files of an attempt: the notebook's table as pictures or CSV, the tree, the trace as JSON."""

from __future__ import annotations

import asyncio
import io
from functools import partial

import discord

from bot.client import Interaction
from bot.features.explorer.files import texts
from bot.features.explorer.files.export import notebook_csv, tree_csv
from bot.features.explorer.files.notebook import NotebookRow, notebook_alt, notebook_rows
from bot.features.explorer.files.notebook_chart import ROWS, notebook_chart
from bot.features.explorer.tree import texts as tree_texts
from bot.features.explorer.tree.words import is_penalised
from bot.features.recipe.page import completion_json, recipe_page
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.messages.place import FileKind, Place, step_view
from bot.messages.responses import acknowledge
from bot.render.step import StepView
from bot.ui.files import require_fits
from bot.ui.picture_page import Picture, layout_page
from bot.ui.replies import stored_reply
from engine import Completion

MOST_PICTURES = 2
"""One below the other: side by side, a phone would show half of each."""
NOTEBOOK_NAME = "cuaderno"
TRACE_NAME = "traza.json"


async def send_file(interaction: Interaction, reply_id: str, place: Place, kind: FileKind) -> None:
    """Send a table or the data of an attempt to the clicker only.

    Raises:
        UserError: The reply is gone, or the file is too large for this channel.
    """
    is_alive, _ = await acknowledge(interaction, ephemeral=True)
    if not is_alive:
        return
    reply, limit = await stored_reply(interaction, reply_id), interaction.filesize_limit
    if kind is FileKind.RECIPE:
        page = await recipe_page(reply, limit, has_trace=True)
    elif kind is FileKind.JSON and reply.completion.remote is not None:
        data = await asyncio.to_thread(completion_json, reply.completion)
        page = _file(data, TRACE_NAME, texts.JSON_CONTENT, limit)
    else:
        pictures = interaction.client.pictures
        view = step_view(reply, place)
        page = await file_page(view, kind, pictures, limit, interaction.user.id)
    await interaction.edit_original_response(**page.edit_arguments())


async def file_page(
    view: StepView, kind: FileKind, pictures: PictureCache, limit_bytes: int, reader_id: int
) -> Page:
    """Build the message that carries a table or a file.

    Args:
        view: The attempt; pictures begin near its current step.
        kind: What was chosen.
        pictures: Where drawn pictures are kept.
        limit_bytes: Largest file that this channel takes.
        reader_id: Who asks.

    Raises:
        UserError: The file is too large, or the text has no tree.
    """
    if kind is FileKind.TREE:
        data = await asyncio.to_thread(_tree, view.completion)
        return _file(data, tree_texts.CSV_NAME, tree_texts.CSV_CONTENT, limit_bytes)
    if kind is FileKind.JSON:
        data = await asyncio.to_thread(completion_json, view.completion)
        return _file(data, TRACE_NAME, texts.JSON_CONTENT, limit_bytes)
    rows = await asyncio.to_thread(notebook_rows, view.before, view.steps)
    if kind is FileKind.CSV:
        data = await asyncio.to_thread(notebook_csv, rows)
        return _file(data, f"{NOTEBOOK_NAME}.csv", texts.CSV_CONTENT, limit_bytes)
    return await _notebook(view, rows, pictures, reader_id)


def _tree(completion: Completion) -> bytes:
    if completion.beams is None:
        raise UserError(tree_texts.NO_TREE)
    return tree_csv(completion.beams, is_penalised=is_penalised(completion.params))


def _file(data: bytes, name: str, content: str, limit_bytes: int) -> Page:
    require_fits(len(data), limit_bytes)
    return Page(content=content, files=(discord.File(io.BytesIO(data), name),))


async def _notebook(
    view: StepView, rows: tuple[NotebookRow, ...], pictures: PictureCache, reader_id: int
) -> Page:
    """Draw the rows around the current step, a few pictures of them."""
    last_first = (len(rows) - 1) // ROWS * ROWS - (MOST_PICTURES - 1) * ROWS
    first = max(min(view.step // ROWS * ROWS, last_first), 0)
    starts = range(first, len(rows), ROWS)[:MOST_PICTURES]
    parts = []
    for start in starts:
        part = rows[start : start + ROWS]
        key = ("notebook", view.completion.request_id, view.attempt, start)
        data = await pictures.get(key, partial(notebook_chart, part), reader_id)
        parts.append(Picture(data, f"{NOTEBOOK_NAME}-{start + 1}.png", notebook_alt(part)))
    last = min(starts[-1] + ROWS, len(rows))
    line = texts.NOTEBOOK_STEPS.format(first=first + 1, last=last, steps=len(rows))
    if last - first < len(rows):
        line += texts.NOTEBOOK_REST
    return layout_page(f"{texts.NOTEBOOK_TITLE}\n{line}", *parts)

"""`/rellenar`: fill the gaps of a text with an encoder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands

from bot.asking.models import chosen_model
from bot.asking.options import model_choices
from bot.asking.prompts import require_allowed_words
from bot.client import Client, Interaction
from bot.features.fill import texts
from bot.features.fill.asked import ENCODERS, fill_now
from bot.features.fill.page import FillButton, FillMenu, PublishFillButton, fill_page
from bot.features.fill.place import FillPlace, FillReading
from bot.jobs.rows import JobRows
from bot.messages.errors import UserError, report
from bot.messages.responses import acknowledge, is_private, say, stop_thinking
from bot.messages.unstored import remove_reply_items
from bot.render.markdown import escape
from bot.storage.errors import StorageError
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.texts import options as option_texts
from bot.ui.items import ButtonItem
from engine import Completion, DecodingParams, EngineError, GenerationRequest, ModelInfo
from engine.filling import find_gaps

DEFAULT_CANDIDATES = 5
MOST_CANDIDATES = 10


async def encoder_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the encoders whose name contains what was typed."""
    return model_choices(interaction, current, ENCODERS)


@app_commands.command(name="rellenar", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT,
    modelo=option_texts.OPTION_MODEL,
    candidatas=texts.OPTION_CANDIDATES,
    privado=texts.OPTION_PRIVATE,
)
@app_commands.autocomplete(modelo=encoder_autocomplete)
async def rellenar(
    interaction: Interaction,
    texto: str,
    modelo: str | None = None,
    candidatas: app_commands.Range[int, 1, MOST_CANDIDATES] = DEFAULT_CANDIDATES,
    privado: bool | None = None,
) -> None:
    """Fill a text's gaps and show the first of them."""
    client = interaction.client
    if not texto.strip():
        raise UserError(texts.BLANK.format(example=escape(texts.EXAMPLE)))
    require_allowed_words(texto, client.word_list)
    model = chosen_model(client.engine, modelo, ENCODERS)
    if not _has_gap(texto):
        await _propose_example(interaction)
        return
    is_ephemeral = is_private(client.settings.reply_visibility, privado, by_default=True)
    await _start(interaction, texto, model, candidatas, is_ephemeral=is_ephemeral)


class FillExampleButton(ButtonItem, action="rellenar-ejemplo"):
    """Fills the example, for whoever wrote a text without gaps."""

    label = texts.TRY_EXAMPLE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Fill it in a message of its own."""
        client = interaction.client
        is_ephemeral = is_private(client.settings.reply_visibility, None, by_default=True)
        model = chosen_model(client.engine, None, ENCODERS)
        await _start(
            interaction, texts.EXAMPLE, model, DEFAULT_CANDIDATES, is_ephemeral=is_ephemeral
        )


FILL_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    FillButton,
    PublishFillButton,
    FillMenu,
    FillExampleButton,
)


async def _start(
    interaction: Interaction, text: str, model: ModelInfo, candidates: int, *, is_ephemeral: bool
) -> None:
    """Fill a text as the answer to an interaction, which has had none yet.

    The text is stored before the engine is asked: whoever deletes everything meanwhile finds it.
    """
    client = interaction.client
    reply = _reply(interaction, text, model, candidates, is_private=is_ephemeral)
    with await client.limits.admit(interaction.user.id):
        async with JobRows(client.storage).noted(_job(interaction, reply)):
            is_alive, message_id = await acknowledge(interaction, ephemeral=is_ephemeral)
            if is_alive:
                await _answer(interaction, replace(reply, message_id=message_id))


async def _answer(interaction: Interaction, reply: StoredReply) -> None:
    """Fill a text and show it in the message that says «está pensando…»."""
    client, reader_id = interaction.client, interaction.user.id
    failure = await _save(client, reply)
    place = FillPlace(publisher=0 if reply.is_private else reader_id)
    try:
        await fill_now(client, reply, place.order_name, reader_id)
        reading = FillReading(client=client, reader_id=reader_id, reply=reply, place=place)
        page = await fill_page(reading)
    except Exception:
        if failure is None:
            await client.storage.replies.delete(reply.reply_id)
        raise
    if failure is not None and page.view is not None:
        remove_reply_items(page.view)
    message = await interaction.edit_original_response(**page.edit_arguments())
    stop_thinking(interaction)
    if failure is not None:
        await say(interaction, common.NOT_STORED.format(why=report(failure)))
    elif reply.message_id is None:
        await client.storage.replies.set_message([reply.reply_id], reply.channel_id, message.id)


async def _save(client: Client, reply: StoredReply) -> StorageError | None:
    """Store a text; a failure does not cost the answer."""
    try:
        await client.storage.replies.save(reply)
    except StorageError as error:
        return error
    return None


def _reply(
    interaction: Interaction,
    text: str,
    model: ModelInfo,
    candidates: int,
    *,
    is_private: bool,
) -> StoredReply:
    """Return what is stored: the text and the model; what fills it is computed each time."""
    request = GenerationRequest(
        prompt=text, model=model.name, trace_top_n=candidates, user_id=interaction.user.id
    )
    completion = Completion(
        request_id=request.request_id,
        model=model.name,
        revision=model.revision,
        precision=model.precision or "",
        device="",
        seed=request.seed,
        params=DecodingParams(),
        inactive=(),
        prompt_tokens=0,
        truncated_tokens=0,
        queue_s=0.0,
        prefill_s=0.0,
        decode_s=0.0,
        attempts=(),
    )
    return StoredReply(
        reply_id=request.request_id,
        kind="rellenar",
        owner_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        message_id=None,
        request=request,
        completion=completion,
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
        is_private=is_private,
    )


def _job(interaction: Interaction, reply: StoredReply) -> Job:
    """Return the row by which whoever waits for a text is answered after a crash."""
    return Job(
        job_id=reply.reply_id,
        kind=reply.kind,
        owner_id=reply.owner_id,
        guild_id=reply.guild_id,
        channel_id=reply.channel_id,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        request=reply.request,
        is_prompt_kept=reply.is_prompt_kept,
        created_at=reply.created_at,
        can_resume=True,
    )


def _has_gap(text: str) -> bool:
    """Tell whether a text has gaps.

    Raises:
        EngineError: It has, and one is inside a word, or they are too many.
    """
    try:
        find_gaps(text)
    except EngineError as error:
        if error.reason != "no_gap":
            raise
        return False
    return True


async def _propose_example(interaction: Interaction) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(FillExampleButton())
    text = texts.NO_GAP.format(example=escape(texts.EXAMPLE))
    await interaction.response.send_message(text, view=view, ephemeral=True)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(rellenar)

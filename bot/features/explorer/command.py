"""/explicar: write a few tokens and open the explorer; explain somebody's message."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.asking.layers import effective
from bot.asking.message_text import text_of
from bot.asking.models import default_model
from bot.asking.options import call_settings, decoding_options, with_ceiling
from bot.asking.prompts import checked_prompt
from bot.asking.requests import new_request
from bot.client import Client, Interaction
from bot.features.explorer import texts
from bot.features.explorer.presenter import ExplorerPresenter
from bot.features.explorer.surprise import texts as surprise_texts
from bot.features.explorer.surprise.page import score_page
from bot.features.explorer.word import texts as word_texts
from bot.features.explorer.word.asking import WORD_LIMIT, typed_words
from bot.features.explorer.word.presenter import WordPresenter
from bot.messages.errors import UserError
from bot.messages.place import DEFAULT_CANDIDATES, Place
from bot.messages.responses import acknowledge, is_private
from bot.render.model_names import model_info, shown
from bot.texts import common
from bot.ui.replies import require_visible
from bot.ui.turning import open_explorer
from engine import EngineError, ScoreRequest, Step
from engine.status import Kind

DEFAULT_STEPS = 12
MOST_STEPS = 40
RECORDED_CANDIDATES = 25
"""Recorded whatever is shown first, so that the reader can ask for more without generating."""
SCORED_CANDIDATES = 5
_WEIGHERS: tuple[Kind, ...] = ("decoder",)
"""Kinds that say how probable a text is that somebody else wrote."""


@app_commands.command(name="explicar", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT,
    pasos=texts.OPTION_STEPS,
    candidatas=texts.OPTION_CANDIDATES,
    palabra=word_texts.OPTION,
    semilla=texts.OPTION_SEED,
)
@decoding_options
async def explicar(  # noqa: PLR0917 (Discord's options are its parameters)
    interaction: Interaction,
    texto: str,
    estilo: str | None = None,
    palabra: app_commands.Range[str, 1, WORD_LIMIT] | None = None,
    pasos: app_commands.Range[int, 1, MOST_STEPS] | None = None,
    candidatas: app_commands.Range[int, 1, RECORDED_CANDIDATES] = DEFAULT_CANDIDATES,
    modelo: str | None = None,
    semilla: app_commands.Range[int, 0, 4294967295] | None = None,
    estrategia: str | None = None,
    temperatura: str | None = None,
    top_k: app_commands.Range[int, 0] | None = None,
    top_p: str | None = None,
    beams: app_commands.Range[int, 1, 8] | None = None,
    sin_repetir: app_commands.Range[int, 0, 10] | None = None,
) -> None:
    """Generate a few tokens with their trace and open the explorer."""
    bot = interaction.client
    prompt = checked_prompt(texto, bot.word_list)
    words = () if palabra is None else typed_words(palabra)
    call = call_settings(
        estilo=estilo,
        modelo=modelo,
        estrategia=estrategia,
        temperatura=temperatura,
        top_k=top_k,
        top_p=top_p,
        beams=beams,
        sin_repetir=sin_repetir,
        tokens=pasos or min(DEFAULT_STEPS, bot.settings.max_new_tokens),
    )
    settings = await effective(bot, interaction, call)
    request = new_request(
        interaction, prompt, settings, seed=semilla, trace_top_n=RECORDED_CANDIDATES
    )
    start = Place(candidates=candidatas)
    is_ephemeral = is_private(bot.settings.reply_visibility, None, by_default=True)
    presenter = (
        WordPresenter(bot, words, start=start, notes=settings.notes, is_ephemeral=is_ephemeral)
        if words
        else ExplorerPresenter(bot, start=start, notes=settings.notes, is_ephemeral=is_ephemeral)
    )
    # Its row does not say which words were asked about.
    await bot.jobs.run(
        interaction, request, kind="explicar", presenter=presenter, can_resume=not words
    )


async def explain_message(interaction: Interaction, message: discord.Message) -> None:
    """Explain a message to whoever asks: from its trace, or coloured by surprise.

    Another person's text is neither stored nor logged.

    Args:
        interaction: Not answered yet.
        message: Of the bot or of anybody.

    Raises:
        UserError: It has no text, or its trace is gone.
        EngineError: It could not be scored.
    """
    bot = interaction.client
    reply = await bot.storage.replies.find_by_message(message.id)
    if reply is not None:
        await require_visible(interaction, reply, message)
        await open_explorer(interaction, reply, reply.kept or 0)
        return
    text = text_of(message)
    if not text.strip():
        raise UserError(surprise_texts.SCORE_NO_TEXT)
    if bot.user is not None and message.author.id == bot.user.id:
        raise UserError(common.REPLY_GONE)
    await _score(interaction, checked_prompt(text, bot.word_list))


async def _score(interaction: Interaction, text: str) -> None:
    bot = interaction.client
    settings = await effective(bot, interaction, {})
    info = model_info(bot.engine, settings.model)
    if info is None or info.host is not None:
        # A server's model weighs no text, and nobody's message is sent anywhere.
        info = default_model(bot.engine, _WEIGHERS)
    with await bot.limits.admit(interaction.user.id):
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
        request = ScoreRequest(
            prompt="",
            continuation=text,
            model=info.name,
            trace_top_n=SCORED_CANDIDATES,
            user_id=interaction.user.id,
            deadline_s=bot.settings.request_timeout_s,
        )
        steps = await _steps(bot, request)
        name = shown(info)
        page = await score_page(text, steps, name, bot.pictures, interaction.user.id)
        await interaction.edit_original_response(**page.edit_arguments())


async def _steps(bot: Client, request: ScoreRequest) -> tuple[Step, ...]:
    try:
        steps = await bot.engine.score(request)
    except EngineError as error:
        is_too_long = error.code == "invalid_params" and error.token_id is None
        if is_too_long and error.field == "continuation":
            raise UserError(surprise_texts.SCORE_TOO_LONG) from None
        raise
    if not steps:
        raise UserError(surprise_texts.SCORE_TOO_SHORT)
    return steps


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    ceiling = min(MOST_STEPS, tree.client.settings.max_new_tokens)
    tree.add_command(with_ceiling(explicar, "pasos", ceiling))

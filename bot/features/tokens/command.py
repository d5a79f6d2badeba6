"""`/tokens`: how models cut a text, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from discord import app_commands

from bot.asking.layers import effective
from bot.asking.models import default_model
from bot.asking.options import call_settings, model_choices
from bot.asking.prompts import checked_prompt
from bot.client import Client, Interaction
from bot.features.tokens import texts
from bot.features.tokens.page import Shown, picture_page
from bot.features.tokens.words import is_same_cut
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge, is_private
from bot.render.markdown import clip, escape
from bot.render.model_names import known_model, listed_names, model_info
from bot.texts import options as option_texts
from engine import EngineError
from engine.explain import Tokenization, TokensRequest
from engine.status import Kind

_TYPED_LIMIT = 40
_KINDS: tuple[Kind, ...] = ("decoder", "encoder", "encoder_decoder")
"""Whose tokenizer is here, whatever the model does with the tokens; a server's is not."""


async def tokenizer_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the models of this machine whose name contains what was typed."""
    return model_choices(interaction, current, _KINDS)


@app_commands.command(name="tokens", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT, modelo=option_texts.OPTION_MODEL, otro=texts.OPTION_OTHER
)
@app_commands.autocomplete(modelo=tokenizer_autocomplete, otro=tokenizer_autocomplete)
async def tokens(
    interaction: Interaction,
    texto: str,
    modelo: str | None = None,
    otro: str | None = None,
) -> None:
    """Cut a text with one tokenizer, and with another where there is one."""
    client = interaction.client
    text = checked_prompt(texto, client.word_list)
    model = await _model(interaction, modelo)
    other = None if otro is None else _named(client, otro)
    if other == model:
        raise UserError(texts.SAME_MODEL)
    is_ephemeral = is_private(client.settings.reply_visibility, None, by_default=True)
    with await client.limits.admit(interaction.user.id):
        is_alive, _ = await acknowledge(interaction, ephemeral=is_ephemeral)
        if not is_alive:
            return
        first = await _cut(interaction, text, model)
        second = await _other_cut(interaction, text, first, other)
        shown = Shown(found=(first,) if second is None else (first, second))
        key = client.at_hand.put(interaction.user.id, shown)
        page = await picture_page(client, key, shown, interaction.user.id)
        await interaction.edit_original_response(**page.edit_arguments())


async def _model(interaction: Interaction, typed: str | None) -> str:
    """Return the model that was named, else the one in the person's settings, if it is here.

    Raises:
        UserError: There is no model of that name, or none of this machine.
    """
    client = interaction.client
    call = call_settings(modelo=typed)
    settings = await effective(client, interaction, call, kinds=get_args(Kind))
    info = None if settings.model is None else model_info(client.engine, settings.model)
    if info is not None and (typed is not None or info.host is None):
        return info.name
    return default_model(client.engine, _KINDS).name


async def _cut(interaction: Interaction, text: str, model: str) -> Tokenization:
    return await interaction.client.engine.explain(
        TokensRequest(
            text=text,
            model=model,
            user_id=interaction.user.id,
            deadline_s=interaction.client.settings.request_timeout_s,
        )
    )


async def _other_cut(
    interaction: Interaction, text: str, first: Tokenization, other: str | None
) -> Tokenization | None:
    """Return the cut to compare with: the one asked for, else one that is another."""
    if other is not None:
        return await _cut(interaction, text, other)
    for name in _at_hand(interaction.client, first.model):
        try:
            found = await _cut(interaction, text, name)
        except EngineError as error:
            if error.code in {"model_unavailable", "unsupported", "out_of_memory"}:
                continue
            raise
        if found.vocab_size != first.vocab_size or not is_same_cut(first, found):
            return found
    return None


def _at_hand(client: Client, model: str) -> Iterator[str]:
    """Yield the other models whose files are here: nobody waits for a download unasked."""
    for info in client.engine.models():
        if info.name != model and (info.is_loaded or info.needed_bytes is not None):
            yield info.name


def _named(client: Client, typed: str) -> str:
    name = known_model(client.engine, typed)
    if name is None:
        shown = escape(clip(typed, _TYPED_LIMIT))
        names = listed_names(client.engine)
        raise UserError(option_texts.UNKNOWN_MODEL.format(typed=shown, names=names))
    return name


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(tokens)

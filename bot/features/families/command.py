"""`/familias`: one sentence in an encoder, a decoder and an encoder-decoder."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from discord import app_commands

from bot.asking.layers import effective
from bot.asking.prompts import checked_prompt
from bot.asking.requests import TRACE_TOP_N
from bot.client import Client, Interaction
from bot.features.families import texts
from bot.features.families.presenter import FamiliesPresenter
from bot.features.families.sentence import shortened
from bot.features.transform.asked import asked
from bot.jobs.duel_ids import duel_ids
from bot.messages.errors import UserError
from bot.messages.responses import is_private
from bot.render.markdown import escape
from bot.render.model_names import TRANSFORMERS, first_of, model_info
from engine import DecodingParams, GenerationRequest, ModelInfo
from engine.status import Kind

NEXT_TOKENS = 12
_DECODERS: tuple[Kind, ...] = ("decoder",)
_ANY_OTHER_LANGUAGE = "en"
"""What a model that has to be told a language writes in."""


@app_commands.command(name="familias", description=texts.COMMAND)
@app_commands.describe(texto=texts.OPTION_TEXT)
async def familias(interaction: Interaction, texto: str) -> None:
    """Read a sentence with each family, and show who sees whom and what each says."""
    client = interaction.client
    sentence, is_cut = shortened(checked_prompt(texto, client.word_list))
    settings = await effective(client, interaction, {})
    notes = (texts.CUT.format(text=escape(sentence)),) if is_cut else ()
    presenter = FamiliesPresenter(
        client=client,
        is_ephemeral=is_private(client.settings.reply_visibility, None, by_default=True),
        notes=notes,
    )
    requests = _requests(interaction, sentence, settings.model)
    await client.jobs.run_together(interaction, requests, kind="familias", presenter=presenter)


def _requests(
    interaction: Interaction, sentence: str, chosen: str | None
) -> tuple[GenerationRequest, ...]:
    """Return what the models that write are asked: the sentence's end, and its transformation.

    Raises:
        UserError: None of them is here.
    """
    decoder, transformer = _decoder(interaction, chosen), _transformer(interaction)
    first, second = duel_ids(uuid4().hex)[:2]
    requests = []
    if decoder is not None:
        requests.append(replace(_next_words(interaction, sentence, decoder), request_id=first))
    if transformer is not None:
        request = _transformation(interaction, sentence, transformer)
        requests.append(replace(request, request_id=second))
    if not requests:
        raise UserError(texts.NO_WRITER)
    return tuple(requests)


def _decoder(interaction: Interaction, chosen: str | None) -> ModelInfo | None:
    """Return the person's own decoder, else the first; a server's model cannot be looked into."""
    engine = interaction.client.engine
    own = None if chosen is None else model_info(engine, chosen)
    found = own if own is not None and own.kind == "decoder" else first_of(engine, _DECODERS)
    return found if found is not None and found.kind == "decoder" else None


def _transformer(interaction: Interaction) -> ModelInfo | None:
    found = first_of(interaction.client.engine, TRANSFORMERS)
    return found if found is not None and found.kind == "encoder_decoder" else None


def _next_words(interaction: Interaction, sentence: str, decoder: ModelInfo) -> GenerationRequest:
    client = interaction.client
    params = DecodingParams(
        max_new_tokens=min(NEXT_TOKENS, client.settings.max_new_tokens),
        whole_word_start=True,
        plain_text=True,
        bad_words=client.blocked_words,
    )
    return GenerationRequest(
        prompt=sentence,
        params=params,
        model=decoder.name,
        trace_top_n=TRACE_TOP_N,
        user_id=interaction.user.id,
        deadline_s=client.settings.request_timeout_s,
    )


def _transformation(
    interaction: Interaction, sentence: str, transformer: ModelInfo
) -> GenerationRequest:
    call = {"model": transformer.name}
    try:
        return asked(interaction, sentence, call, seed=0).request
    except UserError:
        return asked(interaction, sentence, call, seed=0, target=_ANY_OTHER_LANGUAGE).request


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(familias)

"""`/transformar`: an encoder-decoder turns a text into another."""

from __future__ import annotations

from discord import app_commands

from bot.asking.options import call_settings, decoding_options, with_ceiling
from bot.asking.prompts import checked_prompt
from bot.client import Client, Interaction
from bot.features.continuation.presenter import start_continuation
from bot.features.transform import texts
from bot.features.transform.asked import asked
from bot.features.transform.completion import (
    language_autocomplete,
    model_autocomplete,
    task_autocomplete,
)
from bot.messages.responses import is_private
from bot.render.frame import Frame


@app_commands.command(name="transformar", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT,
    tarea=texts.OPTION_TASK,
    de=texts.OPTION_SOURCE,
    a=texts.OPTION_TARGET,
    modelo=texts.OPTION_MODEL,
    semilla=texts.OPTION_SEED,
    privado=texts.OPTION_PRIVATE,
)
@app_commands.autocomplete(
    tarea=task_autocomplete,
    de=language_autocomplete,
    a=language_autocomplete,
    modelo=model_autocomplete,
)
@decoding_options
async def transformar(  # noqa: PLR0917 (Discord's options are its parameters)
    interaction: Interaction,
    texto: str,
    tarea: str | None = None,
    de: str | None = None,
    a: str | None = None,
    modelo: str | None = None,
    intentos: app_commands.Range[int, 1, 10] | None = None,
    tokens: app_commands.Range[int, 1, 4096] | None = None,
    semilla: app_commands.Range[int, 0, 4294967295] | None = None,
    privado: bool | None = None,
    estrategia: str | None = None,
    temperatura: str | None = None,
    top_k: app_commands.Range[int, 0] | None = None,
    top_p: str | None = None,
    beams: app_commands.Range[int, 1, 8] | None = None,
    sin_repetir: app_commands.Range[int, 0, 10] | None = None,
) -> None:
    """Turn a text into another in one message that grows while it is written."""
    client = interaction.client
    prompt = checked_prompt(texto, client.word_list)
    call = call_settings(
        modelo=modelo,
        estrategia=estrategia,
        temperatura=temperatura,
        top_k=top_k,
        top_p=top_p,
        beams=beams,
        sin_repetir=sin_repetir,
        tokens=tokens,
        intentos=intentos,
    )
    found = asked(interaction, prompt, call, seed=semilla, task=tarea, source=de, target=a)
    await start_continuation(
        interaction,
        found.request,
        Frame.of_prompt(prompt, found.notes, is_source=True),
        is_ephemeral=is_private(client.settings.reply_visibility, privado, by_default=False),
        kind="transformar",
    )


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    ceiling = tree.client.settings.max_new_tokens
    tree.add_command(with_ceiling(transformar, "tokens", ceiling))

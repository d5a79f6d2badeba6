"""`/continuar`: a model goes on with a text."""

from __future__ import annotations

from discord import app_commands

from bot.asking.options import call_settings, decoding_options, with_ceiling
from bot.client import Client, Interaction
from bot.features.continuation import texts
from bot.features.continuation.asked import Asked, go_on
from bot.features.continuation.form import open_form


@app_commands.command(name="continuar", description=texts.COMMAND)
@app_commands.describe(
    texto=texts.OPTION_TEXT, semilla=texts.OPTION_SEED, privado=texts.OPTION_PRIVATE
)
@decoding_options
async def continuar(  # noqa: PLR0917 (Discord's options are its parameters)
    interaction: Interaction,
    texto: str | None = None,
    estilo: str | None = None,
    intentos: app_commands.Range[int, 1, 10] | None = None,
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
    """Go on with a text in one message that grows while it is written; without one, ask for it."""
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
        intentos=intentos,
    )
    asked = Asked(settings=call, seed=semilla, is_private=privado)
    if texto is None:
        await open_form(interaction, asked)
    else:
        await go_on(interaction, texto, asked)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    ceiling = tree.client.settings.max_new_tokens
    tree.add_command(with_ceiling(continuar, "tokens", ceiling))

"""`/ayuda`: how everything is used, and the glossary."""

from __future__ import annotations

from discord import app_commands

from bot.client import Client, Interaction
from bot.features.help import pages, texts
from bot.features.help.panel import open_help
from bot.render.markdown import clip, escape

_MAX_CHOICES = 25
_TYPED_LIMIT = 60


async def topic_autocomplete(
    _interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose topics and terms."""
    found = pages.search(current)
    choices = [app_commands.Choice(name=name, value=key) for key, name in found.items()]
    return choices[:_MAX_CHOICES]


@app_commands.command(name="ayuda", description=texts.DESCRIPTION)
@app_commands.describe(tema=texts.OPTION_TOPIC)
@app_commands.autocomplete(tema=topic_autocomplete)
async def ayuda(interaction: Interaction, tema: str | None = None) -> None:
    """Show a page of the help."""
    key = texts.FIRST_TOPIC if tema is None else pages.find(tema)
    news = None
    if key is None:
        news = texts.NOT_FOUND.format(typed=escape(clip(tema or "", _TYPED_LIMIT)))
        key = texts.GLOSSARY_TOPIC
    await open_help(interaction, key, news)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add the command to the tree."""
    tree.add_command(ayuda)

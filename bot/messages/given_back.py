"""What a person typed goes back to them whole when nothing comes of it."""

from __future__ import annotations

import io
from typing import Any

import discord

from bot.messages.responses import say
from bot.render.markdown import escape, fits
from bot.texts import common as texts

FILE_NAME = "tu-texto.txt"


async def give_back(interaction: discord.Interaction[Any], sentence: str, typed: str) -> None:
    """Say a sentence to a person, with their text behind it: in a file where it is long."""
    if not typed.strip():
        await say(interaction, sentence)
        return
    content = texts.YOUR_TEXT.format(sentence=sentence, text=escape(typed))
    if fits(content):
        await say(interaction, content)
    else:
        content = texts.YOUR_TEXT_IN_FILE.format(sentence=sentence)
        await say(interaction, content, attach=lambda: [text_file(typed)])


def text_file(text: str) -> discord.File:
    """Return a text as a file."""
    data = text.encode("utf-8", errors="replace")
    return discord.File(io.BytesIO(data), FILE_NAME, description=texts.YOUR_TEXT_ALT)

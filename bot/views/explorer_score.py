"""The page of «Explicar este mensaje»: a text coloured by surprise. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord

from bot.live import Page
from bot.render.alt import surprise_alt
from bot.render.charts.surprise import MAX_TOKENS, SurpriseToken, surprise_chart
from bot.render.explorer_surprise import surprise_footer, surprise_of, surprise_text
from engine import Step

PICTURE_NAME = "sorpresa.png"


async def score_page(steps: tuple[Step, ...], model_name: str) -> Page:
    """Build the page of a scored text.

    Args:
        steps: One per token, at least one.
        model_name: As people know it, ready for Markdown.
    """
    tokens = tuple(
        SurpriseToken(text=step.chosen_candidate.text, bits=step.surprisal_bits) for step in steps
    )
    picture = await asyncio.to_thread(surprise_chart, tokens)
    alt = surprise_alt(tokens)
    media = discord.MediaGalleryItem(f"attachment://{PICTURE_NAME}", description=alt)
    shown = min(len(steps), MAX_TOKENS)
    container: discord.ui.Container[Any] = discord.ui.Container(
        discord.ui.TextDisplay(surprise_text(steps, surprise_of(steps))),
        discord.ui.MediaGallery(media),
        discord.ui.TextDisplay(surprise_footer(model_name, steps, shown)),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    file = discord.File(io.BytesIO(picture), PICTURE_NAME, description=alt)
    return Page(view=layout, files=(file,))

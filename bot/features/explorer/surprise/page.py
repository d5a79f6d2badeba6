"""The page of «Explicar este mensaje»: a text coloured by surprise. Nothing of it is kept."""

from __future__ import annotations

from functools import partial

from bot.features.explorer.surprise.chart import surprise_chart
from bot.features.explorer.surprise.words import (
    surprise_alt,
    surprise_footer,
    surprise_heading,
    surprise_of,
    surprise_text,
)
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.render.coloured import ColouredWord
from bot.render.step import join_tokens
from bot.render.written_words import WrittenWord, written_words
from bot.ui.picture_page import Picture, layout_page
from engine import Step

PICTURE_NAME = "sorpresa.png"


async def score_page(
    text: str, steps: tuple[Step, ...], model_name: str, pictures: PictureCache, reader_id: int
) -> Page:
    """Build the page of a scored text.

    Args:
        text: All of it; a model may have no probability for its first token.
        steps: One per scored token, at least one.
        model_name: As people know it, ready for Markdown.
        pictures: Draws its picture, which is not kept.
        reader_id: Who asks.
    """
    beginning = _beginning(text, steps)
    words = written_words(beginning, steps)
    coloured = coloured_text(beginning, words)
    data = await pictures.draw_once(partial(surprise_chart, coloured), reader_id)
    surprise = surprise_of(steps)
    return layout_page(
        f"{surprise_heading(surprise)}\n{surprise_text(steps, words)}",
        Picture(data, PICTURE_NAME, surprise_alt(coloured)),
        surprise_footer(model_name, surprise, len(steps) + bool(beginning)),
    )


def coloured_text(beginning: str, words: tuple[WrittenWord, ...]) -> tuple[ColouredWord, ...]:
    """Return what the picture shows: the unscored beginning, if any, has no colour."""
    scored = tuple(ColouredWord(text=word.text, bits=word.bits) for word in words)
    return (ColouredWord(text=beginning, bits=None), *scored) if beginning else scored


def _beginning(text: str, steps: tuple[Step, ...]) -> str:
    """Return what stands before the scored tokens; "" where they are the whole text."""
    scored = join_tokens([step.chosen_candidate.text for step in steps])
    beginning = text.removesuffix(scored)
    return "" if beginning == text else beginning

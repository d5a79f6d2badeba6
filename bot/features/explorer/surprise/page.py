"""The page of «Explicar este mensaje»: a text coloured by surprise. Nothing of it is kept."""

from __future__ import annotations

from functools import partial

from bot.features.explorer.surprise.chart import MAX_TOKENS, SurpriseToken, surprise_chart
from bot.features.explorer.surprise.words import (
    surprise_alt,
    surprise_footer,
    surprise_of,
    surprise_text,
)
from bot.messages.live import Page
from bot.messages.pictures import PictureCache
from bot.render.step import join_tokens, surprisal
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
    tokens = _tokens(text, steps)
    data = await pictures.draw_once(partial(surprise_chart, tokens), reader_id)
    return layout_page(
        surprise_text(steps, surprise_of(steps)),
        Picture(data, PICTURE_NAME, surprise_alt(tokens)),
        surprise_footer(model_name, len(tokens), min(len(tokens), MAX_TOKENS)),
    )


def _tokens(text: str, steps: tuple[Step, ...]) -> tuple[SurpriseToken, ...]:
    """Return the scored tokens, after the unscored beginning of the text if there is one."""
    texts = [step.chosen_candidate.text for step in steps]
    scored = tuple(
        SurpriseToken(text=token, bits=surprisal(step))
        for token, step in zip(texts, steps, strict=True)
    )
    beginning = text.removesuffix(join_tokens(texts))
    if beginning in {"", text}:
        return scored
    return SurpriseToken(text=beginning, bits=None), *scored

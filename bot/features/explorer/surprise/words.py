"""How surprising a text is to the model, in numbers and Spanish words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.surprise import texts
from bot.features.explorer.surprise.chart import SurpriseToken
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import decimal, integer, percent
from bot.render.step import bits_text, join_tokens, surprisal, token_label
from bot.render.tokens import glyphs, plain
from bot.texts import common
from engine import Candidate, Step

TOP = 3
_LARGEST_SURPRISAL = 60.0
"""Bits at which a token counts as impossible, so that the means stay finite."""


@dataclass(frozen=True, kw_only=True)
class Surprise:
    """A scored text.

    Attributes:
        perplexity: 2 to the mean surprisal in bits of a token.
        bits_per_character: Total surprisal over the characters of the scored tokens.
        top: Indices of the most surprising tokens, most surprising first.
    """

    perplexity: float
    bits_per_character: float
    top: tuple[int, ...]


def surprise_of(steps: tuple[Step, ...]) -> Surprise:
    """Measure a scored text of at least one step."""
    bits = [min(surprisal(step), _LARGEST_SURPRISAL) for step in steps]
    characters = len(join_tokens([step.chosen_candidate.text for step in steps]))
    order = sorted(range(len(steps)), key=lambda i: (-bits[i], i))
    return Surprise(
        perplexity=2.0 ** (sum(bits) / len(bits)),
        bits_per_character=sum(bits) / max(characters, 1),
        top=tuple(order[:TOP]),
    )


def surprise_text(steps: tuple[Step, ...], surprise: Surprise) -> str:
    """Say the perplexity, the bits per character and the most surprising tokens."""
    perplexity = _rounded(surprise.perplexity)
    lines = [
        texts.SCORE_TITLE,
        texts.SCORE_SUMMARY.format(
            perplexity=perplexity, bits=decimal(surprise.bits_per_character, digits=2)
        ),
        texts.SCORE_TOP,
    ]
    lines += [_token_line(place, steps[i]) for place, i in enumerate(surprise.top, start=1)]
    return "\n".join(lines)


def surprise_footer(model_name: str, tokens: int, shown: int) -> str:
    """Return the small lines: what the picture leaves out, the model, what is kept.

    Args:
        model_name: As people know it, ready for Markdown.
        tokens: How many tokens the text has.
        shown: How many of them the picture shows.
    """
    lines = []
    if shown < tokens:
        lines.append(texts.SCORE_FIRST.format(count=integer(shown)))
    count = common.tokens(integer(tokens))
    lines.append(texts.SCORE_FOOTER.format(model=model_name, tokens=count))
    return "\n".join(lines)


def _token_line(place: int, step: Step) -> str:
    chosen, expected = step.chosen_candidate, _expected(step)
    line = texts.SCORE_TOKEN.format(
        place=place,
        token=escape(token_label(chosen.text)),
        bits=bits_text(surprisal(step)),
        raw=percent(chosen.raw_prob),
    )
    if expected == chosen:
        return line + texts.SCORE_AS_EXPECTED
    return line + texts.SCORE_EXPECTED.format(
        token=escape(token_label(expected.text)), raw=percent(expected.raw_prob)
    )


def _expected(step: Step) -> Candidate:
    return min(step.candidates, key=lambda c: c.raw_rank)


def _rounded(number: float) -> str:
    return decimal(number, digits=1) if number < 100 else decimal(number, digits=0)


_MOST_SURPRISING = 5


def surprise_alt(text: Sequence[SurpriseToken]) -> str:
    """Say how many tokens there are and which surprised most."""
    scored = sorted(
        ((token.bits, token.text) for token in text if token.bits is not None), reverse=True
    )
    lead = texts.ALT_SURPRISE.format(count=integer(len(text)))
    shown = [
        texts.ALT_TOKEN.format(token=plain(glyphs(token)), bits=decimal(bits, 1))
        for bits, token in scored[:_MOST_SURPRISING]
    ]
    return listed(lead, shown, [])

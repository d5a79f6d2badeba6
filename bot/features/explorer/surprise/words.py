"""How surprising a text is to the model, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.step.labels import spoken
from bot.features.explorer.surprise import texts
from bot.render.alt import listed
from bot.render.coloured import ColouredWord
from bot.render.markdown import escape
from bot.render.numbers import decimal, integer
from bot.render.step import join_tokens, surprisal
from bot.render.tokens import plain
from bot.render.written_words import WrittenWord
from bot.texts import common
from engine import Step

TOP = 3
_LARGEST_SURPRISAL = 60.0
"""Bits at which a token counts as impossible, so that the means stay finite."""
_LITTLE_BITS, _MUCH_BITS = 3.0, 6.0
"""Mean bits of a token between which a text surprises as human texts do."""
_MOST_SURPRISING = 5


@dataclass(frozen=True, kw_only=True)
class Surprise:
    """A scored text.

    Attributes:
        bits_per_token: Mean surprisal of a token.
        bits_per_character: Total surprisal over the characters of the scored tokens.
    """

    bits_per_token: float
    bits_per_character: float

    @property
    def perplexity(self) -> float:
        """Two to the mean surprisal in bits of a token."""
        return math.exp2(self.bits_per_token)


def surprise_of(steps: tuple[Step, ...]) -> Surprise:
    """Measure a scored text of at least one step."""
    bits = sum(min(surprisal(step), _LARGEST_SURPRISAL) for step in steps)
    characters = len(join_tokens([step.chosen_candidate.text for step in steps]))
    return Surprise(bits_per_token=bits / len(steps), bits_per_character=bits / max(characters, 1))


def surprise_heading(surprise: Surprise) -> str:
    """Return the verdict on a text."""
    if surprise.bits_per_token < _LITTLE_BITS:
        return texts.LITTLE
    return texts.SOME if surprise.bits_per_token < _MUCH_BITS else texts.MUCH


def surprise_text(steps: tuple[Step, ...], words: Sequence[WrittenWord]) -> str:
    """Say the most surprising words, and what the model expected in their place."""
    whole = [word for word in words if word.is_whole] or list(words)
    top = sorted(whole, key=lambda word: (-word.bits, word.start))[:TOP]
    lines = [_word_line(place, word, steps[word.start]) for place, word in enumerate(top, start=1)]
    return "\n".join([texts.SCORE_TOP, *lines])


def surprise_footer(model_name: str, surprise: Surprise, tokens: int) -> str:
    """Return the small lines: the measures, the model, what is kept.

    Args:
        model_name: As people know it, ready for Markdown.
        surprise: Of the text.
        tokens: How many tokens the text has.
    """
    summary = texts.SCORE_SUMMARY.format(
        perplexity=_rounded(surprise.perplexity),
        bits=decimal(surprise.bits_per_character, digits=2),
    )
    count = common.tokens(integer(tokens))
    return f"{summary}\n{texts.SCORE_FOOTER.format(model=model_name, tokens=count)}"


def _word_line(place: int, word: WrittenWord, step: Step) -> str:
    line = texts.SCORE_TOKEN.format(place=place, word=escape(spoken(word.text, "")))
    expected = min(step.candidates, key=lambda c: c.raw_rank)
    if expected.token_id == step.chosen:
        return f"{line}."
    return f"{line}{texts.SCORE_EXPECTED.format(token=escape(spoken(expected.text, '')))}."


def _rounded(number: float) -> str:
    return decimal(number, digits=1) if number < 100 else decimal(number, digits=0)


def surprise_alt(words: Sequence[ColouredWord]) -> str:
    """Say how many words there are and which surprised most."""
    scored = [word for word in words if word.bits is not None]
    scored.sort(key=lambda word: -(word.bits or 0.0))
    lead = texts.ALT_SURPRISE.format(count=integer(len(words)))
    shown = [
        texts.ALT_TOKEN.format(word=plain(spoken(word.text, "")))
        for word in scored[:_MOST_SURPRISING]
    ]
    return listed(lead, shown, [])

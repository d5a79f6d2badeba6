"""The page «Números» of a gap in words: entropy, probabilities, ranks, tokens."""

from __future__ import annotations

from bot.features.fill import texts
from bot.features.fill.words import SMALL, label_of
from bot.render.markdown import clip, escape
from bot.render.numbers import decimal, integer, percent
from bot.render.tables import table
from bot.render.tokens import glyphs
from bot.texts import common
from engine.filling import Filling, Gap

_COLUMNS = 25
"""What a phone shows without scrolling inside a container."""
_LISTED_TOKENS = 40
_LISTED_LIMIT = 400


def title(filling: Filling, number: int) -> str:
    """Name the page."""
    count = len(filling.gaps)
    if count == 1:
        return texts.NUMBERS_TITLE
    return texts.NUMBERS_TITLE_OF.format(number=number + 1, count=count)


def entropy(gap: Gap) -> str:
    """Say how undecided the model is, with and without the right side."""
    bits = decimal(gap.entropy_bits, 1)
    if not gap.has_right:
        return texts.ENTROPY_ALONE.format(bits=bits)
    return texts.ENTROPY.format(bits=bits, hidden=decimal(gap.hidden_entropy_bits, 1))


def candidate_tables(gap: Gap) -> str:
    """Lay out the candidates of both ways of reading, each with its rank in the other."""
    if not gap.has_right:
        rows = [(label_of(c), percent(c.raw_prob)) for c in gap.candidates]
        return table(texts.ALONE_HEADER, rows, columns=_COLUMNS)
    both = [(label_of(c), percent(c.raw_prob), _rank(c.hidden_rank)) for c in gap.candidates]
    hidden = [
        (label_of(c), percent(c.hidden_prob), _rank(c.raw_rank)) for c in gap.hidden_candidates
    ]
    return "\n".join(
        (
            table(texts.BOTH_HEADER, both, columns=_COLUMNS),
            table(texts.HIDDEN_HEADER, hidden, columns=_COLUMNS),
        )
    )


def _rank(rank: int) -> str:
    return texts.RANK.format(rank=integer(rank))


def details(filling: Filling, number: int) -> str:
    """Say what the columns mean, what covering does, and what the model read."""
    has_right = filling.gaps[number].has_right
    lines = [texts.LEGEND if has_right else texts.LEGEND_ALONE]
    if has_right:
        lines.append(texts.HIDDEN_MEANS.format(end=_end(filling)))
        if not filling.has_end_token:
            lines.append(texts.HIDDEN_OPEN)
    if filling.pseudo_logprob is not None:
        lines.append(texts.PSEUDO.format(value=decimal(filling.pseudo_logprob, 1)))
    lines.append(_tokens(filling))
    return "\n".join(SMALL + line for line in lines)


def _end(filling: Filling) -> str:
    return texts.HIDDEN_END if filling.has_end_token else ""


def _tokens(filling: Filling) -> str:
    shown = [glyphs(token) for token in filling.token_texts[:_LISTED_TOKENS]]
    more = ["…"] if len(filling.token_texts) > _LISTED_TOKENS else []
    return texts.TOKENS.format(
        tokens=common.tokens(integer(filling.tokens)),
        limit=integer(filling.limit_tokens),
        listed=escape(clip(" | ".join([*shown, *more]), _LISTED_LIMIT)),
    )

"""The words of a scored text."""

from dataclasses import replace

import pytest

from bot.features.explorer.surprise.chart import SurpriseToken, surprise_chart
from bot.features.explorer.surprise.page import _tokens
from bot.features.explorer.surprise.words import (
    surprise_alt,
    surprise_footer,
    surprise_of,
    surprise_text,
)
from engine import Candidate, Rest, Step


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def scored(text: str, bits: float, rank: int = 2) -> Step:
    expected = Candidate(token_id=1, text=" y", raw_prob=0.4, raw_rank=1, final_prob=0.4)
    chosen = Candidate(token_id=2, text=text, raw_prob=0.05, raw_rank=rank, final_prob=0.05)
    return Step(
        chosen=2,
        entropy_bits=3.0,
        surprisal_bits=bits,
        final_entropy_bits=3.0,
        draw=None,
        candidates=(expected, chosen) if rank > 1 else (chosen,),
        stages=(),
        rest=Rest(count=10, raw_mass=0.1, final_mass=0.1),
    )


STEPS = (scored("Sol", 2.0), scored(" *ríe*", 6.0), scored("\n", 1.0, rank=1), scored("a", 3.0))


def test_perplexity_bits_per_character_and_the_most_unexpected():
    surprise = surprise_of(STEPS)
    assert surprise.perplexity == pytest.approx(2 ** (12 / 4))
    assert surprise.bits_per_character == pytest.approx(12 / len("Sol *ríe*\na"))
    assert surprise.top == (1, 3, 0)


def test_what_is_said():
    assert plain(surprise_text(STEPS, surprise_of(STEPS))) == (
        "### ¿Cuánto sorprende este texto al modelo?\n"
        "Perplejidad **8**: de media, acertar cada token le costaba como elegir a ciegas "
        "entre 8. Son **1,09 bits por carácter**.\n"
        "Lo más inesperado:\n"
        "**1.** «␣\\*ríe\\*»: 6,0 bits (5,0 %). Esperaba «␣y» (40,0 %).\n"
        "**2.** «a»: 3,0 bits (5,0 %). Esperaba «␣y» (40,0 %).\n"
        "**3.** «Sol»: 2,0 bits (5,0 %). Esperaba «␣y» (40,0 %)."
    )


def test_a_token_that_was_expected_is_said_to_be():
    steps = STEPS[2:3]
    assert surprise_text(steps, surprise_of(steps)).endswith(
        "**1.** «⏎»: 1,0 bits (5,0\u00a0%). Era lo que más esperaba."
    )


def test_an_impossible_token_does_not_break_the_sums():
    steps = (replace(STEPS[0], surprisal_bits=None), *STEPS[1:])
    assert "**1.** «Sol»: ∞ bits" in surprise_text(steps, surprise_of(steps))


def test_an_impossible_token_is_the_most_surprising_one_of_the_picture():
    tokens = _tokens("Sol *ríe*\na", (replace(STEPS[0], surprisal_bits=None), *STEPS[1:]))
    assert surprise_chart(tokens) != surprise_chart(_tokens("Sol *ríe*\na", STEPS))
    assert "«Sol» ∞ bits" in surprise_alt(tokens)


def test_the_small_lines():
    assert surprise_footer("guion", 4, 4) == (
        "-# guion · 4 tokens · no guardo este texto · Solo lo ves tú"
    )
    assert surprise_footer("guion", 1, 1).startswith("-# guion · 1 token ·")
    assert surprise_footer("guion", 4, 3).startswith(
        "-# En la imagen están los primeros 3 tokens.\n"
    )


def test_the_unscored_beginning_is_shown_without_a_colour():
    assert _tokens("El Sol *ríe*\na", STEPS)[0] == SurpriseToken(text="El ", bits=None)
    assert len(_tokens("Sol *ríe*\na", STEPS)) == len(STEPS)
    assert len(_tokens("otra cosa", STEPS)) == len(STEPS)

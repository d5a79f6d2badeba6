"""The words of a scored text."""

from dataclasses import replace

import pytest

from bot.features.explorer.surprise.page import _beginning, coloured_text
from bot.features.explorer.surprise.words import (
    surprise_alt,
    surprise_footer,
    surprise_heading,
    surprise_of,
    surprise_text,
)
from bot.render.coloured import ColouredWord
from bot.render.written_words import written_words
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


def told(steps):
    return plain(surprise_text(steps, written_words("", steps)))


def test_perplexity_and_bits_per_character():
    surprise = surprise_of(STEPS)
    assert surprise.perplexity == pytest.approx(2 ** (12 / 4))
    assert surprise.bits_per_character == pytest.approx(12 / len("Sol *ríe*\na"))


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (0.5, "### Este texto casi no sorprende al modelo"),
        (4.0, "### Este texto sorprende al modelo de vez en cuando"),
        (9.0, "### Este texto sorprende mucho al modelo"),
    ],
)
def test_the_verdict_is_in_words(bits, said):
    assert surprise_heading(surprise_of((scored("Sol", bits),))) == said


def test_the_most_unexpected_words_are_said_without_a_number():
    assert told(STEPS) == (
        "Lo que menos esperaba:\n"
        "**1.** «\\*ríe\\*», donde esperaba «y».\n"
        "**2.** «a», donde esperaba «y».\n"
        "**3.** «Sol», donde esperaba «y»."
    )


def test_a_word_that_was_expected_is_said_without_another():
    assert told(STEPS[2:3]).endswith("**1.** «salto de línea».")


def test_an_impossible_token_does_not_break_the_sums():
    steps = (replace(STEPS[0], surprisal_bits=None), *STEPS[1:])
    assert "**1.** «Sol»" in told(steps)
    assert surprise_of(steps).bits_per_token == pytest.approx(70 / 4)
    coloured = coloured_text("", written_words("", steps))
    assert "«Sol»; «*ríe*»" in surprise_alt(coloured)


def test_the_small_lines():
    assert plain(surprise_footer("guion", surprise_of(STEPS), 4)) == (
        "-# Perplejidad 8: como elegir cada token a ciegas entre 8. Son 1,09 bits por carácter.\n"
        "-# guion · 4 tokens · no guardo este texto · solo lo ves tú"
    )
    assert "guion · 1 token ·" in surprise_footer("guion", surprise_of(STEPS), 1)


def test_the_unscored_beginning_is_shown_without_a_colour():
    words = written_words("", STEPS)
    assert _beginning("El Sol *ríe*\na", STEPS) == "El "
    assert coloured_text("El ", words)[0] == ColouredWord(text="El ", bits=None)
    assert _beginning("Sol *ríe*\na", STEPS) == _beginning("otra cosa", STEPS) == ""
    assert len(coloured_text("", words)) == len(words)

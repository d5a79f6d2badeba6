"""What a text of a duel is called, by what its tokens are like."""

from dataclasses import replace

import pytest

from bot.features.duel.verdict import DELIRIOUS_BITS, REPEATED_SHARE, Verdict, verdict_of
from engine.explain import Measures
from engine.explain.loops import Loop, repetition_rate

PLAIN = Measures(
    tokens=20,
    logprob=-50.0,
    logprob_per_token=-2.5,
    notebook_logprob=None,
    repetition=0.0,
    distinct_1=1.0,
    distinct_2=1.0,
    milliseconds=1.0,
    raw_probs=(),
    excess_bits=0.0,
    loop=None,
)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.SANE),
        ({"excess_bits": None}, Verdict.SANE),
        ({"excess_bits": -4.0}, Verdict.SANE),
        ({"excess_bits": DELIRIOUS_BITS - 0.01}, Verdict.SANE),
        ({"excess_bits": DELIRIOUS_BITS}, Verdict.DELIRIOUS),
        ({"repetition": REPEATED_SHARE}, Verdict.REPEATS),
        ({"repetition": REPEATED_SHARE, "excess_bits": 9.0}, Verdict.REPEATS),
        ({"loop": Loop(start=0, period=2, length=6)}, Verdict.REPEATS),
    ],
)
def test_repetition_comes_first_and_then_surprise(change, verdict):
    assert verdict_of(replace(PLAIN, **change)) is verdict


def test_a_phrase_that_comes_back_once_in_twenty_tokens_counts_as_repetition():
    """Such is «que no había más que un hombre que no había más que»."""
    tokens = [*range(12), 3, 4, 5, 6, 7, 12, 13, 14]
    assert repetition_rate(tokens) >= REPEATED_SHARE
    assert repetition_rate([*range(12), 3, 4, 5, 12, 13, 14, 15, 16]) == 0.0


def test_a_verdict_is_at_most_two_words_without_a_number():
    for verdict in Verdict:
        assert 1 <= len(verdict.value.split()) <= 2
        assert not any(char.isdigit() for char in verdict.value)

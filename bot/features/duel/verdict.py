"""What a text of a duel is like, in two words and without a number.

The rules look at what `measure` finds in the tokens:

1. «se repite»: it is stuck in a loop, or at least 1 in 10 of its 4-grams had been there before.
2. «delira»: its tokens surprise the model by 2 bits each, or more, over what it expected.
3. «sensato»: neither.

Measured on texts of 20 tokens after twelve everyday prompts, on both embedded models: what people
wrote has no repeated 4-gram, and surprises by −1.4 to 1.0 bits over the expected on the larger
model; so does a fair die (temperature 1: −0.5 to 0.4). At temperature 1.5 it is 2.9 to 6.0 bits,
at 2 it is 6.6 to 10.7; greedy and beam search stay below −2.
"""

from __future__ import annotations

from enum import Enum

from bot.features.duel import texts
from engine.explain import Measures

REPEATED_SHARE = 0.1
DELIRIOUS_BITS = 2.0


class Verdict(Enum):
    """How a text reads; its value is what people see."""

    REPEATS = texts.VERDICT_REPEATS
    DELIRIOUS = texts.VERDICT_DELIRIOUS
    SANE = texts.VERDICT_SANE


def verdict_of(measures: Measures) -> Verdict:
    """Judge a text; without recorded steps its surprise is unknown and not held against it."""
    if measures.loop is not None or measures.repetition >= REPEATED_SHARE:
        return Verdict.REPEATS
    if measures.excess_bits is not None and measures.excess_bits >= DELIRIOUS_BITS:
        return Verdict.DELIRIOUS
    return Verdict.SANE

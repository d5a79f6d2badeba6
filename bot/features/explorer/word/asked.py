"""A word that somebody asked about, as the first screen needs it: which spelling, what chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.word.obstacles import obstacle_of
from bot.features.explorer.word.words import is_written, main_spelling
from bot.render.step import StepView
from engine.explain import Spelling, Suggestion, TokenFate, WhyNot

LEAST_CHANCE = 0.001
"""What comes out less often is no way to get a word: writing it is."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One word at one step.

    Attributes:
        view: The step.
        word: As it was typed.
        answer: What the engine said about it.
    """

    view: StepView
    word: str
    answer: WhyNot

    @property
    def spelling(self) -> Spelling:
        """The spelling that came out, or the one that fits the text before it."""
        return main_spelling(self.view, self.answer)

    @property
    def is_written(self) -> bool:
        """Whether it is what came out."""
        return is_written(self.view, self.spelling)

    @property
    def token_id(self) -> int | None:
        """The word's token, where it is one."""
        tokens = self.spelling.tokens
        return tokens[0].token.token_id if len(tokens) == 1 else None

    @property
    def final(self) -> float:
        """The probability that all its tokens come out one after the other, after the filters."""
        return final_of(self.spelling)

    @property
    def raw(self) -> float:
        """The same as the model gives it."""
        return self.spelling.raw_prob

    @property
    def obstacle(self) -> tuple[int, TokenFate] | None:
        """Where it did not go on; see `obstacle_of`."""
        return obstacle_of(self.spelling)

    @property
    def fix(self) -> Suggestion | None:
        """The smallest change of one setting with which the word is worth waiting for."""
        return next((s for s in self.spelling.suggestions if self._is_worth(s)), None)

    @property
    def other_spelling(self) -> Spelling | None:
        """Another way to write it that is likelier, and likely enough to matter."""
        found = [s for s in self.answer.spellings if s is not self.spelling]
        least = max(LEAST_CHANCE, self.final)
        return None if self.is_written else next((s for s in found if final_of(s) >= least), None)

    def _is_worth(self, suggestion: Suggestion) -> bool:
        """Judge by the chance; where whole texts are weighed, by what the model gives the word."""
        chance = self.raw if suggestion.odds is None else suggestion.odds
        return chance >= LEAST_CHANCE


def final_of(spelling: Spelling) -> float:
    """Return the probability that all its tokens come out in turn, after the filters."""
    return math.prod(fate.token.final_prob for fate in spelling.tokens)


def shares(asked: Sequence[Asked]) -> tuple[float, ...]:
    """Return how the words would share among themselves what the model gives them: they sum to 1.

    Args:
        asked: At least one, of one step; each stands for itself in the spelling that fits.
    """
    total = math.fsum(one.raw for one in asked)
    if total <= 0.0:
        return (1.0 / len(asked),) * len(asked)
    return tuple(one.raw / total for one in asked)

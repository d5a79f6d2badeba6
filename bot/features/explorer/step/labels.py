"""Tokens as the words that people read: «pescado», «hua…», «fin del texto»."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from bot.features.explorer.step import texts
from bot.render.markdown import clip
from bot.render.step import TOKEN_LIMIT, StepView, join_tokens
from bot.render.tokens import isolated, plain, visible
from bot.render.written_words import WrittenWord, word_at, written_words
from engine import Candidate
from engine.words import ends_in_word, is_word_character

_PIECE = "…"


@dataclass(frozen=True)
class Labels:
    """Names the tokens of one step.

    Args:
        view: The step.
        ends: Ids of the tokens that end texts.
    """

    view: StepView
    ends: Collection[int] = ()

    @cached_property
    def word(self) -> WrittenWord:
        """The word that the chosen token is of."""
        attempt = self.view.completion.attempts[self.view.attempt]
        words = written_words(self.view.before, attempt.steps, attempt.finish_reason)
        return words[word_at(words, self.view.step)]

    @property
    def chosen(self) -> str:
        """The chosen token, with «…» where the word goes on."""
        label = self.of(self.view.current.chosen_candidate)
        return label + _PIECE if self.view.step + 1 < self.word.stop else label

    def of(self, candidate: Candidate) -> str:
        """Name a candidate; not escaped."""
        if candidate.token_id in self.ends:
            return texts.END_OF_TEXT
        return spoken(candidate.text, self._before(self.view.step))

    def at(self, step: int) -> str:
        """Name a later token of the same word: «…cy»."""
        text = self.view.steps[step].chosen_candidate.text
        label = spoken(text, self._before(step))
        return label + _PIECE if step + 1 < self.word.stop else label

    def _before(self, step: int) -> str:
        steps = self.view.steps[:step]
        return self.view.before + join_tokens([step.chosen_candidate.text for step in steps])


def word_label(view: StepView) -> str:
    """Name the token of a step, for a title; not escaped."""
    return Labels(view).chosen


def spoken(text: str, before: str) -> str:
    """Name a token or a word: without its space; «…» before what goes on with a word.

    Args:
        text: Exact.
        before: What stands before it.
    """
    body = text.strip(" ")
    named = texts.BLANKS.get(text) or texts.BLANKS.get(body)
    if named is not None:
        return named
    is_joined = ends_in_word(before) and is_word_character(text[0])
    shown = isolated(clip(plain(visible(body)), TOKEN_LIMIT))
    return _PIECE + shown if is_joined else shown

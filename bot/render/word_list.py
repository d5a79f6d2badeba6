"""Keep the list of banned words out of everything that is stored or shown."""

from __future__ import annotations

from dataclasses import replace

from bot.texts.common import BANNED_TOKEN
from engine import Attempt, Candidate, Completion, GenerationRequest, ListedStep, Step
from engine.words import WordList

STAGE = "bad_words"
_REACH = 200
"""Letters and signs of a text in which an entry may begin that a candidate ends."""


def without_word_list(request: GenerationRequest) -> GenerationRequest:
    """Return the request as it is stored; whoever repeats it adds the list of that day."""
    return replace(request, params=replace(request.params, bad_words=()))


def masked(completion: Completion) -> Completion:
    """Return the completion without the list, and without the text of tokens that it removed."""
    if not completion.params.bad_words:
        return completion
    words, before = WordList(completion.params.bad_words), completion.prefix_text or ""
    return replace(
        completion,
        params=replace(completion.params, bad_words=()),
        attempts=tuple(_masked_attempt(attempt, words, before) for attempt in completion.attempts),
    )


def _masked_attempt(attempt: Attempt, words: WordList, before: str) -> Attempt:
    listed = []
    for step in attempt.listed:
        listed.append(_masked_listed(step, words, before[-_REACH:]))
        before += step.text
    steps = tuple(masked_step(step) for step in attempt.steps)
    return replace(attempt, steps=steps, listed=tuple(listed))


def _masked_listed(step: ListedStep, words: WordList, before: str) -> ListedStep:
    """Return a server's step without the candidates that are, or end, a word of the list.

    The server knows of no list. What was written has been read with it, to the end of its word.
    """
    candidates = tuple(
        replace(one, text=BANNED_TOKEN)
        if one.text != step.text and words.is_in(before + one.text)
        else one
        for one in step.candidates
    )
    return replace(step, candidates=candidates)


def masked_step(step: Step) -> Step:
    """Return the step without the text of tokens that the list removed."""
    if not any(candidate.removed_by == STAGE for candidate in step.candidates):
        return step
    return replace(step, candidates=tuple(_masked_candidate(c) for c in step.candidates))


def _masked_candidate(candidate: Candidate) -> Candidate:
    return replace(candidate, text=BANNED_TOKEN) if candidate.removed_by == STAGE else candidate

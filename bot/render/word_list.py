"""Keep the list of banned words out of everything that is stored or shown."""

from __future__ import annotations

from dataclasses import replace

from bot.texts.common import BANNED_TOKEN
from engine import Attempt, Candidate, Completion, GenerationRequest, Step

STAGE = "bad_words"


def without_word_list(request: GenerationRequest) -> GenerationRequest:
    """Return the request as it is stored; whoever repeats it adds the list of that day."""
    return replace(request, params=replace(request.params, bad_words=()))


def masked(completion: Completion) -> Completion:
    """Return the completion without the list, and without the text of tokens that it removed."""
    if not completion.params.bad_words:
        return completion
    return replace(
        completion,
        params=replace(completion.params, bad_words=()),
        attempts=tuple(_masked_attempt(attempt) for attempt in completion.attempts),
    )


def _masked_attempt(attempt: Attempt) -> Attempt:
    return replace(attempt, steps=tuple(masked_step(step) for step in attempt.steps))


def masked_step(step: Step) -> Step:
    """Return the step without the text of tokens that the list removed."""
    if not any(candidate.removed_by == STAGE for candidate in step.candidates):
        return step
    return replace(step, candidates=tuple(_masked_candidate(c) for c in step.candidates))


def _masked_candidate(candidate: Candidate) -> Candidate:
    return replace(candidate, text=BANNED_TOKEN) if candidate.removed_by == STAGE else candidate

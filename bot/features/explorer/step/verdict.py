"""What decided a step, in one of a few words: exactly one for every trace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from bot.render.written_words import is_forced
from engine import Candidate, DecodingParams, Step

SURE = 0.99
"""Final probability from which there was no other."""
_NEARLY = 0.9
_MATTERS = 0.2


class Verdict(Enum):
    """Why a token came out."""

    GIVEN = auto()
    """A person put it there."""
    FORCED = auto()
    """It was there before: neither die nor order chose it."""
    SURE = auto()
    """There was no other."""
    TOGETHER = auto()
    """Its whole text won: beam search."""
    CONTRAST = auto()
    """It was less like what was written than the favourite."""
    FILTER = auto()
    """It was the first of those left, once a filter had removed or lowered the favourite."""
    TIE = auto()
    """Two were nearly as likely, and it was one of them."""
    FAVOURITE = auto()
    """It was the first."""
    LUCK = auto()
    """The die fell on it, though another was likelier."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A step with what decided it.

    Attributes:
        chosen: What came out.
        favourite: The best by raw probability.
        first: The best by final probability.
        rival: The best but `chosen` by final probability; None where nothing else was recorded.
    """

    verdict: Verdict
    chosen: Candidate
    favourite: Candidate
    first: Candidate
    rival: Candidate | None


def decision_of(step: Step, params: DecodingParams) -> Decision:
    """Judge a step.

    Args:
        step: As recorded.
        params: The effective settings.
    """
    chosen = step.chosen_candidate
    ranked = sorted(step.candidates, key=lambda c: (-c.final_prob, c.raw_rank))
    others = [candidate for candidate in ranked if candidate.token_id != chosen.token_id]
    is_first = _is_first(step, ranked[0])
    first = chosen if is_first else others[0]
    favourite = min(step.candidates, key=lambda c: c.raw_rank)
    rival = next((c for c in others if c.final_prob > 0), None)
    found = Decision(
        verdict=Verdict.FORCED, chosen=chosen, favourite=favourite, first=first, rival=rival
    )
    verdict = _verdict(step, params, found, is_first=is_first)
    return Decision(**{**vars(found), "verdict": verdict})


def _is_first(step: Step, best: Candidate) -> bool:
    """Tell whether the chosen token has the greatest final probability of the whole vocabulary.

    The die knows: nothing lies below the first one's stretch.
    """
    chosen = step.chosen_candidate
    if step.draw is not None and len(step.candidates) > 1:
        return step.draw.low == 0 or chosen == best
    return chosen.final_prob >= best.final_prob


def _verdict(step: Step, params: DecodingParams, found: Decision, *, is_first: bool) -> Verdict:
    if step.is_given:
        return Verdict.GIVEN
    if is_forced(step):
        return Verdict.FORCED
    if found.chosen.final_prob >= SURE:
        return Verdict.SURE
    if params.is_beam:
        return Verdict.TOGETHER
    return _of_first(found) if is_first else _of_other(step, found)


def _of_first(found: Decision) -> Verdict:
    if found.favourite.token_id != found.chosen.token_id:
        return Verdict.FILTER
    if found.rival is not None and _are_close(found.chosen, found.rival):
        return Verdict.TIE
    return Verdict.FAVOURITE


def _of_other(step: Step, found: Decision) -> Verdict:
    if step.contrast:
        return Verdict.CONTRAST
    if step.draw is None:
        return Verdict.FORCED
    return Verdict.TIE if _are_close(found.first, found.chosen) else Verdict.LUCK


def _are_close(first: Candidate, second: Candidate) -> bool:
    both = first.final_prob + second.final_prob
    return both >= _MATTERS and second.final_prob >= _NEARLY * first.final_prob

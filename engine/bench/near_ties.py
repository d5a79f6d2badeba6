"""Where two runs of one request part, and how near to a tie the decision was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.trace import Attempt, BeamTree, Completion, Draw, Step

NEAR_TIE = 1e-4
"""Two best scores, or a throw and a boundary, that are closer than this may fall either way."""


@dataclass(frozen=True)
class Comparison:
    """A run beside another of the same request.

    Attributes:
        tokens: Tokens whose contexts were the same, so that they can be compared.
        margins: How near to a tie each decision was at which the runs part; infinite where the
            trace shows no decision.
        difference: Greatest difference of a candidate's raw log-probability, nats.
    """

    tokens: int
    margins: tuple[float, ...]
    difference: float

    @property
    def unexplained(self) -> tuple[float, ...]:
        """The margins that are no near ties."""
        return tuple(margin for margin in self.margins if not margin < NEAR_TIE)


def compare(lone: Completion, other: Completion) -> Comparison:
    """Compare two runs of one request, token by token up to where they part.

    Args:
        lone: Traced.
        other: Traced too.
    """
    pairs = _pairs(lone, other)
    # Both have read the same text up to the first token that differs, which is compared too.
    shared = [_shared(a.token_ids, b.token_ids) for a, b in pairs]
    tokens = sum(min(n + 1, len(a.token_ids)) for n, (a, _) in zip(shared, pairs, strict=True))
    differences = [
        step_difference(step, same)
        for n, (a, b) in zip(shared, pairs, strict=True)
        for step, same in zip(a.steps[: n + 1], b.steps[: n + 1], strict=False)
    ]
    return Comparison(
        tokens=tokens,
        margins=tuple(_margins(lone, other, pairs)),
        difference=max(differences, default=0.0),
    )


def decision_margin(
    score: float, draw: Draw | None, other_score: float, other_draw: Draw | None
) -> float:
    """Return how near a decision was to coming out as the other run's did.

    Where rounding swaps two choices, each run puts its own in the same place, and their scores are
    the same but for the rounding. Where it moves a boundary across the throw, which is the same in
    both, the two stretches meet there.

    Args:
        score: What the lone run's choice ranked by, a logarithm.
        draw: Its throw, or None where nothing was drawn.
        other_score: Of the other run's choice.
        other_draw: The other run's throw.
    """
    distance = abs(score - other_score)
    if draw is None or other_draw is None:
        return distance
    swapped = max(distance, abs(draw.low - other_draw.low))
    return min(swapped, abs(draw.high - other_draw.low), abs(other_draw.high - draw.low))


def step_margin(step: Step, other: Step) -> float:
    """Return the margin of two steps that read the same and chose different tokens."""
    probs = [s.chosen_candidate.final_prob for s in (step, other)]
    if not all(probs):
        return math.inf
    return decision_margin(math.log(probs[0]), step.draw, math.log(probs[1]), other.draw)


def tree_margin(lone: BeamTree, other: BeamTree) -> float | None:
    """Return how near to a tie two beam searches were where they part; None if nowhere."""
    for a, b in zip(lone.nodes, other.nodes, strict=False):
        if (a.step, a.parent, a.token_id) != (b.step, b.parent, b.token_id):
            is_same_step = a.step == b.step
            return decision_margin(a.score, a.draw, b.score, b.draw) if is_same_step else math.inf
        if a.status != b.status:
            return math.inf
    return None if len(lone.nodes) == len(other.nodes) else math.inf


def step_difference(step: Step, other: Step) -> float:
    """Return the greatest difference of a raw log-probability among the candidates of both."""
    theirs = {c.token_id: c.raw_prob for c in other.candidates}
    return max(
        (
            abs(math.log(c.raw_prob) - math.log(theirs[c.token_id]))
            for c in step.candidates
            if c.raw_prob > 0.0 and theirs.get(c.token_id, 0.0) > 0.0
        ),
        default=0.0,
    )


def _margins(
    lone: Completion, other: Completion, pairs: Sequence[tuple[Attempt, Attempt]]
) -> list[float]:
    if len(lone.attempts) != len(other.attempts):
        return [math.inf]
    if lone.beams is not None and other.beams is not None:
        margin = tree_margin(lone.beams, other.beams)
        if margin is not None:
            return [margin]
        return _order_margins(lone, other)
    margins = [m for a, b in pairs if (m := _attempt_margin(a, b)) is not None]
    # A sample that came out otherwise has another score, and may have another place.
    return margins or _order_margins(lone, other)


def _attempt_margin(lone: Attempt, other: Attempt) -> float | None:
    if lone.token_ids == other.token_ids:
        return None
    n = _shared(lone.token_ids, other.token_ids)
    is_decided = n < min(len(lone.steps), len(other.steps))
    return step_margin(lone.steps[n], other.steps[n]) if is_decided else math.inf


def _order_margins(lone: Completion, other: Completion) -> list[float]:
    """Return the distances of the scores of attempts that change places."""
    return [
        abs((a.score or 0.0) - (b.score or 0.0))
        for a, b in zip(lone.attempts, other.attempts, strict=True)
        if a.token_ids != b.token_ids
    ]


def _pairs(lone: Completion, other: Completion) -> list[tuple[Attempt, Attempt]]:
    """Return the attempts of the same dice, or of the same place."""
    theirs = {other.die_of(place): attempt for place, attempt in enumerate(other.attempts)}
    return [
        (attempt, theirs[die])
        for place, attempt in enumerate(lone.attempts)
        if (die := lone.die_of(place)) in theirs
    ]


def _shared(ids: Sequence[int], other: Sequence[int]) -> int:
    pairs = enumerate(zip(ids, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(ids), len(other)))

"""One step of a text that a server wrote, of which only its best candidates are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine import Completion, ListedStep


@dataclass(frozen=True, kw_only=True)
class ListedView:
    """One step on the screen.

    Attributes:
        before: The text before the first step, as it may be shown.
        attempt: 0-based index in `completion.attempts`.
        step: 0-based index in the attempt's steps.
        candidates: How many candidates are listed.
    """

    before: str
    completion: Completion
    attempt: int
    step: int
    candidates: int

    @property
    def steps(self) -> tuple[ListedStep, ...]:
        """All steps of the attempt."""
        return self.completion.attempts[self.attempt].listed

    @property
    def current(self) -> ListedStep:
        """The step that is shown."""
        return self.steps[self.step]

    @property
    def written(self) -> str:
        """The text up to the step."""
        return self.before + "".join(step.text for step in self.steps[: self.step])


def bits_of(step: ListedStep) -> float | None:
    """Return the bits of surprise, None where the server gives no chance."""
    return None if step.logprob is None else -step.logprob / math.log(2)


def most_surprising(steps: tuple[ListedStep, ...]) -> int:
    """Return the 0-based step of the greatest surprise, the first of equals."""
    return max(range(len(steps)), key=lambda place: (bits_of(steps[place]) or 0.0, -place))

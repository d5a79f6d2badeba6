"""A request in a batch: one text, or several attempts that come and go by themselves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.requests import GenerationRequest
from engine.runtime.batch.dealing import Need
from engine.runtime.job import Job
from engine.trace import Completion, Progress

if TYPE_CHECKING:
    from torch import Tensor

    from engine.runtime.batch.forward import Prefill
    from engine.runtime.batch.run import BatchRun


def parts_of(request: GenerationRequest) -> int:
    """Return how many texts of a request can be written one without the other."""
    params = request.params.resolved()
    return params.attempts if params.draws_tokens else 1


@dataclass(eq=False)
class Seat:
    """A job that takes part in a batch.

    Attributes:
        job: Who waits for the answer.
        queue_s: Seconds that it had waited.
        runs: What has been opened of it: run i makes attempt i, the only one makes them all.
        parts: How many runs there will be.
        prompt: What the first run has just read, and the logits after it, shape (1, vocab), for
            the others.
        changed: Runs that have written since the last look at `progress`.
    """

    job: Job[Any]
    queue_s: float
    runs: list[BatchRun]
    parts: int
    prompt: tuple[Prefill, Tensor] | None = None
    changed: dict[BatchRun, None] = field(default_factory=dict)
    _read_at_s: float = 0.0

    def keep_prompt(self, prefill: Prefill, logits: Tensor) -> None:
        """Keep what the first run has read, for the others."""
        self._read_at_s = time.perf_counter()
        if self.parts > 1:
            self.prompt = prefill, logits

    def need(self) -> Need:
        """Say what each of its runs takes."""
        return self.runs[0].need

    @property
    def is_done(self) -> bool:
        """Nothing is left to write."""
        return len(self.runs) == self.parts and all(run.is_done for run in self.runs)

    @property
    def has_tokens(self) -> bool:
        """A token exists, so there is a partial text."""
        return any(run.has_tokens for run in self.runs)

    @property
    def new_tokens(self) -> int:
        """Tokens made so far, over all attempts."""
        return sum(run.new_tokens for run in self.runs)

    def progress(self) -> tuple[Progress, ...]:
        """Return the attempts whose text changed since the last call."""
        changed, self.changed = self.changed, {}
        return tuple(progress for run in changed for progress in run.progress())

    def completion(self) -> Completion:
        """Return the answer as far as it is written.

        Raises:
            EngineError: cancelled or deadline, for one stopped before its first token.
        """
        written = [run for run in self.runs if run.has_tokens] or self.runs[:1]
        completions = [run.completion(self.queue_s) for run in written]
        if self.parts == 1:
            return completions[0]
        return joined(completions, time.perf_counter() - self._read_at_s)


def joined(parts: Sequence[Completion], decode_s: float) -> Completion:
    """Return the answer whose attempts were made apart, in the order of their dice or ranks.

    Args:
        parts: In the order of their attempts.
        decode_s: Seconds from the first token of any of them to the last.
    """
    attempts = [attempt for part in parts for attempt in part.attempts]
    if any(attempt.die is not None for attempt in attempts):
        attempts.sort(key=lambda attempt: -(attempt.score or 0.0))
    return replace(parts[0], attempts=tuple(attempts), decode_s=decode_s)

"""What cannot share a batch runs beside it: a step of its own between any two of the batch."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from engine.requests import GenerationRequest
from engine.runtime.backend import Run
from engine.runtime.driving import steps_of
from engine.runtime.failures import outcome_of
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.trace import Completion

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel


class Beside:
    """One request at a time that a batch cannot take; nobody of the batch waits for its end.

    Args:
        scheduler: Where its outcome goes.
        rates: Counts tokens and time.
        open_run: Prepares it to run by itself.
        loaded: Model of the batch.
        held: Jobs that this thread must answer; kept up to date.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        rates: Rates,
        open_run: Callable[[LoadedModel, GenerationRequest], Run],
        loaded: LoadedModel,
        held: list[Job[Any]],
    ) -> None:
        self._scheduler = scheduler
        self._rates = rates
        self._open_run = open_run
        self._loaded = loaded
        self._held = held
        self._job: Job[Any] | None = None
        self._steps: Generator[None, None, Completion] | None = None

    def __bool__(self) -> bool:
        return self._job is not None

    def start(self, job: Job[Any]) -> None:
        """Begin with a job that has a slot, or has joined."""
        if job not in self._held:
            self._held.append(job)
        self._job, self._steps = job, None

    def step(self) -> None:
        """Do the next step of the request that is under way, if any; answer it behind the last."""
        job = self._job
        if job is None:
            return
        outcome = outcome_of(lambda: self._advance(job), job)
        if outcome is not None:
            self._job = self._steps = None
            self._held.remove(job)
            self._scheduler.release(job, outcome, next(iter(self._held), None))

    def _advance(self, job: Job[Any]) -> Completion | None:
        """Do a step; return the answer behind the last."""
        if self._steps is None:
            assert job.request is not None
            self._steps = steps_of(self._open_run(self._loaded, job.request), job, self._rates)
        try:
            next(self._steps)
        except StopIteration as end:
            completion: Completion = end.value
            return completion
        return None

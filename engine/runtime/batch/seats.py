"""Who takes part in a batch: how they enter, how they leave, and that a fault is theirs alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import EngineError
from engine.models.memory import free_memory, is_out_of_memory
from engine.panics import is_failure
from engine.runtime.failures import outcome_of, typed
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch, BatchRun

T = TypeVar("T")


@dataclass(eq=False)
class _Seat:
    """A job that takes part, its run, and the seconds that it had waited."""

    job: Job[Any]
    run: BatchRun
    queue_s: float


class Seats:
    """The jobs of a batch. Each leaves with an answer, whatever goes wrong in its part.

    What is done for a run that has left is nothing.

    Args:
        scheduler: Where outcomes go.
        rates: Counts tokens and time.
        loaded: Model of the batch.
        batch: An empty batch.
        held: Jobs that this thread must answer; kept up to date.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        rates: Rates,
        loaded: LoadedModel,
        batch: Batch,
        held: list[Job[Any]],
    ) -> None:
        self._scheduler = scheduler
        self._rates = rates
        self._loaded = loaded
        self._batch = batch
        self._held = held
        self._seats: dict[BatchRun, _Seat] = {}
        # The job whose turn it is, while there is no room: it is tokenized once.
        self._next: tuple[Job[Any], BatchRun | EngineError] | None = None

    def __len__(self) -> int:
        return len(self._seats)

    def fits(self, job: Job[Any]) -> bool:
        """Tell whether a job can enter now: work without rows, and what only gets an error, can."""
        if job.request is None:
            return True
        run = self._open(job)
        return isinstance(run, EngineError) or self._batch.has_room(run)

    def join(self, job: Job[Any]) -> None:
        """Take in a job that waited; other work, such as scoring, is done here and now."""
        self._held.append(job)
        if job.request is None:
            self._release(job, outcome_of(lambda: job.done_with(self._loaded), job))
        else:
            self.enter(job)

    def enter(self, job: Job[Any]) -> None:
        """Give a seat to a generation that fits, or its error to one that can never run."""
        run, self._next = self._open(job), None
        if isinstance(run, EngineError):
            self._release(job, run)
            return
        failure = outcome_of(partial(self._batch.add, run), job)
        if isinstance(failure, EngineError):
            self._release(job, failure)
            return
        self._seats[run] = _Seat(job, run, job.waited_s())

    def dismiss(self) -> None:
        """End the runs that were cancelled or are late; their partial text is an answer."""
        for seat in tuple(self._seats.values()):
            if (reason := seat.job.must_stop()) is not None:
                seat.run.stop(reason)
                self._answer(seat)

    def read(self, run: BatchRun) -> Tensor | None:
        """Read a piece of a run's prompt; return the logits, shape (1, vocab), after the last."""
        return self._attempt(run, lambda _: self._batch.read(run))

    def decode(self) -> dict[BatchRun, Tensor]:
        """Run everybody's rows; without memory for all, kept texts go first, then the newest.

        Returns:
            Logits of each run, shape (its rows, vocab); nothing where the pass failed.
        """
        writing = [seat for seat in self._seats.values() if seat.run.rows]
        if not writing:
            return {}
        try:
            return self._batch.decode()
        except BaseException as error:  # the boundary, as `outcome_of`
            if not is_failure(error):
                raise
            is_short = is_out_of_memory(error)
            is_tried_again = is_short and self._batch.forget_texts()
            concerned = () if is_tried_again else writing[-1:] if is_short else writing
            failures = [(seat, typed(error, seat.job)) for seat in concerned]
        for seat, failure in failures:
            self._fail(seat, failure)
        free_memory()
        return self.decode() if is_tried_again else {}

    def choose(self, run: BatchRun, logits: Tensor) -> None:
        """Let a run's strategy choose the next token of each of its rows."""
        self._attempt(run, lambda _: self._batch.choose(run, logits))

    def publish(self, run: BatchRun) -> None:
        """Tell whoever waits for a run what it has written."""
        self._attempt(run, lambda seat: seat.job.publish(run, self._rates))

    def answer_if_done(self, run: BatchRun) -> None:
        """Answer a run that has written its last token."""
        seat = self._seats.get(run)
        if seat is not None and run.is_done:
            self._rates.add_service(seat.job.waited_s() - seat.queue_s, seat.job.places)
            self._answer(seat)

    def _open(self, job: Job[Any]) -> BatchRun | EngineError:
        if self._next is None or self._next[0] is not job:
            request = job.request
            assert request is not None
            self._next = job, outcome_of(lambda: self._batch.open_run(request), job)
        return self._next[1]

    def _attempt(self, run: BatchRun, work: Callable[[_Seat], T]) -> T | None:
        """Do a run's part of a turn; a failure ends it, and nobody else."""
        seat = self._seats.get(run)
        if seat is None:
            return None
        outcome = outcome_of(lambda: work(seat), seat.job)
        if isinstance(outcome, EngineError):
            self._fail(seat, outcome)
            return None
        return outcome

    def _answer(self, seat: _Seat) -> None:
        """Answer a run that is done; what is kept of it is not worth a failure."""
        outcome_of(lambda: self._batch.keep(seat.run), seat.job)
        self._leave(seat, outcome_of(lambda: seat.run.completion(seat.queue_s), seat.job))

    def _fail(self, seat: _Seat, failure: EngineError) -> None:
        if seat.run.has_tokens:
            partial_text = outcome_of(lambda: seat.run.completion(seat.queue_s), seat.job)
            failure.partial = None if isinstance(partial_text, EngineError) else partial_text
        self._leave(seat, failure)

    def _leave(self, seat: _Seat, outcome: object) -> None:
        del self._seats[seat.run]
        self._batch.remove(seat.run)
        self._release(seat.job, outcome)

    def _release(self, job: Job[Any], outcome: object) -> None:
        """Answer a job; the worker that the batch holds passes on to one that is still in it."""
        self._held.remove(job)
        heir = next((seat.job for seat in self._seats.values()), None)
        self._scheduler.release(job, outcome, heir)

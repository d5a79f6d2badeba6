"""Drives one batch: schedule → run → strategy → publish, until nobody is left in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.panics import is_failure
from engine.runtime.failures import free_memory, is_out_of_memory, outcome_of, typed
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch, BatchRun


@dataclass(eq=False)
class _Seat:
    """A job that takes part, its run, and the seconds that it had waited."""

    job: Job[Any]
    run: BatchRun
    queue_s: float


class BatchDrive:
    """Serves one job in a batch, and whoever may join it meanwhile.

    Args:
        scheduler: Where jobs come from and where their outcomes go.
        rates: Counts tokens and time.
        loaded: Model of the batch.
        batch: An empty batch.
        is_ours: Whether a waiting job wants this model.
        held: Jobs that this thread must answer; kept up to date.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        rates: Rates,
        loaded: LoadedModel,
        batch: Batch,
        is_ours: Callable[[Job[Any]], bool],
        held: list[Job[Any]],
    ) -> None:
        self._scheduler = scheduler
        self._rates = rates
        self._loaded = loaded
        self._batch = batch
        self._is_ours = is_ours
        self._held = held
        self._seats: dict[BatchRun, _Seat] = {}
        # The job whose turn it is, while there is no room: it is tokenized once.
        self._next: tuple[Job[Any], BatchRun | EngineError] | None = None

    def serve(self, job: Job[Any]) -> bool:
        """Serve a job that holds a slot; False, with nothing done, if it must run plain."""
        run = self._open(job)
        if not isinstance(run, EngineError) and not self._batch.can_serve(run):
            return False
        self._enter(job, run)
        try:
            while self._seats:
                self._admit()
                with self._rates.busy():
                    self._step()
        finally:
            self._scheduler.has_room = False
        return True

    def _admit(self) -> None:
        """Let in, in the queue's order, what fits; whoever does not fit holds up the others."""
        while (job := self._scheduler.peek()) is not None and self._is_ours(job):
            if job.request is None:
                self._do_between_steps(job)
                continue
            run = self._open(job)
            if not isinstance(run, EngineError) and not self._batch.has_room(run):
                break
            if self._scheduler.join(job):
                self._held.append(job)
                self._enter(job, run)
        self._scheduler.has_room = self._batch.is_open

    def _do_between_steps(self, job: Job[Any]) -> None:
        """Do other work on the same model, such as scoring, that takes no part in the batch."""
        if self._scheduler.join(job):
            self._held.append(job)
            self._release(job, outcome_of(lambda: job.work(self._loaded, job), job))

    def _step(self) -> None:
        for seat in tuple(self._seats.values()):
            if seat.job.must_stop() is not None:
                self._stop(seat)
        for run in self._batch.reading():
            self._advance(self._seats[run], None)
        for run, logits in self._decode().items():
            self._advance(self._seats[run], logits)

    def _open(self, job: Job[Any]) -> BatchRun | EngineError:
        if self._next is None or self._next[0] is not job:
            request = job.request
            assert request is not None
            self._next = job, outcome_of(lambda: self._batch.open_run(request), job)
        return self._next[1]

    def _enter(self, job: Job[Any], run: BatchRun | EngineError) -> None:
        self._next = None
        if isinstance(run, EngineError):
            self._release(job, run)
            return
        failure = outcome_of(lambda: self._batch.add(run), job)
        if isinstance(failure, EngineError):
            self._release(job, failure)
            return
        self._seats[run] = _Seat(job, run, job.waited_s())

    def _stop(self, seat: _Seat) -> None:
        """End a run that was cancelled or is late; its partial text is an answer."""
        reason = seat.job.must_stop()
        assert reason is not None
        seat.run.stop(reason)
        self._answer(seat)

    def _decode(self) -> dict[BatchRun, Tensor]:
        """Run everybody's rows; without memory for all, kept texts go first, then the newest."""
        writing = [seat for seat in self._seats.values() if seat.run.rows]
        if not writing:
            return {}
        try:
            return self._batch.decode()
        except BaseException as error:  # the boundary, as `outcome_of`
            if not is_failure(error):
                raise
            if is_out_of_memory(error) and self._batch.forget_texts():
                free_memory()
                return self._decode()
            concerned = writing[-1:] if is_out_of_memory(error) else writing
            failures = [(seat, typed(error, seat.job)) for seat in concerned]
        for seat, failure in failures:
            self._fail(seat, failure)
        free_memory()
        return {}

    def _advance(self, seat: _Seat, logits: Tensor | None) -> None:
        """Give a run its logits, or without them read its context, and publish."""
        outcome = outcome_of(lambda: self._choose(seat, logits), seat.job)
        if isinstance(outcome, EngineError):
            self._fail(seat, outcome)
        elif seat.run.is_done:
            self._rates.add_service(seat.job.waited_s() - seat.queue_s, seat.job.places)
            self._answer(seat)

    def _choose(self, seat: _Seat, logits: Tensor | None) -> None:
        job, run = seat.job, seat.run
        if logits is None:
            logits = self._batch.read(run)
        if logits is None:
            return
        self._batch.choose(run, logits)
        self._rates.add_tokens(run.new_tokens - job.new_tokens)
        # Before the progress: who has seen a text gets it back when they cancel.
        job.new_tokens, job.has_tokens = run.new_tokens, run.has_tokens
        if job.mailbox.has_events:
            job.mailbox.post_progress(run.progress())

    def _answer(self, seat: _Seat) -> None:
        """Answer a run that is done; what is kept of it is not worth a failure."""
        outcome_of(lambda: self._batch.keep(seat.run), seat.job)
        self._leave(seat, outcome_of(lambda: seat.run.completion(seat.queue_s), seat.job))

    def _fail(self, seat: _Seat, failure: EngineError) -> None:
        if seat.run.has_tokens:
            partial = outcome_of(lambda: seat.run.completion(seat.queue_s), seat.job)
            failure.partial = None if isinstance(partial, EngineError) else partial
        self._leave(seat, failure)

    def _leave(self, seat: _Seat, outcome: object) -> None:
        del self._seats[seat.run]
        self._batch.remove(seat.run)
        self._release(seat.job, outcome)

    def _release(self, job: Job[Any], outcome: object) -> None:
        """Answer a job; the batch's slot passes on to one that is still in it."""
        self._held.remove(job)
        heir = next((seat.job for seat in self._seats.values()), None)
        self._scheduler.release(job, outcome, heir)

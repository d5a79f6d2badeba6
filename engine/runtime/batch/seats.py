"""Who takes part in a batch: how they enter, how they leave, and that a fault is theirs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import EngineError
from engine.models.memory import free_memory, is_out_of_memory
from engine.panics import is_failure
from engine.runtime.batch.dealing import IMPOSSIBLE, Claim, Need, Room
from engine.runtime.batch.seat import Seat, parts_of
from engine.runtime.failures import outcome_of, typed
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch
    from engine.runtime.batch.run import BatchRun

T = TypeVar("T")
Part = tuple[Job[Any], int]
"""A job, and which of the texts that can be written apart."""


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
        self._seats: dict[Job[Any], Seat] = {}
        self._seat_of: dict[BatchRun, Seat] = {}
        # Jobs that wait, opened once to see what they need.
        self._opened: dict[Job[Any], BatchRun | EngineError] = {}

    def __len__(self) -> int:
        return len(self._seats)

    def fits(self, job: Job[Any]) -> bool:
        """Tell whether a job can enter now: one that only gets an error can."""
        run = self._open(job)
        return isinstance(run, EngineError) or self._batch.has_room(run)

    def first_apart(
        self, waiting: Sequence[Job[Any]], is_ours: Callable[[Job[Any]], bool]
    ) -> Job[Any] | None:
        """Return the first whose next request could not share the batch if it were empty."""
        people: set[int] = set()
        for job in waiting:
            if job.user_id in people or job.is_background or job.request is None:
                continue
            people.add(job.user_id)
            if is_ours(job) and self._is_apart(job):
                return job
        return None

    def claims(self) -> Iterator[Claim[Part]]:
        """Yield what could run in the next turn of those who have a seat."""
        for job, seat in self._seats.items():
            for part in range(seat.parts):
                run = seat.runs[part] if part < len(seat.runs) else None
                if run is None or not run.is_done:
                    yield Claim(
                        person=job.user_id,
                        text=(job, part),
                        measure=seat.need,
                        parked_cells=0 if run is None else len(run.rows) * run.length,
                        is_in=run is not None and run.is_in,
                        is_background=job.is_background,
                    )

    def queued_claims(
        self, waiting: Sequence[Job[Any]], is_ours: Callable[[Job[Any]], bool]
    ) -> Iterator[Claim[Part]]:
        """Yield what could run of jobs that wait, and what waits for another batch."""
        self._opened = {job: run for job, run in self._opened.items() if job in waiting}
        for job in waiting:
            is_here = is_ours(job)
            is_apart = is_here and job in self._opened and self._is_apart(job)
            if is_here and (job.request is None or (is_apart and not job.is_background)):
                continue
            for part in range(parts_of(job.request) if is_here and job.request else 1):
                yield Claim(
                    person=job.user_id,
                    text=(job, part),
                    measure=partial(self._measure, job) if is_here else lambda: IMPOSSIBLE,
                    is_queued=True,
                    is_background=job.is_background,
                )

    def do(self, job: Job[Any]) -> None:
        """Do work without rows, such as scoring, here and now."""
        self._held.append(job)
        self._release(job, outcome_of(lambda: job.done_with(self._loaded), job))

    def let_in(self, claim: Claim[Part]) -> None:
        """Let a text run from the next step on, if there is still room for it."""
        job, part = claim.text
        if claim.is_queued and part == 0:
            if self.fits(job) and self._scheduler.join(job):
                self._held.append(job)
                self.enter(job)
        elif (seat := self._seats.get(job)) is not None:
            run = self._run_of(seat, part)
            if run is not None and self._batch.has_room(run):
                self._attempt(run, lambda _: self._batch.take_back(run))

    def set_aside(self, claim: Claim[Part]) -> None:
        """Let a text wait with all that it has; without memory for that, it stays."""
        job, part = claim.text
        if (seat := self._seats.get(job)) is not None:
            outcome_of(lambda: self._batch.set_aside(seat.runs[part]), job)

    def enter(self, job: Job[Any]) -> None:
        """Give a seat to a generation that fits, or its error to one that can never run."""
        run = self._open(job)
        self._opened.pop(job, None)
        if isinstance(run, EngineError):
            self._release(job, run)
            return
        failure = outcome_of(lambda: self._batch.add(run), job)
        if isinstance(failure, EngineError):
            self._release(job, failure)
            return
        assert job.request is not None
        seat = Seat(job, job.waited_s(), [run], parts_of(job.request))
        self._seats[job] = self._seat_of[run] = seat

    def dismiss(self) -> None:
        """End the runs that were cancelled or are late; their partial text is an answer."""
        for seat in tuple(self._seats.values()):
            if (reason := seat.job.must_stop()) is not None:
                for run in seat.runs:
                    run.stop(reason)
                self._answer(seat)

    def read(self, run: BatchRun) -> Tensor | None:
        """Read a piece of a run's prompt; return the logits, shape (1, vocab), after the last."""
        logits = self._attempt(run, lambda _: self._batch.read(run))
        # Only now: one that could not be read with others has begun again.
        if logits is not None and run.prefill is not None:
            self._seat_of[run].keep_prompt(run.prefill, logits)
        return logits

    def begin(self) -> Iterator[tuple[BatchRun, Tensor]]:
        """Yield the runs whose prompt a sibling has just read, and the logits after it.

        All attempts get their first token at once, those without a row as well.
        """
        for seat in tuple(self._seats.values()):
            if seat.prompt is None:
                continue
            (prefill, logits), seat.prompt = seat.prompt, None
            for part in range(1, seat.parts):
                run = self._run_of(seat, part)
                if run is None:
                    break
                run.begin(prefill)
                yield run, logits

    def decode(self) -> dict[BatchRun, Tensor]:
        """Run everybody's rows; without memory for all, kept texts go first, then the newest.

        Returns:
            Logits of each run, shape (its rows, vocab); nothing where the pass failed.
        """
        writing = [seat for seat in self._seats.values() if any(run.rows for run in seat.runs)]
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
        """Post what a run has written; whoever waits for it is told by `wake_all`."""

        def post(seat: Seat) -> None:
            seat.changed[run] = None
            seat.job.publish(seat, self._rates, is_sparing=not seat.is_done, wakes=False)

        self._attempt(run, post)

    def answer_if_done(self, run: BatchRun) -> None:
        """Let a run leave that has written its last token; the last one of a job brings it."""
        seat = self._seat_of.get(run)
        if seat is None or not run.is_done:
            return
        if seat.is_done:
            self._rates.add_service(seat.job.waited_s() - seat.queue_s, seat.job.places)
            self._answer(seat)
        else:
            outcome_of(lambda: self._batch.keep(run), seat.job)
            self._batch.remove(run)

    def _open(self, job: Job[Any]) -> BatchRun | EngineError:
        request = job.request
        assert request is not None
        if job not in self._opened:
            attempts = range(1) if parts_of(request) > 1 else None
            self._opened[job] = outcome_of(lambda: self._batch.open_run(request, attempts), job)
        return self._opened[job]

    def _is_apart(self, job: Job[Any]) -> bool:
        run = self._open(job)
        return not isinstance(run, EngineError) and not Room(self._batch.limits).takes(run.need)

    def _measure(self, job: Job[Any]) -> Need:
        run = self._open(job)
        return Need(rows=0, columns=0) if isinstance(run, EngineError) else run.need

    def _run_of(self, seat: Seat, part: int) -> BatchRun | None:
        """Return a run of a job that has a seat, opened where it is the next one."""
        if part == len(seat.runs) and seat.job in self._seats:
            request, first = seat.job.request, seat.runs[0]
            assert request is not None
            run = self._attempt(
                first, lambda _: self._batch.open_run(request, range(part, part + 1), first)
            )
            if run is not None:
                seat.runs.append(run)
                self._seat_of[run] = seat
        return seat.runs[part] if part < len(seat.runs) else None

    def _attempt(self, run: BatchRun, work: Callable[[Seat], T]) -> T | None:
        """Do a run's part of a turn; a failure ends it, and nobody else."""
        seat = self._seat_of.get(run)
        if seat is None:
            return None
        outcome = outcome_of(lambda: work(seat), seat.job)
        if isinstance(outcome, EngineError):
            self._fail(seat, outcome)
            return None
        return outcome

    def _answer(self, seat: Seat) -> None:
        """Answer a run that is done; what is kept of it is not worth a failure."""
        for run in seat.runs:
            if run.is_in:
                outcome_of(partial(self._batch.keep, run), seat.job)
        self._leave(seat, outcome_of(seat.completion, seat.job))

    def _fail(self, seat: Seat, failure: EngineError) -> None:
        if seat.has_tokens:
            partial_text = outcome_of(seat.completion, seat.job)
            failure.partial = None if isinstance(partial_text, EngineError) else partial_text
        self._leave(seat, failure)

    def _leave(self, seat: Seat, outcome: object) -> None:
        del self._seats[seat.job]
        for run in seat.runs:
            del self._seat_of[run]
            self._batch.remove(run)
        self._release(seat.job, outcome)

    def _release(self, job: Job[Any], outcome: object) -> None:
        """Answer a job; the worker that the batch holds passes on to one that is still in it."""
        self._held.remove(job)
        heir = next(iter(self._held), None)
        self._scheduler.release(job, outcome, heir)

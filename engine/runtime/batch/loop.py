"""The decode loop: who waits gets in, every text gets its next token, who is done leaves.

Continuous batching in five words:

- *row*: one text that the model goes on with, a line of the tensors that it is given. Greedy search
  has one, three attempts or three beams have three. Each has a length of its own.
- *slot*: where the cache keeps the keys and values of a row; row i has slot i (`cache.py`).
- *run*: a request in the batch, or an attempt of it: its rows, its strategy, and what that has
  written (`batch.py`).
- *seat*: a job that waits for its answer and its runs, one for each attempt that can be written
  apart; what goes wrong ends there (`seats.py`).
- *turn*: one `step`. It makes one forward pass over all rows, and a token for each of them.

Nobody waits for a batch to end; requests come and go between any two turns::

    turn    reads its prompt    rows that run    who ends
    1       A                   A
    2       B, a first piece    A
    3       B, the rest         A B
    4                           A B              A; B moves into row 0
    5       C                   B C

Where there are more texts than rows, the rows are dealt anew before every turn, so that everybody
gets as many tokens as everybody else; who must wait goes on later (`dealing.py`). What cannot share
a batch, as contrastive search, takes a step of its own at the end of each turn (`beside.py`).

Models are served side by side, each with a loop, a batch and a thread of its own: a turn of one, a
turn of another (`turns.py`). Where memory does not suffice for both, who comes later waits until
the batch is empty and the other model has had its time.

To read is a forward pass over the prompt alone, apart from the rows. Its last piece gives the first
token, and in the same turn the new row runs with the others for the second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from engine.requests import GenerationRequest
from engine.runtime.backend import Run
from engine.runtime.batch.beside import Beside
from engine.runtime.batch.dealing import Dealer
from engine.runtime.batch.seats import Part, Seats
from engine.runtime.job import Job
from engine.runtime.mailbox import wake_all
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.runtime.turns import PassOn

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch
    from engine.runtime.batch.run import BatchRun

    RunLogits = tuple[BatchRun, Tensor]

_PARKED_SHARE = 2
"""Texts that wait in the middle may take a half of what those take that run."""


class BatchLoop:
    """Serves one job in a batch, and whoever may join it meanwhile.

    Args:
        scheduler: Where jobs come from and where their outcomes go.
        rates: Counts tokens and time.
        loaded: Model of the batch.
        batch: An empty batch.
        open_run: Prepares what the batch cannot take to run by itself, beside it.
        is_ours: Whether a job that waits for the model wants this revision of it.
        room_wanted_s: Since when another model waits for the memory of this one, in monotonic
            seconds; who comes later than that waits until it has been there.
        pass_on: Ends a turn and waits for the next one, which others may have first.
        held: Jobs that this thread must answer; kept up to date.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        rates: Rates,
        loaded: LoadedModel,
        batch: Batch,
        open_run: Callable[[LoadedModel, GenerationRequest], Run],
        is_ours: Callable[[Job[Any]], bool],
        room_wanted_s: Callable[[], float | None],
        pass_on: PassOn,
        held: list[Job[Any]],
    ) -> None:
        self._scheduler = scheduler
        self._rates = rates
        self._model = loaded.name
        self._batch = batch
        self._held = held
        self._is_ours = is_ours
        self._room_wanted_s = room_wanted_s
        self._pass_on = pass_on
        self._dealer = Dealer[Part](batch.limits, batch.limits.cells // _PARKED_SHARE)
        self._beside = Beside(
            scheduler=scheduler, rates=rates, open_run=open_run, loaded=loaded, held=held
        )
        self._seats = Seats(scheduler=scheduler, rates=rates, loaded=loaded, batch=batch, held=held)

    def serve(self, job: Job[Any]) -> None:
        """Serve a job that a worker took, in the batch or beside it, and who comes later.

        Between two steps others may have their turn.
        """
        if self._seats.fits(job):
            self._seats.enter(job)
        else:
            self._beside.start(job)
        try:
            while self._seats or self._beside:
                self.step()
                # Whoever is answered has given the slot back: the next one needs this thread.
                if self._held:
                    self._pass_on(frozenset[int]().union(*(held.people for held in self._held)))
        finally:
            self._scheduler.note_room(self._model)

    def step(self) -> None:
        """Take one turn: every text that is being written gets its next token."""
        self._seats.dismiss()
        self._admit()
        with self._rates.busy():
            for run_model in (self._read_prompts, self._run_rows):
                for run, logits in run_model():
                    self._seats.choose(run, logits)
                    self._seats.publish(run)
                    self._seats.answer_if_done(run)
        wake_all(job.mailbox for job in self._held)
        self._beside.step()

    def _admit(self) -> None:
        """Do other work, one piece a turn; begin what runs beside the batch; deal the rows."""
        wanted_s = self._room_wanted_s()
        waiting = self._scheduler.waiting(self._model)
        if wanted_s is not None:
            waiting = tuple(job for job in waiting if job.submitted_at < wanted_s)
        other = (job for job in waiting if job.request is None and self._is_ours(job))
        if (job := next(other, None)) is not None and self._scheduler.join(job):
            self._seats.do(job)
        apart = None if self._beside else self._seats.first_apart(waiting, self._is_ours)
        if apart is not None and self._scheduler.join(apart):
            self._beside.start(apart)
        claims = [*self._seats.claims(), *self._seats.queued_claims(waiting, self._is_ours)]
        dealt = set(self._dealer.deal(claims, self._batch.parked_cells))
        waits = [claim for claim in claims if claim not in dealt]
        is_wanted = any(claim.is_in or not claim.is_background for claim in waits)
        self._scheduler.make_way(is_wanted=is_wanted)
        self._seats.dismiss()
        for claim in waits:
            if claim.is_in:
                self._seats.set_aside(claim)
        for claim in claims:
            if claim in dealt and not claim.is_in:
                self._seats.let_in(claim)
        texts = Counter(claim.person for claim in dealt)
        self._scheduler.note_room(
            self._model,
            has_room=wanted_s is None and self._batch.is_open,
            lets_in=wanted_s is None and any(count > 1 for count in texts.values()),
        )

    def _read_prompts(self) -> Iterator[RunLogits]:
        """Read a piece of the prompts whose turn it is; yield those that are read to the end.

        Their rows run in this same turn.
        """
        for run in self._batch.reading():
            logits = self._seats.read(run)
            if logits is not None:
                yield run, logits
        yield from self._seats.begin()

    def _run_rows(self) -> Iterator[RunLogits]:
        """Run one token of every row of everybody, in one forward pass."""
        yield from self._seats.decode().items()

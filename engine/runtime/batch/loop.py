"""The decode loop: who waits gets in, every text gets its next token, who is done leaves.

Continuous batching in five words:

- *row*: one text that the model goes on with, a line of the tensors that it is given. Greedy search
  has one, three attempts or three beams have three. Each has a length of its own.
- *slot*: where the cache keeps the keys and values of a row; row i has slot i (`cache.py`).
- *run*: one request in the batch: its rows, its strategy, and what that has written (`batch.py`).
- *seat*: a run and the job that waits for its answer; what goes wrong ends there (`seats.py`).
- *turn*: one `step`. It makes one forward pass over all rows, and a token for each of them.

Nobody waits for a batch to end; requests come and go between any two turns::

    turn    reads its prompt    rows that run    who ends
    1       A                   A
    2       B, a first piece    A
    3       B, the rest         A B
    4                           A B              A; B moves into row 0
    5       C                   B C

To read is a forward pass over the prompt alone, apart from the rows. Its last piece gives the first
token, and in the same turn the new row runs with the others for the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from engine.runtime.batch.seats import Seats
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch, BatchRun

    RunLogits = tuple[BatchRun, Tensor]


class BatchLoop:
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
        self._batch = batch
        self._is_ours = is_ours
        self._seats = Seats(scheduler=scheduler, rates=rates, loaded=loaded, batch=batch, held=held)

    def serve(self, job: Job[Any]) -> bool:
        """Serve a job that a worker took; False, with nothing done, if it must run plain."""
        if not self._seats.fits(job):
            return False
        self._seats.enter(job)
        try:
            while self._seats:
                self.step()
        finally:
            self._scheduler.has_room = False
        return True

    def step(self) -> None:
        """Take one turn: every text that is being written gets its next token."""
        self._admit()
        with self._rates.busy():
            self._seats.dismiss()
            for run_model in (self._read_prompts, self._run_rows):
                for run, logits in run_model():
                    self._seats.choose(run, logits)
                    self._seats.publish(run)
                    self._seats.answer_if_done(run)

    def _admit(self) -> None:
        """Let in, in the queue's order, what fits; whoever does not fit holds up the others."""
        while (job := self._scheduler.peek()) is not None and self._is_ours(job):
            if not self._seats.fits(job):
                break
            if self._scheduler.join(job):
                self._seats.join(job)
        self._scheduler.make_way()
        self._scheduler.has_room = self._batch.is_open

    def _read_prompts(self) -> Iterator[RunLogits]:
        """Read a piece of the prompts whose turn it is; yield those that are read to the end.

        Their rows run in this same turn.
        """
        for run in self._batch.reading():
            logits = self._seats.read(run)
            if logits is not None:
                yield run, logits

    def _run_rows(self) -> Iterator[RunLogits]:
        """Run one token of every row of everybody, in one forward pass."""
        yield from self._seats.decode().items()

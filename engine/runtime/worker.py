"""The worker threads: the only place where models run, and the boundary of their failures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.errors import ModelUnavailable
from engine.runtime.backend import Backend, Store
from engine.runtime.batch.loop import BatchLoop
from engine.runtime.failures import outcome_of
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.runtime.threads import limit_torch_threads
from engine.runtime.turns import PassOn, Turns

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)


class WorkerPool:
    """Threads that take jobs until the scheduler closes, one for each slot that is in use.

    Each serves one model at a time, and loads it if need be while the others go on. They compute by
    turns. They are daemons: a download that cannot be interrupted must not keep the process alive.

    Args:
        scheduler: Where jobs come from and where their outcomes go.
        store: The models.
        backend: How they generate and score.
        rates: Counts tokens and time.
        turns: By which the threads compute; the cores are divided among those at the same time.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        store: Store,
        backend: Backend,
        rates: Rates,
        turns: Turns,
    ) -> None:
        self._scheduler = scheduler
        self._store = store
        self._backend = backend
        self._rates = rates
        self._turns = turns
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    def grow(self) -> None:
        """Start the threads that are missing, as after a request was submitted.

        Raises:
            RuntimeError: The machine gives no more of them; those that it gave go on.
        """
        with self._lock:
            while len(self._threads) < self._scheduler.slots_in_use:
                thread = threading.Thread(target=self._serve, name="engine-worker", daemon=True)
                thread.start()
                self._threads.add(thread)

    def join(self, timeout_s: float) -> bool:
        """Wait for the threads of a closed scheduler; tell whether all of them ended."""
        give_up_at = time.monotonic() + timeout_s
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _serve(self) -> None:
        # What this thread must answer, whatever happens to it.
        held: list[Job[Any]] = []
        limit_torch_threads(self._turns.at_once)
        try:
            while (job := self._scheduler.take()) is not None:
                held.append(job)
                self._do(job, held)
        except BaseException:  # the thread ends here, and its requests must not hang
            logger.critical("A worker thread died and is replaced", exc_info=True)
            for job in held:
                self._scheduler.release(job, ModelUnavailable(job.model, "worker_died"))
            with self._lock:
                self._threads.discard(threading.current_thread())
            self.grow()

    def _do(self, job: Job[Any], held: list[Job[Any]]) -> None:
        """Do the job, alone or in a batch that others join."""
        outcome = outcome_of(lambda: self._run(job, held), job)
        for unanswered in tuple(held):
            held.remove(unanswered)
            self._scheduler.release(unanswered, outcome)

    def _run(self, job: Job[Any], held: list[Job[Any]]) -> object:
        """Return the job's result, unless a batch has answered it."""
        if not job.needs_weights:
            reader: Any = self._store.tokenizer(job.model, job.revision)
            return job.done_with(reader)
        with self._store.use(job.model, job.revision, lambda: not job.is_answered) as loaded:
            if job.request is None:
                return self._done_by_itself(job, loaded)
            with self._backend.open_batch(loaded) as batch:
                if batch is None:
                    return self._done_by_itself(job, loaded)
                with self._turn_of(job) as pass_on:
                    BatchLoop(
                        scheduler=self._scheduler,
                        rates=self._rates,
                        loaded=loaded,
                        batch=batch,
                        open_run=self._backend.open_run,
                        is_ours=self._same_model(job, loaded),
                        room_wanted_s=lambda: self._store.room_wanted_s,
                        pass_on=pass_on,
                        held=held,
                    ).serve(job)
        return None

    def _done_by_itself(self, job: Job[Any], loaded: LoadedModel) -> object:
        with self._turn_of(job) as pass_on:
            job.pause = lambda: pass_on(job.people)
            return job.done_with(loaded)

    @contextmanager
    def _turn_of(self, job: Job[Any]) -> Iterator[PassOn]:
        with self._turns.taking(job.people) as pass_on:
            # Where torch was not there before the first model was.
            limit_torch_threads(self._turns.at_once)
            yield pass_on

    def _same_model(self, first: Job[Any], loaded: LoadedModel) -> Callable[[Job[Any]], bool]:
        """Return whether a job means the model that serves the first one."""
        revisions = {first.revision, loaded.revision}
        current = {(info.name, info.revision) for info in self._store.infos()}
        if (loaded.info.name, loaded.info.revision) in current:
            revisions.add(None)
        return lambda job: job.model == first.model and job.revision in revisions

"""The worker threads: the only place where models run, and the boundary of their failures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.errors import ModelUnavailable
from engine.runtime.backend import Backend, Store
from engine.runtime.batch.loop import BatchLoop
from engine.runtime.failures import outcome_of
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.runtime.threads import limit_torch_threads

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)


class WorkerPool:
    """Threads that take jobs until the scheduler closes; one that dies is replaced.

    They are daemons: a download that cannot be interrupted must not keep the process alive.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        store: Store,
        backend: Backend,
        rates: Rates,
        workers: int,
    ) -> None:
        self._scheduler = scheduler
        self._store = store
        self._backend = backend
        self._rates = rates
        self._workers = workers
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    def start(self) -> None:
        """Start the missing threads."""
        with self._lock:
            while len(self._threads) < self._workers:
                thread = threading.Thread(target=self._serve, name="engine-worker", daemon=True)
                self._threads.add(thread)
                thread.start()

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
            self.start()

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
        with self._store.use(job.model, job.revision) as loaded:
            limit_torch_threads(self._workers)
            batch = None if job.request is None else self._backend.open_batch(loaded)
            if batch is not None:
                loop = BatchLoop(
                    scheduler=self._scheduler,
                    rates=self._rates,
                    loaded=loaded,
                    batch=batch,
                    open_run=self._backend.open_run,
                    is_ours=self._same_model(job, loaded),
                    held=held,
                )
                loop.serve(job)
                return None
            return job.done_with(loaded)

    def _same_model(self, first: Job[Any], loaded: LoadedModel) -> Callable[[Job[Any]], bool]:
        """Return whether a job means the model that serves the first one."""
        revisions = {first.revision, loaded.revision}
        current = {(info.name, info.revision) for info in self._store.infos()}
        if (loaded.info.name, loaded.info.revision) in current:
            revisions.add(None)
        return lambda job: job.model == first.model and job.revision in revisions

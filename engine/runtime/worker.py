"""The worker threads: the only place where models run, and the boundary of their failures."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from dataclasses import replace
from typing import Any

from engine.errors import EngineError, ModelUnavailable
from engine.runtime.backend import Run, Store
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.runtime.threads import limit_torch_threads
from engine.trace import Completion

logger = logging.getLogger(__name__)

_OUT_OF_MEMORY_PHRASES = ("out of memory", "can't allocate memory", "not enough memory")


class WorkerPool:
    """Threads that take jobs until the scheduler closes; one that dies is replaced.

    They are daemons: a download that cannot be interrupted must not keep the process alive.
    """

    def __init__(self, *, scheduler: Scheduler, store: Store, workers: int) -> None:
        self._scheduler = scheduler
        self._store = store
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
        job: Job[Any] | None = None
        try:
            while (job := self._scheduler.take()) is not None:
                self._scheduler.release(job, self._outcome(job))
        except BaseException:  # the thread ends here, and its request must not hang
            logger.critical("A worker thread died and is replaced", exc_info=True)
            if job is not None:
                self._scheduler.release(job, ModelUnavailable(job.model, "worker_died"))
            with self._lock:
                self._threads.discard(threading.current_thread())
            self.start()

    def _outcome(self, job: Job[Any]) -> object:
        """Do the job; whatever goes wrong becomes its typed error."""
        try:
            with self._store.use(job.model, job.revision) as loaded:
                limit_torch_threads(self._workers)
                return job.work(loaded, job)
        except Exception as error:  # noqa: BLE001 (the boundary: the next request must be served)
            failure = _typed(error, job)
        if failure.code == "out_of_memory":
            _free_memory()
        return failure


def drive(run: Run, job: Job[Completion], rates: Rates) -> Completion:
    """Step a generation to its end, or to its cancellation or deadline.

    Raises:
        EngineError: cancelled or deadline before the first token; what a step raises.
    """
    queue_s = job.waited_s()
    while not run.is_done:
        if (reason := job.must_stop()) is not None:
            if not run.has_tokens:
                raise EngineError(reason)
            run.stop(reason)
            break
        try:
            with rates.busy():
                run.step()
        except EngineError as error:
            if error.partial is not None:
                error.partial = replace(error.partial, queue_s=queue_s)
            raise
        rates.add_tokens(run.new_tokens - job.new_tokens)
        # Before the progress: who has seen a text gets it back when they cancel.
        job.new_tokens, job.has_tokens = run.new_tokens, run.has_tokens
        if job.mailbox.has_events:
            job.mailbox.post_progress(run.progress())
    rates.add_service(job.waited_s() - queue_s, job.places)
    return run.completion(queue_s)


def _typed(error: Exception, job: Job[Any]) -> EngineError:
    """Translate a failure; the frames of its traceback would keep tensors alive, so they go."""
    if isinstance(error, EngineError):
        logger.info("Request %s: %s", job.request_id, error)
        failure = error
    elif _is_out_of_memory(error):
        logger.error("Request %s: out of memory", job.request_id, exc_info=error)
        failure = EngineError("out_of_memory", model=job.model, error=str(error))
    else:
        logger.error("Request %s failed", job.request_id, exc_info=error)
        failure = ModelUnavailable(job.model, "failed", error=f"{type(error).__name__}: {error}")
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def _is_out_of_memory(error: Exception) -> bool:
    """Recognise MemoryError, torch.OutOfMemoryError and the CPU allocator's RuntimeError."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(p in text for p in _OUT_OF_MEMORY_PHRASES)


def _free_memory() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()

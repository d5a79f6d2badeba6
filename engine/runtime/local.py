"""The engine that runs in this process: asyncio outside, worker threads inside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from engine.decoding_params import STRATEGIES, UNBATCHED_STRATEGIES
from engine.errors import EngineError
from engine.explain.values import AnswerT, ExplainRequest
from engine.filling.values import Filling, FillRequest
from engine.models.store import ModelStore
from engine.precision import EXACT, require_precision
from engine.requests import MAX_TRACE_TOP_N, GenerationRequest, ScoreRequest
from engine.runtime.backend import Backend, PlainBackend, StopReason, Store
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.driving import drive
from engine.runtime.job import Job
from engine.runtime.mailbox import Mailbox, ResultT
from engine.runtime.options import require_counts, require_device
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.runtime.threads import configure_threads
from engine.runtime.turns import Turns
from engine.runtime.worker import WorkerPool
from engine.status import WRITERS, FreeMemory, Kind, PreparationProgress
from engine.trace import Capabilities, Completion, Done, EngineStats, Event, ModelInfo, Step

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 5.0
_ENCODER: tuple[Kind, ...] = ("encoder",)


class LocalEngine:
    """Implements `engine.api.Engine`; `create_engine` documents the arguments.

    Args:
        store: Replaces the model store.
        backend: Replaces the way in which loaded models generate and score.

    Raises:
        EngineError: invalid_params.
    """

    def __init__(
        self,
        *,
        models: Sequence[str] = (),
        device: str = "auto",
        precision: str = EXACT,
        workers: int = 1,
        max_queue: int = 64,
        data_dir: Path | str | None = None,
        hf_token: str | None = None,
        on_preparation: PreparationProgress | None = None,
        batch_rows: int = 1,
        store: Store | None = None,
        backend: Backend | None = None,
    ) -> None:
        require_precision(precision)
        require_device(device)
        require_counts(workers=workers, max_queue=max_queue, batch_rows=batch_rows)
        self._precision = precision
        self._workers = workers
        self._max_queue = max_queue
        self._device: str | None = None
        turns = Turns(workers)
        self._store: Store = store or ModelStore(
            models,
            device=device,
            precision=precision,
            data_dir=None if data_dir is None else Path(data_dir),
            hf_token=hf_token,
            on_preparation=on_preparation,
            quiet=lambda: turns.taking(()),
        )
        is_batched = batch_rows > 1
        self._backend: Backend = backend or (
            BatchBackend(max_rows=batch_rows) if is_batched else PlainBackend()
        )
        self._rates = Rates()
        self._scheduler = Scheduler(slots=workers, limit=max_queue)
        self._pool = WorkerPool(
            scheduler=self._scheduler,
            store=self._store,
            backend=self._backend,
            rates=self._rates,
            turns=turns,
        )
        self._is_started = False
        self._is_closed = False
        self._is_freed = False
        self._closing = asyncio.Lock()

    async def start(self) -> None:
        """Load the first model that goes on with texts, in a worker.

        Raises:
            ModelUnavailable: It cannot be loaded; `start` may be tried again.
            EngineError: closed; out_of_memory.
        """
        if self._is_closed:
            raise EngineError("closed")
        if self._is_started:
            return
        configure_threads(self._workers)
        for name in self._likely_writers() or [self._named(None)]:
            with self._job(uuid4().hex, self._prepare, model=name, places=0) as job:
                self._device = await job.mailbox.result()
            if name in self._likely_writers():
                break
        self._is_started = True

    async def generate(self, request: GenerationRequest) -> Completion:
        """Wait for the whole answer."""
        with self._generation(request, has_events=False) as job:
            return await job.mailbox.result()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Submit at the first iteration; yield Queued first, then the newest of everything."""
        with self._generation(request, has_events=True) as job:
            while events := await job.mailbox.receive():
                for event in events:
                    yield event
            yield Done(completion=await job.mailbox.result())

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        """Queue like a generation; cancelled and late requests raise at once."""

        def work(loaded: LoadedModel, job: Job[tuple[Step, ...]]) -> tuple[Step, ...]:
            queue_s = job.waited_s()
            steps = self._backend.score(loaded, request)
            self._rates.add_service(job.waited_s() - queue_s, job.places)
            return steps

        with self._job(
            request.request_id,
            work,
            model=self._resolve(request.model),
            user_id=request.user_id,
            deadline_s=request.deadline_s,
        ) as job:
            return await job.mailbox.result()

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """Queue like a generation; cancelled and late requests raise at once."""

        def work(loaded: LoadedModel, _job: Job[AnswerT]) -> AnswerT:
            from engine.explain.answers import answer

            return answer(loaded, request)

        with self._job(
            request.request_id,
            work,
            model=self._resolve(request.model),
            revision=request.revision,
            user_id=request.user_id,
            deadline_s=request.deadline_s,
            needs_weights=request.needs_weights,
        ) as job:
            return await job.mailbox.result()

    async def fill(self, request: FillRequest) -> Filling:
        """Queue like a generation; cancelled and late requests raise at once."""

        def work(loaded: LoadedModel, job: Job[Filling]) -> Filling:
            from engine.filling.fill import fill

            def reason_to_stop() -> StopReason | None:
                job.pause()
                return job.must_stop()

            queue_s = job.waited_s()
            filling = fill(loaded, request, reason_to_stop)
            self._rates.add_service(job.waited_s() - queue_s, job.places)
            return replace(filling, queue_s=queue_s)

        with self._job(
            request.request_id,
            work,
            model=self._resolve(request.model, _ENCODER),
            revision=request.revision,
            user_id=request.user_id,
            deadline_s=request.deadline_s,
        ) as job:
            return await job.mailbox.result()

    def cancel(self, request_id: str) -> bool:
        """Stop a queued or running request; tell whether there was one."""
        job = self._scheduler.find(request_id)
        return job is not None and self._scheduler.stop(job, "cancelled")

    def capabilities(self, model: str | None = None) -> Capabilities:
        """Say what a model can do here; raises unknown_model."""
        name = self._named(model)
        kind = next(info.kind for info in self._store.infos() if info.name == name)
        return Capabilities(
            kind=kind,
            strategies=() if kind == "encoder" else STRATEGIES,
            full_distribution=True,
            max_top_n=MAX_TRACE_TOP_N,
            attention=True,
            seedable=True,
            unbatched=UNBATCHED_STRATEGIES,
        )

    def models(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models, the default first."""
        return self._store.infos()

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model that is not loaded could take now."""
        return self._store.free_memory()

    def stats(self) -> EngineStats:
        """Return the counters of this moment."""
        scheduler, counts = self._scheduler, self._backend.prefix_counts
        place_s = self._rates.seconds_per_place()
        return EngineStats(
            queued=scheduler.queued,
            running=scheduler.running,
            queue_limit=self._max_queue,
            tokens_per_s=self._rates.tokens_per_s(),
            cache_hits=counts.hits,
            cache_lookups=counts.lookups,
            cache_tokens=counts.tokens,
            completed=scheduler.completed,
            failed=scheduler.failed,
            workers=self._workers,
            device=self._device,
            precision=self._precision,
            loaded_models=tuple(info.name for info in self._store.infos() if info.is_loaded),
            expected_wait_s=scheduler.expected_wait_s(place_s),
            queue_wait_s=scheduler.expected_wait_s(place_s, is_last=True),
        )

    async def close(self) -> None:
        """End running requests as cancelled and queued ones as closed; free the models."""
        self._is_closed = True
        self._scheduler.close()
        async with self._closing:
            if not self._is_freed:
                self._is_freed = await asyncio.to_thread(self._free_models)

    @contextmanager
    def _generation(
        self, request: GenerationRequest, *, has_events: bool
    ) -> Iterator[Job[Completion]]:
        def work(loaded: LoadedModel, job: Job[Completion]) -> Completion:
            return drive(self._backend.open_run(loaded, request), job, self._rates)

        with self._job(
            request.request_id,
            work,
            request=request,
            model=self._resolve(request.model),
            revision=request.revision,
            user_id=request.user_id,
            places=request.params.queue_places,
            deadline_s=request.deadline_s,
            is_background=request.background,
            has_events=has_events,
        ) as job:
            yield job

    @contextmanager
    def _job(
        self,
        request_id: str,
        work: Callable[[LoadedModel, Job[ResultT]], ResultT],
        *,
        model: str,
        request: GenerationRequest | None = None,
        revision: str | None = None,
        user_id: int = 0,
        places: int = 1,
        deadline_s: float | None = None,
        has_events: bool = False,
        needs_weights: bool = True,
        is_background: bool = False,
    ) -> Iterator[Job[ResultT]]:
        """Submit a job; leaving the block stops it."""
        loop = asyncio.get_running_loop()
        job = Job(
            request_id=request_id,
            user_id=user_id,
            model=model,
            revision=revision,
            places=places,
            deadline_s=deadline_s,
            mailbox=Mailbox[ResultT](loop, has_events=has_events),
            work=work,
            needs_weights=needs_weights,
            is_background=is_background,
            request=request,
        )
        self._scheduler.submit(job)
        timer = None
        if deadline_s is not None:
            timer = loop.call_later(deadline_s, self._scheduler.stop, job, "deadline")
        try:
            self._pool.grow()
            yield job
        finally:
            if timer is not None:
                timer.cancel()
            self._scheduler.stop(job, "cancelled")

    def _prepare(self, loaded: LoadedModel, _job: Job[str]) -> str:
        """Find out how the model will run, and what others need; return its device."""
        with self._backend.open_batch(loaded):
            self._store.survey()
        return loaded.device

    def _free_models(self) -> bool:
        if not self._pool.join(CLOSE_TIMEOUT_S):
            logger.warning("A worker is still busy; its model is freed when the process ends")
            return False
        self._store.close()
        return True

    def _resolve(self, model: str | None, kinds: Collection[Kind] = WRITERS) -> str:
        if self._is_closed:
            raise EngineError("closed")
        if not self._is_started:
            raise EngineError("closed", reason="not_started")
        return self._named(model, kinds)

    def _named(self, model: str | None, kinds: Collection[Kind] = WRITERS) -> str:
        """Return the name of a model; for None, the first of those kinds.

        Where none goes on with texts, the first of all stands for it: it says what it does instead.
        """
        is_any = kinds == WRITERS and not self._likely_writers()
        return self._store.resolve(model, () if is_any else kinds)

    def _likely_writers(self) -> list[str]:
        """Name the models that go on with texts, and those that have not been read yet."""
        infos = self._store.infos()
        return [info.name for info in infos if info.kind is None or info.kind in WRITERS]

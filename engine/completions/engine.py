"""The models of servers as an engine: the event loop waits for them, no worker thread does.

A request goes through the same queue as any other: bounded, fair by person, cancellable, late at
its deadline. What runs is a task that reads the server's stream; to stop it is to close the
connection.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from functools import partial
from typing import NoReturn

from pydantic import SecretStr

from engine.completions.answer import GarbledError, chunk_of
from engine.completions.body import MAX_TOP_N, STRATEGIES, Manners, body_of, top_n_of
from engine.completions.client import ComplaintError, CompletionsClient, Timeouts
from engine.completions.writing import RemoteWriting
from engine.errors import EngineError, ModelUnavailable
from engine.explain.values import AnswerT, ExplainRequest
from engine.filling.values import Filling, FillRequest
from engine.models.catalogue import Entry
from engine.models.remote import RemoteSource
from engine.precision import EXACT
from engine.requests import GenerationRequest, ScoreRequest
from engine.runtime.backend import StopReason
from engine.runtime.failures import typed
from engine.runtime.job import Job
from engine.runtime.mailbox import Mailbox
from engine.runtime.rates import Rates
from engine.runtime.scheduler import Scheduler
from engine.status import FreeMemory
from engine.trace import Capabilities, Completion, Done, EngineStats, Event, ModelInfo, Step

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests that servers may be working on; the others wait here."""

_Job = Job[Completion]


class _Endpoint:
    """One configured model: its server, and what has been learned of it."""

    def __init__(self, entry: Entry, key: SecretStr | None, timeouts: Timeouts) -> None:
        assert isinstance(entry.source, RemoteSource)
        self.entry = entry
        self.source = entry.source
        self.manners = Manners()
        self.client = CompletionsClient(entry.source, entry.name, key, timeouts)


class CompletionsEngine:
    """Implements `engine.api.Engine` for models on servers.

    Args:
        entries: The models, the default first; at least one.
        keys: By host; a host without one is sent none.
        max_queue: Requests that may wait; each attempt takes one place.
        timeouts: How long a server may keep silent.
    """

    def __init__(
        self,
        entries: Mapping[str, Entry],
        *,
        keys: Mapping[str, SecretStr] | None = None,
        max_queue: int = 64,
        timeouts: Timeouts | None = None,
    ) -> None:
        keys = keys or {}
        waits = timeouts or Timeouts()
        endpoints = (_Endpoint(entry, _key(keys, entry), waits) for entry in entries.values())
        self._endpoints = {one.entry.name: one for one in endpoints}
        self._max_queue = max_queue
        self._rates = Rates()
        self._scheduler = Scheduler(slots=AT_ONCE, limit=max_queue, are_shared=True)
        # By a clock that measures: a simulation may hold the other one still.
        self._submitted_s: dict[_Job, float] = {}
        self._tasks: dict[_Job, asyncio.Task[Completion | EngineError]] = {}
        self._is_started = False
        self._is_closed = False

    async def start(self) -> None:
        """Be ready; no server is asked, so one that is down holds nothing up.

        Raises:
            EngineError: closed.
        """
        if self._is_closed:
            raise EngineError("closed")
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
        """Refuse: the interface does not weigh a text that is already written."""
        self._refuse(request.model)

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """Refuse: what would have to be looked into is elsewhere."""
        self._refuse(request.model)

    async def fill(self, request: FillRequest) -> Filling:
        """Refuse: the interface only goes on with a text."""
        self._refuse(request.model)

    def cancel(self, request_id: str) -> bool:
        """Stop a queued or running request; tell whether there was one."""
        job = self._scheduler.find(request_id)
        return job is not None and self._stop(job, "cancelled")

    def capabilities(self, model: str | None = None) -> Capabilities:
        """Say what a model can do here; raises unknown_model."""
        endpoint = self._endpoints[self.resolve(model)]
        return Capabilities(
            strategies=STRATEGIES,
            full_distribution=False,
            max_top_n=min(MAX_TOP_N, endpoint.manners.top_n),
            attention=False,
            # Servers say themselves that they only try to keep to a seed.
            seedable=False,
            kind="remote",
        )

    def models(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models, the default first."""
        return tuple(_info(one.entry, one.source) for one in self._endpoints.values())

    def free_memory(self) -> FreeMemory:
        """Say nothing of this machine's memory: no model is loaded into it."""
        return FreeMemory(device="", available_bytes=None)

    def stats(self) -> EngineStats:
        """Return the counters of this moment."""
        scheduler = self._scheduler
        return EngineStats(
            queued=scheduler.queued,
            running=scheduler.running,
            queue_limit=self._max_queue,
            tokens_per_s=self._rates.tokens_per_s(),
            cache_hits=0,
            completed=scheduler.completed,
            failed=scheduler.failed,
            workers=AT_ONCE,
            device=None,
            precision=EXACT,
            loaded_models=(),
            expected_wait_s=scheduler.expected_wait_s(self._rates.seconds_per_place()),
        )

    async def close(self) -> None:
        """End running requests as cancelled and queued ones as closed; close the connections."""
        self._is_closed = True
        self._scheduler.close()
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for endpoint in self._endpoints.values():
            await endpoint.client.close()

    def resolve(self, model: str | None) -> str:
        """Return the name of the model that is meant; None means the first.

        Raises:
            EngineError: unknown_model.
        """
        if model is None:
            return next(iter(self._endpoints))
        for name, endpoint in self._endpoints.items():
            if model in (name, *endpoint.entry.aliases):
                return name
        raise EngineError("unknown_model", model=model)

    @contextmanager
    def _generation(self, request: GenerationRequest, *, has_events: bool) -> Iterator[_Job]:
        """Submit a request; leaving the block stops it."""
        if self._is_closed:
            raise EngineError("closed")
        if not self._is_started:
            raise EngineError("closed", reason="not_started")
        model = self.resolve(request.model)
        if request.params.resolved().strategy not in STRATEGIES:
            raise EngineError("unsupported", model=model)
        loop = asyncio.get_running_loop()
        job = Job(
            request_id=request.request_id,
            user_id=request.user_id,
            model=model,
            places=request.params.queue_places,
            deadline_s=request.deadline_s,
            mailbox=Mailbox[Completion](loop, has_events=has_events),
            is_background=request.background,
            request=request,
        )
        self._scheduler.submit(job)
        self._submitted_s[job] = time.perf_counter()
        self._start_ready()
        timer = None
        if request.deadline_s is not None:
            timer = loop.call_later(request.deadline_s, self._stop, job, "deadline")
        try:
            yield job
        finally:
            if timer is not None:
                timer.cancel()
            self._stop(job, "cancelled")
            if (task := self._tasks.get(job)) is not None:
                # It gave way: nobody reads what its server still writes.
                task.cancel()
            del self._submitted_s[job]

    def _start_ready(self) -> None:
        while (job := self._scheduler.poll()) is not None:
            task = asyncio.create_task(self._serve(job))
            self._tasks[job] = task
            task.add_done_callback(partial(self._finish, job))

    def _stop(self, job: _Job, reason: StopReason) -> bool:
        """End a job; its task closes the connection and hands in what there is."""
        was_unanswered = self._scheduler.stop(job, reason)
        if was_unanswered and (task := self._tasks.get(job)) is not None:
            task.cancel()
        return was_unanswered

    def _finish(self, job: _Job, task: asyncio.Task[Completion | EngineError]) -> None:
        """Answer a job whose task has ended; one that was stopped at once never began."""
        del self._tasks[job]
        is_unbegun = task.cancelled()
        outcome = EngineError(job.must_stop() or "closed") if is_unbegun else task.result()
        self._scheduler.release(job, outcome)
        self._start_ready()

    async def _serve(self, job: _Job) -> Completion | EngineError:
        """Write the answer of a job that has a slot."""
        try:
            return await self._answer(job)
        except Exception as error:  # noqa: BLE001 (the boundary: the next request must be served)
            return typed(error, job)

    async def _answer(self, job: _Job) -> Completion:
        assert job.request is not None
        endpoint = self._endpoints[job.model]
        writing = RemoteWriting(endpoint.source, job.model, job.request, endpoint.manners)
        started_s = time.perf_counter()
        queue_s = started_s - self._submitted_s.get(job, started_s)
        try:
            with self._rates.busy():
                await self._write(job, endpoint, writing)
        except asyncio.CancelledError:
            writing.stop(job.must_stop() or "cancelled")
        except ModelUnavailable as error:
            # Behind the texts there is only the count of the prompt's tokens.
            if not writing.is_over:
                if writing.has_tokens:
                    writing.fail(str(error.reason))
                    error.partial = writing.completion(queue_s)
                raise
        self._rates.add_service(time.perf_counter() - started_s, job.places)
        return writing.completion(queue_s)

    async def _write(self, job: _Job, endpoint: _Endpoint, writing: RemoteWriting) -> None:
        """Ask for all attempts at once, or one by one; for less where the server complains."""
        manners = endpoint.manners
        while not writing.is_over:
            is_together = job.places == 1 or "n" in manners.takes
            try:
                for attempt in (None,) if is_together else range(job.places):
                    if attempt is None or not writing.is_attempt_over(attempt):
                        await self._read(job, endpoint, writing, attempt)
            except ComplaintError as complaint:
                if not manners.give_way(complaint.text, complaint.asked):
                    raise complaint.failure from None
                logger.info("%s: %s takes less than was asked", job.model, endpoint.source.host)

    async def _read(
        self, job: _Job, endpoint: _Endpoint, writing: RemoteWriting, attempt: int | None
    ) -> None:
        """Send a request and take its answer."""
        request, manners, client = job.request, endpoint.manners, endpoint.client
        assert request is not None
        body = body_of(request, endpoint.source.model, manners, attempt=attempt)
        top_n = top_n_of(request, manners)
        async with aclosing(client.chunks(body)) as messages:
            async for message in messages:
                try:
                    writing.accept(chunk_of(message, top_n), attempt=attempt)
                except GarbledError:
                    raise client.garbled() from None
                job.publish(writing, self._rates)
                if writing.is_whole:
                    return
        is_over = writing.is_over if attempt is None else writing.is_attempt_over(attempt)
        if "n" in body and writing.is_only_one:
            # Some servers take the field and leave it aside.
            manners.takes.discard("n")
        elif not is_over:
            raise client.cut()

    def _refuse(self, model: str | None) -> NoReturn:
        name = self.resolve(model)
        host = self._endpoints[name].source.host
        raise EngineError("unsupported", reason="remote", model=name, kind="remote", host=host)


def _key(keys: Mapping[str, SecretStr], entry: Entry) -> SecretStr | None:
    assert isinstance(entry.source, RemoteSource)
    return keys.get(entry.source.host)


def _info(entry: Entry, source: RemoteSource) -> ModelInfo:
    return ModelInfo(
        name=entry.name,
        display_name=entry.display_name or source.model,
        family=None,
        licence=None,
        parameters=None,
        n_positions=None,
        vocab_size=None,
        revision=None,
        weights_bytes=None,
        is_loaded=True,
        aliases=entry.aliases,
        kind="remote",
        host=source.host,
    )

"""The texts of running jobs while they are written, few of them at once in a channel."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial

from bot.jobs.running_job import RunningJob
from bot.messages.live import Page
from engine import Completion, Done, Engine, EngineError, GenerationRequest, Progress, Queued

LIVE_STREAMS_PER_CHANNEL = 3

Outcome = tuple[tuple[Completion, ...], tuple[Exception, ...]]
"""What was written, partial texts included, and why the rest was not."""


class Streams:
    """Follows the engine's events and shows the newest of them.

    Args:
        engine: Serves the requests.
        on_submitted: Told the id of each request that the engine has taken or refused.
    """

    def __init__(self, engine: Engine, on_submitted: Callable[[str], None]) -> None:
        self._engine = engine
        self._on_submitted = on_submitted
        self._live: Counter[int] = Counter()

    async def follow(self, job: RunningJob) -> Outcome:
        """Submit a job's requests together and wait for all of them."""
        try:
            outcomes = await asyncio.gather(
                *(self._follow(job, request) for request in job.requests), return_exceptions=True
            )
        finally:
            if job.is_live and not job.presenter.is_ephemeral:
                self._live[job.channel_id] -= 1
        completions = tuple(outcome for outcome in outcomes if isinstance(outcome, Completion))
        return completions, tuple(error for error in outcomes if isinstance(error, Exception))

    async def _follow(self, job: RunningJob, request: GenerationRequest) -> Completion:
        try:
            async for event in self._engine.stream(request):
                self._on_submitted(request.request_id)
                if isinstance(event, Done):
                    return event.completion
                if job.live.is_gone:
                    job.cancel(self._engine)
                elif isinstance(event, Queued):
                    self._show_waiting(job, request, event.position)
                else:
                    self._show_progress(job, request, event)
        except EngineError as error:
            if isinstance(error.partial, Completion) and error.partial.attempts:
                return error.partial
            raise
        finally:
            self._on_submitted(request.request_id)
        raise EngineError("closed")

    def _show_waiting(self, job: RunningJob, request: GenerationRequest, position: int) -> None:
        job.positions[request.request_id] = position
        if not job.progress:
            job.live.show(partial(self._waiting, job))

    def _waiting(self, job: RunningJob) -> Page:
        """Build the page of the place in the queue, with the wait as it is then.

        Everybody's place changes whenever somebody's turn comes: most pages are never built.
        """
        position = min(job.positions.values())
        stats = self._engine.stats()
        wait_s = stats.expected_wait_s if stats.queue_wait_s is None else stats.queue_wait_s
        if position == 1 and stats.queued + stats.running <= len(job.requests):
            # All that there is are this job's own requests.
            wait_s = 0.0
        elif wait_s is not None:
            # The engine's estimate is for who stands behind all that wait.
            wait_s *= min(1.0, position / (stats.queued + 1))
        return job.presenter.waiting(position, wait_s, job.requests)

    def _show_progress(
        self, job: RunningJob, request: GenerationRequest, progress: Progress
    ) -> None:
        job.progress[request.request_id] = progress
        if job.is_live is None:
            job.is_live = self._take_stream(job)
            if not job.is_live:
                job.live.show(partial(job.presenter.waiting, 0, None, job.requests))
        if job.is_live:
            job.live.show(partial(job.presenter.running, job.progress, job.requests))

    def _take_stream(self, job: RunningJob) -> bool:
        if job.presenter.is_ephemeral:
            return True
        if self._live[job.channel_id] >= LIVE_STREAMS_PER_CHANNEL:
            return False
        self._live[job.channel_id] += 1
        return True

"""Admission and order of the requests: bounded, fair by user, cancellable. No torch here."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from engine.errors import GAVE_WAY, EngineError
from engine.runtime.backend import StopReason
from engine.runtime.job import Job

_KEPT_SHARE = 4


class Scheduler:
    """Queue between the event loop, which submits, and the worker threads, which take.

    Users take turns, and what runs of theirs is a turn that they have had; within one user the
    order is that of submission. A free slot is given away
    at submission, so whether a request fits never depends on how fast a thread wakes up.

    What is done in the background is never ahead of people: its turn comes when nobody waits, it
    takes none of the places that people may wait in, and what runs of it ends as soon as somebody
    would wait for its slot or its room in a batch. Its caller asks for it again.

    Args:
        slots: Requests that may run at once, besides those that join a running batch.
        limit: Places that may wait; each attempt takes one. A quarter of them is kept for those
            who have nothing under way: nobody is turned away for what others have asked for.

    Attributes:
        has_room: A batch is running that would take one more request.
        lets_in: In that batch somebody has several rows, and would leave one to who is new.
    """

    def __init__(self, *, slots: int, limit: int) -> None:
        self._slots = slots
        self._limit = limit
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._waiting: OrderedDict[int, deque[Job[Any]]] = OrderedDict()
        self._background: OrderedDict[int, deque[Job[Any]]] = OrderedDict()
        self._positions: dict[Job[Any], int] = {}
        self._ready: deque[Job[Any]] = deque()
        self._running: set[Job[Any]] = set()
        self._joined: set[Job[Any]] = set()
        self._unanswered: dict[str, Job[Any]] = {}
        self._is_closed = False
        self.has_room = False
        self.lets_in = False
        self.completed = 0
        self.failed = 0

    @property
    def queued(self) -> int:
        """Requests of people that wait."""
        return sum(not job.is_background for job in tuple(self._positions))

    @property
    def running(self) -> int:
        """Requests that hold a slot or joined one that does."""
        return len(self._running)

    def submit(self, job: Job[Any]) -> None:
        """Admit a job; its mailbox learns the position at once.

        Raises:
            EngineError: closed; invalid_params (a request of that id is not answered yet);
                queue_full with `position` (that it would have had) and `limit`.
        """
        with self._lock:
            if self._is_closed:
                raise EngineError("closed")
            if job.request_id in self._unanswered:
                value, allowed = job.request_id, "an id that is not in use"
                raise EngineError("invalid_params", field="request_id", value=value, range=allowed)
            places = sum(
                waiting.places
                for waiting in self._positions
                if waiting.is_background == job.is_background
            )
            kept = 0 if self._is_new(job) else self._limit // _KEPT_SHARE
            # A request larger than the whole queue must have a chance: alone it always fits.
            if places and places + job.places > self._limit - kept:
                raise EngineError("queue_full", position=self.queued + 1, limit=self._limit)
            self._unanswered[job.request_id] = job
            self._line_of(job).setdefault(job.user_id, deque()).append(job)
            self._renumber()
            self._fill_slots()
            if not self.has_room:
                self._make_way()

    def take(self) -> Job[Any] | None:
        """Wait for the next job; None when the scheduler is closed. For worker threads."""
        with self._lock:
            while not self._is_closed:
                if (job := self._next_ready()) is not None:
                    return job
                self._has_work.wait()
            return None

    def poll(self) -> Job[Any] | None:
        """Return the next job that has a slot, None where there is none. For an event loop."""
        with self._lock:
            return None if self._is_closed else self._next_ready()

    def waiting(self) -> tuple[Job[Any], ...]:
        """Return what waits, in order, for a worker that could let it join."""
        with self._lock:
            return tuple(self._positions)

    def join(self, job: Job[Any]) -> bool:
        """Let a waiting job run on the slot of another; tell whether it was still waiting."""
        with self._lock:
            if job not in self._positions:
                return False
            self._start(job)
            self._joined.add(job)
            self._renumber()
            return True

    def make_way(self, *, is_wanted: bool = False) -> None:
        """End what runs in the background if somebody waits: in the queue, or `is_wanted`."""
        with self._lock:
            self._make_way(is_wanted=is_wanted)

    def release(self, job: Job[Any], outcome: object, heir: Job[Any] | None = None) -> None:
        """Answer a job, unless that happened earlier, and give its slot to the next.

        Args:
            job: The job.
            outcome: Its result or error.
            heir: A job that had joined and keeps the slot.
        """
        with self._lock:
            self._answer(job, outcome)
            if heir is not None and job not in self._joined:
                self._joined.discard(heir)
            self._joined.discard(job)
            self._free_slot(job)

    def stop(self, job: Job[Any], reason: StopReason) -> bool:
        """End a job: at once before its first token, else after the step that runs.

        Returns:
            Whether it was still unanswered.
        """
        with self._lock:
            if job.is_answered or self._unanswered.get(job.request_id) is not job:
                return False
            job.stop_reason = job.stop_reason or reason
            if job in self._positions:
                self._remove(job)
                self._renumber()
            if not job.has_tokens:
                self._answer(job, EngineError(reason))
            return True

    def find(self, request_id: str) -> Job[Any] | None:
        """Return the unanswered job of that id."""
        with self._lock:
            return self._unanswered.get(request_id)

    def expected_wait_s(self, place_s: float | None, *, is_last: bool = False) -> float | None:
        """Estimate the wait of somebody who comes now.

        Args:
            place_s: Recent service time per place, None without history.
            is_last: Whether they stand behind all that waits, as one who has asked before.
        """
        with self._lock:
            people = [job for job in self._running if not job.is_background]
            waiting = [job for job in self._positions if not job.is_background]
            is_free = self._slots_in_use < self._slots or not people
            # Who is new is behind those only who have nothing either.
            before = waiting if is_last else [job for job in waiting if self._is_new(job)]
            if is_free or ((self.has_room or self.lets_in) and not before):
                return 0.0
            if place_s is None:
                return None
            # What runs is, on average, half done.
            places = sum(job.places for job in waiting)
            places_running = sum(job.places for job in people)
            at_once = max(self._slots, len(people))
            return (places + places_running / 2) * place_s / at_once

    def close(self) -> None:
        """Refuse what waits, stop what runs and let `take` return None; idempotent."""
        with self._lock:
            self._is_closed = True
            for job in (*self._positions, *self._ready):
                self._answer(job, EngineError("closed"))
            self._running.difference_update(self._ready)
            self._ready.clear()
            self._waiting.clear()
            self._background.clear()
            self._positions.clear()
            for job in self._running:
                job.stop_reason = job.stop_reason or "cancelled"
                if not job.has_tokens:
                    self._answer(job, EngineError("cancelled"))
            self._has_work.notify_all()

    def _in_order(self) -> Iterator[Job[Any]]:
        """Yield the waiting jobs in the order in which they will be taken: people's first."""
        running = Counter((job.is_background, job.user_id) for job in self._running)
        for is_background, line in ((False, self._waiting), (True, self._background)):
            turns = [
                (turn, job)
                for user_id, jobs in line.items()
                for turn, job in enumerate(jobs, start=running[is_background, user_id])
            ]
            yield from (job for _, job in sorted(turns, key=itemgetter(0)))

    def _renumber(self) -> None:
        """Tell the waiting jobs whose position changed."""
        positions = {job: place for place, job in enumerate(self._in_order(), start=1)}
        for job, position in positions.items():
            if self._positions.get(job) != position:
                job.mailbox.post_position(position)
        self._positions = positions

    def _fill_slots(self) -> None:
        started = 0
        while self._positions and self._slots_in_use < self._slots:
            job = next(self._in_order())
            self._start(job)
            self._ready.append(job)
            started += 1
        if started:
            self._renumber()
            self._has_work.notify(started)

    def _is_new(self, job: Job[Any]) -> bool:
        """Tell whether its user has nothing else under way."""
        others = (*self._running, *self._positions)
        return all(other.user_id != job.user_id or other is job for other in others)

    @property
    def _slots_in_use(self) -> int:
        return len(self._running) - len(self._joined)

    def _start(self, job: Job[Any]) -> None:
        self._remove(job)
        self._running.add(job)
        self._had_turn(job)

    def _had_turn(self, job: Job[Any]) -> None:
        """Let the next turn of a job's user come after everybody else's."""
        line = self._line_of(job)
        if job.user_id in line:
            line.move_to_end(job.user_id)

    def _next_ready(self) -> Job[Any] | None:
        while self._ready:
            if not (job := self._ready.popleft()).is_answered:
                return job
            self._free_slot(job)
        return None

    def _make_way(self, *, is_wanted: bool = False) -> None:
        if not is_wanted and all(job.is_background for job in self._positions):
            return
        for job in tuple(self._running):
            if job.is_background and not job.is_answered:
                job.stop_reason = job.stop_reason or "cancelled"
                self._answer(job, EngineError("cancelled", reason=GAVE_WAY))

    def _line_of(self, job: Job[Any]) -> OrderedDict[int, deque[Job[Any]]]:
        return self._background if job.is_background else self._waiting

    def _free_slot(self, job: Job[Any]) -> None:
        self._running.discard(job)
        self._had_turn(job)
        self._fill_slots()
        self._renumber()

    def _remove(self, job: Job[Any]) -> None:
        line = self._line_of(job)
        of_user = line[job.user_id]
        of_user.remove(job)
        if not of_user:
            del line[job.user_id]
        del self._positions[job]

    def _answer(self, job: Job[Any], outcome: object) -> None:
        if job.is_answered:
            return
        job.is_answered = True
        del self._unanswered[job.request_id]
        if not isinstance(outcome, EngineError):
            self.completed += job.places > 0
        elif outcome.code not in {"cancelled", "closed"}:
            self.failed += job.places > 0
        job.mailbox.finish(outcome)

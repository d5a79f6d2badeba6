"""Admission and order of the requests: bounded, fair by user, cancellable. No torch here."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

from engine.errors import GAVE_WAY, EngineError
from engine.runtime.backend import StopReason
from engine.runtime.job import Job
from engine.runtime.lines import Lines

_KEPT_SHARE = 4


class Scheduler:
    """Queue between the event loop, which submits, and the worker threads, which take.

    Each model has slots of its own: nobody waits for a text of another model. For one, users take
    turns, and what runs of theirs, with whatever model, is a turn that they have had; within one
    user the order is that of submission. A free slot is given away at submission, so whether a
    request fits never depends on how fast a thread wakes up.

    What is done in the background is never ahead of people: its turn comes when there are slots
    that no model needs, it takes none of the places that people may wait in, and what runs of it
    ends as soon as somebody would wait for its slot or its room in a batch, or begins with another
    model. Its caller asks for it again.

    Args:
        slots: Requests that may run at once, besides those that join a running batch: of each
            model, and of all together in the background.
        limit: Places that may wait; each attempt takes one. A quarter of them is kept for those
            who have nothing under way: nobody is turned away for what others have asked for.
        are_shared: Whether the slots are for all models together.
    """

    def __init__(self, *, slots: int, limit: int, are_shared: bool = False) -> None:
        self._slots = slots
        self._limit = limit
        self._are_shared = are_shared
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._lines = Lines()
        # What waits, in order, and the place in the line of its model.
        self._positions: dict[Job[Any], int] = {}
        self._ready: deque[Job[Any]] = deque()
        self._running: set[Job[Any]] = set()
        self._joined: set[Job[Any]] = set()
        self._unanswered: dict[str, Job[Any]] = {}
        self._is_closed = False
        self._with_room: set[str] = set()
        self._letting_in: set[str] = set()
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

    @property
    def slots_in_use(self) -> int:
        """Requests that hold a slot: each needs a thread, and who joins them needs none."""
        return len(self._running) - len(self._joined)

    def note_room(self, model: str, *, has_room: bool = False, lets_in: bool = False) -> None:
        """Say what a model's batch offers who comes: room, or a row of somebody with several."""
        with self._lock:
            for models, is_so in ((self._with_room, has_room), (self._letting_in, lets_in)):
                (models.add if is_so else models.discard)(model)

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
            self._lines.add(job)
            self._renumber()
            self._fill_slots()
            if job.model not in self._with_room:
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

    def waiting(self, model: str) -> tuple[Job[Any], ...]:
        """Return what waits for a model, in order, for a worker that could let it join."""
        with self._lock:
            return tuple(job for job in self._positions if job.model == model)

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
            is_free = self.slots_in_use < self._slots or not people
            is_open = {job.model for job in people} <= self._with_room | self._letting_in
            # Who is new is behind those only who have nothing either.
            before = waiting if is_last else [job for job in waiting if self._is_new(job)]
            if is_free or (is_open and not before):
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
            self._lines.clear()
            self._positions.clear()
            for job in self._running:
                job.stop_reason = job.stop_reason or "cancelled"
                if not job.has_tokens:
                    self._answer(job, EngineError("cancelled"))
            self._has_work.notify_all()

    def _renumber(self) -> None:
        """Tell the waiting jobs whose position changed."""
        positions: dict[Job[Any], int] = {}
        before = Counter[str]()
        for job in self._lines.in_order(self._running):
            before[self._line_of(job)] += 1
            positions[job] = before[self._line_of(job)]
        for job, position in positions.items():
            if self._positions.get(job) != position:
                job.mailbox.post_position(position)
        self._positions = positions

    def _fill_slots(self) -> None:
        started = 0
        while (job := self._next_with_slot()) is not None:
            self._start(job)
            self._ready.append(job)
            started += 1
            if not job.is_background:
                self._make_way(is_wanted=True, beside=self._line_of(job))
        if started:
            self._renumber()
            self._has_work.notify(started)

    def _next_with_slot(self) -> Job[Any] | None:
        used = Counter(map(self._line_of, self._running - self._joined))
        for job in self._lines.in_order(self._running):
            if (used.total() if job.is_background else used[self._line_of(job)]) < self._slots:
                return job
        return None

    def _line_of(self, job: Job[Any]) -> str:
        return "" if self._are_shared else job.model

    def _is_new(self, job: Job[Any]) -> bool:
        """Tell whether its user has nothing else under way."""
        others = (*self._running, *self._positions)
        return all(other.user_id != job.user_id or other is job for other in others)

    def _start(self, job: Job[Any]) -> None:
        self._remove(job)
        self._running.add(job)
        self._lines.had_turn(job)

    def _next_ready(self) -> Job[Any] | None:
        while self._ready:
            if not (job := self._ready.popleft()).is_answered:
                return job
            self._free_slot(job)
        return None

    def _make_way(self, *, is_wanted: bool = False, beside: str | None = None) -> None:
        """End what runs in the background: all of it, or what is not of one model."""
        if not is_wanted and all(job.is_background for job in self._positions):
            return
        for job in tuple(self._running):
            if job.is_background and not job.is_answered and self._line_of(job) != beside:
                job.stop_reason = job.stop_reason or "cancelled"
                self._answer(job, EngineError("cancelled", reason=GAVE_WAY))

    def _free_slot(self, job: Job[Any]) -> None:
        self._running.discard(job)
        self._lines.had_turn(job)
        self._fill_slots()
        self._renumber()

    def _remove(self, job: Job[Any]) -> None:
        self._lines.remove(job)
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

from __future__ import annotations

import threading
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine import EngineError
from engine.runtime.job import Job
from engine.runtime.scheduler import Scheduler
from tests.engine.runtime.waiting import job_of, submit


def drain(scheduler: Scheduler) -> list[str]:
    order = []
    while scheduler.running:
        job = scheduler.take()
        order.append(job.request_id)
        scheduler.release(job, "done")
    return order


def test_users_take_turns_and_each_keeps_its_order():
    scheduler = Scheduler(slots=1, limit=10)
    submit(scheduler, "1a", "1b", "1c", "2a", "2b", "3a")
    assert drain(scheduler) == ["1a", "2a", "3a", "1b", "2b", "1c"]


def test_joining_takes_no_slot_and_keeps_the_turns():
    scheduler = Scheduler(slots=1, limit=10)
    jobs = submit(scheduler, "1a", "1b", "1c", "2a")
    assert scheduler.take() is jobs["1a"]
    order = []
    while scheduler.waiting("uno"):
        job = scheduler.waiting("uno")[0]
        assert scheduler.join(job)
        order.append(job.request_id)
    assert order == ["2a", "1b", "1c"]
    assert (scheduler.running, scheduler.queued) == (4, 0)
    submit(scheduler, "3a")
    assert scheduler.queued == 1
    for name in order:
        scheduler.release(jobs[name], "done")
    assert (scheduler.running, scheduler.queued) == (1, 1)


def test_who_keeps_the_slot_of_a_batch_is_its_heir():
    scheduler = Scheduler(slots=1, limit=10)
    jobs = submit(scheduler, "1a", "2a", "3a", "4a")
    scheduler.take()
    for name in ("2a", "3a"):
        assert scheduler.join(jobs[name])
    scheduler.release(jobs["1a"], "done", heir=jobs["3a"])
    scheduler.release(jobs["2a"], "done", heir=jobs["3a"])
    assert (scheduler.running, scheduler.queued) == (1, 1)
    scheduler.release(jobs["3a"], "done")
    assert scheduler.take() is jobs["4a"]


def test_only_who_still_waits_can_join():
    scheduler = Scheduler(slots=1, limit=10)
    jobs = submit(scheduler, "1a", "2a", "3a")
    assert not scheduler.join(jobs["1a"])
    scheduler.stop(jobs["2a"], "cancelled")
    assert not scheduler.join(jobs["2a"])
    assert scheduler.join(jobs["3a"])
    assert not scheduler.join(jobs["3a"])
    assert scheduler.waiting("uno") == ()
    assert jobs["3a"].mailbox.positions == [2, 1]


def test_a_batch_with_room_promises_no_wait_unless_somebody_waits():
    scheduler = Scheduler(slots=1, limit=10)
    submit(scheduler, "1a")
    assert scheduler.expected_wait_s(3.0) == 1.5
    scheduler.note_room("uno", has_room=True)
    assert scheduler.expected_wait_s(3.0) == 0.0
    submit(scheduler, "2a")
    assert scheduler.expected_wait_s(3.0) == 4.5


def test_some_places_are_kept_for_who_has_nothing_under_way():
    scheduler = Scheduler(slots=1, limit=8)
    submit(scheduler, "1a", "1b")
    scheduler.submit(job_of(2, "2a", places=5))
    for name in ("1c", "2b"):
        with pytest.raises(EngineError, match="queue_full"):
            submit(scheduler, name)
    submit(scheduler, "3a", "4a")
    with pytest.raises(EngineError, match="queue_full"):
        submit(scheduler, "5a")


def test_who_is_new_does_not_wait_for_what_others_have_asked_for_besides():
    scheduler = Scheduler(slots=1, limit=50)
    submit(scheduler, "1a", "1b", "1c")
    scheduler.note_room("uno", lets_in=True)
    assert scheduler.expected_wait_s(4.0) == 0.0
    assert scheduler.expected_wait_s(4.0, is_last=True) == 10.0
    submit(scheduler, "2a")
    assert scheduler.expected_wait_s(4.0) == 14.0


def test_someone_new_is_not_served_after_a_crowd_of_one_user():
    scheduler = Scheduler(slots=1, limit=100)
    submit(scheduler, *(f"1-{n}" for n in range(20)))
    submit(scheduler, "2a")
    assert drain(scheduler).index("2a") == 1


def test_positions_are_announced_only_when_they_change():
    scheduler = Scheduler(slots=1, limit=10)
    jobs = submit(scheduler, "1a", "1b", "1c", "2a")
    assert [jobs[name].mailbox.positions for name in jobs] == [[1], [1, 2], [2, 3], [1]]
    scheduler.stop(jobs["1b"], "cancelled")
    assert jobs["1c"].mailbox.positions == [2, 3, 2]
    assert jobs["2a"].mailbox.positions == [1]


def test_a_request_that_does_not_fit_is_refused_with_its_position():
    scheduler = Scheduler(slots=1, limit=3)
    submit(scheduler, "1a", "2a", "3a")
    with pytest.raises(EngineError) as caught:
        scheduler.submit(job_of(4, "4a", places=2))
    assert (caught.value.code, caught.value.position, caught.value.limit) == ("queue_full", 3, 3)
    submit(scheduler, "4b")
    assert scheduler.queued == 3


def test_a_request_larger_than_the_queue_is_admitted_when_nobody_waits():
    scheduler = Scheduler(slots=1, limit=3)
    submit(scheduler, "1a")
    scheduler.submit(job_of(2, "2a", places=10))
    with pytest.raises(EngineError, match="queue_full"):
        submit(scheduler, "3a")
    assert drain(scheduler) == ["1a", "2a"]


def test_an_id_can_be_used_again_only_after_its_answer():
    scheduler = Scheduler(slots=1, limit=3)
    submit(scheduler, "1a")
    with pytest.raises(EngineError) as caught:
        submit(scheduler, "1a")
    assert (caught.value.code, caught.value.field) == ("invalid_params", "request_id")
    scheduler.release(scheduler.take(), "done")
    submit(scheduler, "1a")
    assert scheduler.find("1a") is not None


def test_stopping_what_waits_answers_at_once_and_keeps_the_order():
    scheduler = Scheduler(slots=1, limit=5)
    jobs = submit(scheduler, "1a", "1b", "2a")
    assert scheduler.stop(jobs["1b"], "deadline")
    assert [error.code for error in jobs["1b"].mailbox.outcomes] == ["deadline"]
    assert not scheduler.stop(jobs["1b"], "cancelled")
    assert drain(scheduler) == ["1a", "2a"]


def test_stopping_what_runs_waits_for_the_partial_text_only_if_there_is_one():
    scheduler = Scheduler(slots=2, limit=5)
    jobs = submit(scheduler, "1a", "2a")
    assert (scheduler.take(), scheduler.take()) == (jobs["1a"], jobs["2a"])
    jobs["2a"].has_tokens = True
    assert scheduler.stop(jobs["1a"], "cancelled")
    assert scheduler.stop(jobs["2a"], "cancelled")
    assert [error.code for error in jobs["1a"].mailbox.outcomes] == ["cancelled"]
    assert jobs["2a"].mailbox.outcomes == []
    assert jobs["2a"].must_stop() == "cancelled"
    scheduler.release(jobs["1a"], "too late")
    scheduler.release(jobs["2a"], "partial")
    assert len(jobs["1a"].mailbox.outcomes) == 1
    assert jobs["2a"].mailbox.outcomes == ["partial"]


def test_a_job_stopped_between_dispatch_and_thread_frees_its_slot():
    scheduler = Scheduler(slots=1, limit=5)
    jobs = submit(scheduler, "1a", "2a")
    scheduler.stop(jobs["1a"], "cancelled")
    assert scheduler.take() is jobs["2a"]
    assert (scheduler.queued, scheduler.running) == (0, 1)


def test_a_job_that_was_refused_cannot_be_stopped():
    scheduler = Scheduler(slots=1, limit=1)
    submit(scheduler, "1a", "2a")
    refused = job_of(3, "3a")
    with pytest.raises(EngineError, match="queue_full"):
        scheduler.submit(refused)
    assert not scheduler.stop(refused, "cancelled")


def test_close_wakes_the_threads_and_answers_everybody():
    scheduler = Scheduler(slots=1, limit=5)
    jobs = submit(scheduler, "1a", "2a")
    scheduler.take()
    taken = []
    thread = threading.Thread(target=lambda: taken.append(scheduler.take()))
    thread.start()
    scheduler.close()
    thread.join(timeout=20)
    assert taken == [None]
    assert [job.mailbox.outcomes[0].code for job in jobs.values()] == ["cancelled", "closed"]
    with pytest.raises(EngineError, match="closed"):
        submit(scheduler, "3a")


def test_expected_wait_grows_with_the_places_that_wait():
    scheduler = Scheduler(slots=2, limit=50)
    submit(scheduler, "1a")
    assert scheduler.expected_wait_s(None) == 0.0
    submit(scheduler, "2a")
    assert scheduler.expected_wait_s(None) is None
    assert scheduler.expected_wait_s(4.0) == pytest.approx(2.0)
    scheduler.submit(job_of(3, "3a", places=10))
    assert scheduler.expected_wait_s(4.0) == pytest.approx(22.0)


def test_each_model_has_slots_of_its_own_and_a_line():
    scheduler = Scheduler(slots=1, limit=10)
    jobs = [job_of(n, f"{n}", model=model) for n, model in enumerate(("uno", "uno", "uno", "dos"))]
    for job in jobs:
        scheduler.submit(job)
    assert (scheduler.running, scheduler.queued, scheduler.slots_in_use) == (2, 2, 2)
    assert [job.mailbox.positions for job in jobs] == [[1], [1], [2], [1]]
    other = job_of(9, "9", model="dos")
    scheduler.submit(other)
    assert other.mailbox.positions == [1]
    assert scheduler.waiting("dos") == (other,)
    assert [scheduler.take() for _ in range(2)] == [jobs[0], jobs[3]]
    scheduler.release(jobs[3], "done")
    assert scheduler.take() is other


def test_what_a_user_has_with_one_model_is_a_turn_with_another():
    scheduler = Scheduler(slots=1, limit=10)
    scheduler.submit(job_of(1, "1a", model="dos"))
    submit(scheduler, "3a", "1b", "2a")
    assert [job.request_id for job in scheduler.waiting("uno")] == ["2a", "1b"]


def test_a_server_has_the_same_slots_for_all_its_models():
    scheduler = Scheduler(slots=1, limit=10, are_shared=True)
    jobs = [job_of(n, f"{n}", model=model) for n, model in enumerate(("uno", "dos", "uno"))]
    for job in jobs:
        scheduler.submit(job)
    assert (scheduler.running, scheduler.queued) == (1, 2)
    assert [job.mailbox.positions[-1] for job in jobs] == [1, 1, 2]


def test_the_batches_of_all_that_are_written_with_must_have_room_to_promise_no_wait():
    scheduler = Scheduler(slots=1, limit=10)
    for n, model in enumerate(("uno", "dos")):
        scheduler.submit(job_of(n, f"{n}", model=model))
    scheduler.note_room("uno", has_room=True)
    assert scheduler.expected_wait_s(3.0) > 0.0
    scheduler.note_room("dos", lets_in=True)
    assert scheduler.expected_wait_s(3.0) == 0.0


class SchedulerMachine(RuleBasedStateMachine):
    """Compare with the rules, said as invariants, under any interleaving."""

    slots, limit, are_shared = 2, 6, False

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(slots=self.slots, limit=self.limit, are_shared=self.are_shared)
        self.names = count()
        self.jobs: list[Job] = []
        self.waiting: list[Job] = []
        self.taken: list[Job] = []
        self.is_closed = False

    def _sort_out(self) -> None:
        """Drop from the model's queue what the scheduler gave a slot or answered."""
        self.waiting = [job for job in self.waiting if job in self.scheduler._positions]

    def _lines(self, jobs) -> list[list[Job]]:
        """Sort jobs by the slots that they share."""
        if self.are_shared:
            return [list(jobs)]
        return [[job for job in jobs if job.model == model] for model in ("uno", "dos")]

    @rule(user=st.integers(1, 3), places=st.integers(1, 8), model=st.sampled_from(("uno", "dos")))
    def submit(self, user, places, model):
        job = job_of(user, str(next(self.names)), places, model)
        used = sum(waiting.places for waiting in self.waiting)
        others = (*self.scheduler._running, *self.waiting)
        kept = self.limit // 4 if any(other.user_id == user for other in others) else 0
        is_too_much = used > 0 and used + places > self.limit - kept
        if self.is_closed or is_too_much:
            with pytest.raises(EngineError, match="closed" if self.is_closed else "queue_full"):
                self.scheduler.submit(job)
            return
        self.scheduler.submit(job)
        assert job.mailbox.positions
        self.jobs.append(job)
        self.waiting.append(job)
        self._sort_out()

    @precondition(lambda self: self.scheduler._ready and not self.is_closed)
    @rule(has_tokens=st.booleans())
    def take(self, has_tokens):
        ready = self.scheduler._ready
        freed = {self.scheduler._line_of(job) for job in ready if job.is_answered}
        is_anybody_next = any(self.scheduler._line_of(job) in freed for job in self.waiting)
        if all(job.is_answered for job in ready) and not is_anybody_next:
            return  # It would wait.
        job = self.scheduler.take()
        assert not job.is_answered
        job.has_tokens = has_tokens
        self.taken.append(job)
        self._sort_out()

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def release(self, data):
        job = self.taken.pop(data.draw(st.integers(0, len(self.taken) - 1)))
        self.scheduler.release(job, "done")
        assert job.is_answered
        self._sort_out()

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), reason=st.sampled_from(["cancelled", "deadline"]))
    def stop(self, data, reason):
        job = data.draw(st.sampled_from(self.jobs))
        was_answered = job.is_answered
        assert self.scheduler.stop(job, reason) is not was_answered
        assert job.is_answered or (job in self.taken and job.has_tokens)
        self._sort_out()

    @precondition(lambda self: len(self.jobs) > 8)
    @rule()
    def close(self):
        self.scheduler.close()
        self.is_closed = True
        self._sort_out()
        assert all(job.is_answered or job.has_tokens for job in self.jobs)

    @invariant()
    def nobody_is_lost_and_nobody_is_answered_twice(self):
        for job in self.jobs:
            assert len(job.mailbox.outcomes) == job.is_answered
            is_known = self.scheduler.find(job.request_id) is job
            assert is_known is not job.is_answered

    @invariant()
    def a_slot_is_never_idle_while_somebody_waits(self):
        running, waiting = self._lines(self.scheduler._running), self._lines(self.waiting)
        for running_here, waiting_here in zip(running, waiting, strict=True):
            assert len(running_here) <= self.slots
            assert not waiting_here or len(running_here) == self.slots

    @invariant()
    def announced_positions_are_the_turns_of_a_round_robin(self):
        for line in self._lines(self.waiting):
            self._check_positions(line)

    def _check_positions(self, waiting):
        announced = sorted(waiting, key=lambda job: job.mailbox.positions[-1])
        assert [job.mailbox.positions[-1] for job in announced] == [
            place + 1 for place in range(len(announced))
        ]
        for user in {job.user_id for job in announced}:
            own = [job for job in waiting if job.user_id == user]
            assert [job for job in announced if job.user_id == user] == own
        # Those of another model that stand before are turns too.
        line = [job for job in self.scheduler._positions if job in self.waiting]
        before = [job for job in self.scheduler._running if not job.is_background]
        turns = [
            sum(other.user_id == job.user_id for other in (*before, *line[: line.index(job)]))
            for job in announced
        ]
        assert turns == sorted(turns)


class SharedSlotsMachine(SchedulerMachine):
    are_shared = True


TestSchedulerMachine = SchedulerMachine.TestCase
TestSharedSlotsMachine = SharedSlotsMachine.TestCase
for case in (TestSchedulerMachine, TestSharedSlotsMachine):
    case.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

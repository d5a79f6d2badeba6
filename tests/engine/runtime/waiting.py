"""Jobs that wait in a scheduler, without an engine around it."""

from __future__ import annotations

from engine.runtime.job import Job
from engine.runtime.scheduler import Scheduler


class Inbox:
    """Keeps what a mailbox would deliver."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.outcomes: list[object] = []

    def post_position(self, position: int) -> None:
        self.positions.append(position)

    def finish(self, outcome: object) -> None:
        self.outcomes.append(outcome)


def job_of(user: int, name: str, places: int = 1, model: str = "uno") -> Job:
    return Job(
        request_id=name,
        user_id=user,
        model=model,
        places=places,
        mailbox=Inbox(),
        work=lambda loaded, job: None,
    )


def submit(scheduler: Scheduler, *names: str) -> dict[str, Job]:
    """Submit jobs named after their user's digit: "1a" is user 1's."""
    jobs = {name: job_of(int(name[0]), name) for name in names}
    for job in jobs.values():
        scheduler.submit(job)
    return jobs

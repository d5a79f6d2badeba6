"""Who waits, and in which order: people take turns, and the background comes last."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from engine.runtime.job import Job


class Lines:
    """The jobs that wait: of each user in the order of submission, users by turns.

    What is done in the background stands in a line of its own, behind everybody.
    """

    def __init__(self) -> None:
        self._people: OrderedDict[int, deque[Job[Any]]] = OrderedDict()
        self._background: OrderedDict[int, deque[Job[Any]]] = OrderedDict()

    def add(self, job: Job[Any]) -> None:
        """Let a job wait."""
        self._line_of(job).setdefault(job.user_id, deque()).append(job)

    def remove(self, job: Job[Any]) -> None:
        """Let a job wait no longer."""
        line = self._line_of(job)
        of_user = line[job.user_id]
        of_user.remove(job)
        if not of_user:
            del line[job.user_id]

    def clear(self) -> None:
        """Let nobody wait."""
        self._people.clear()
        self._background.clear()

    def had_turn(self, job: Job[Any]) -> None:
        """Let the next turn of a job's user come after everybody else's."""
        line = self._line_of(job)
        if job.user_id in line:
            line.move_to_end(job.user_id)

    def in_order(self, running: Iterable[Job[Any]]) -> Iterator[Job[Any]]:
        """Yield the jobs in the order in which they will be taken.

        Args:
            running: What has been taken already: turns that its users have had.
        """
        had = Counter((job.is_background, job.user_id) for job in running)
        for is_background, line in ((False, self._people), (True, self._background)):
            turns = [
                (turn, job)
                for user_id, jobs in line.items()
                for turn, job in enumerate(jobs, start=had[is_background, user_id])
            ]
            yield from (job for _, job in sorted(turns, key=itemgetter(0)))

    def _line_of(self, job: Job[Any]) -> OrderedDict[int, deque[Job[Any]]]:
        return self._background if job.is_background else self._people

"""Replicas that write many texts at once, a token of each in a step, and the queue before them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from tests.growth.clock import Clock, Resume
from tests.growth.figures import Steps


@dataclass(eq=False, kw_only=True)
class Text:
    """A text that is wanted.

    Attributes:
        tokens: How many.
        first_s: When its first token was there; None before.
        is_written: Whether it has ended.
    """

    tokens: float
    first_s: float | None = None
    is_written: bool = False
    _waiting: list[Resume] = field(default_factory=list)

    def end(self, resume: Resume) -> None:
        """Let a process wait for the end."""
        self._waiting.append(resume)

    def finish(self) -> None:
        """Tell whoever waits."""
        self.is_written = True
        for resume in self._waiting:
            resume(None)


class Replica:
    """A batch: all its texts advance together, the slower the more there are.

    What every text has of its tokens grows by the same, so that between two changes of who is there
    nothing has to be counted.

    Args:
        clock: Of the simulation.
        steps: What a step takes.
        rows: That are computed at once; where there are more texts, they take turns.
        seats: Texts at the most.
    """

    def __init__(self, clock: Clock, steps: Steps, rows: int, seats: int) -> None:
        self._clock = clock
        self._prompt_s = steps.prompt_s
        # What a token of each of so many texts takes.
        self._turns_s = [
            steps.step_s(min(texts, rows)) * max(1.0, texts / rows) for texts in range(seats + 1)
        ]
        self.seats = seats
        self._best_s = steps.step_s(rows) / rows
        self._stalls_s = 0.0
        self.running = 0
        self.tokens = 0.0
        self._written = 0.0
        self._at_s = 0.0
        self._stalled_s = 0.0
        self._ahead: list[tuple[float, int, Text, bool]] = []
        self._numbers = count()
        self._version = 0
        self.on_free: Callable[[], None] = _ignored

    def take(self, text: Text) -> None:
        """Read a text's prompt, while all wait, and write it with the others."""
        self._advance()
        self.running += 1
        self._stall(self._prompt_s)
        for tokens, is_end in ((min(1.0, text.tokens), False), (text.tokens, True)):
            entry = (self._written + tokens, next(self._numbers), text, is_end)
            heapq.heappush(self._ahead, entry)
        self._plan()

    def stall(self, seconds: float) -> None:
        """Let all rows wait while the processor does something else."""
        if self.running:
            self._advance()
            self._stall(seconds)
            self._plan()

    def load(self, seconds: float) -> float:
        """Return the share of some seconds that its work takes with all rows in use."""
        return (self.tokens * self._best_s + self._stalls_s) / seconds

    def _stall(self, seconds: float) -> None:
        self._stalls_s += seconds
        self._stalled_s = max(self._clock.now_s, self._stalled_s) + seconds

    def _advance(self) -> None:
        now_s = self._clock.now_s
        if self.running:
            writing_s = now_s - max(self._at_s, self._stalled_s)
            if writing_s > 0:
                written = writing_s / self._turns_s[self.running]
                self._written += written
                self.tokens += written * self.running
        self._at_s = now_s

    def _plan(self) -> None:
        """Come back when the next text has its first token, or its last."""
        self._version += 1
        if not self._ahead:
            return
        version = self._version
        left = max(0.0, self._ahead[0][0] - self._written)
        begin_s = max(self._clock.now_s, self._stalled_s)
        self._clock.at(begin_s + left * self._turns_s[self.running], lambda: self._come(version))

    def _come(self, version: int) -> None:
        if version != self._version:
            return
        self._advance()
        # Not what rounding says has been written, but what this moment was made for.
        self._written = max(self._written, self._ahead[0][0])
        ended = []
        while self._ahead and self._ahead[0][0] <= self._written:
            _, _, text, is_end = heapq.heappop(self._ahead)
            if is_end:
                self.running -= 1
                ended.append(text)
            else:
                text.first_s = self._clock.now_s
        self._plan()
        # First the seats: whoever waits for an end may ask for one at once.
        for _ in ended:
            self.on_free()
        for text in ended:
            text.finish()


def _ignored() -> None:
    """Nobody waits for a seat."""


class Pool:
    """Replicas with one queue: whoever comes goes to the one with the fewest texts.

    Args:
        clock: Of the simulation.
        replicas: At least one.
        queue: Texts that may wait.
    """

    def __init__(self, clock: Clock, replicas: tuple[Replica, ...], queue: int) -> None:
        self._clock = clock
        self.replicas = replicas
        self._queue = queue
        self._waiting: deque[Text] = deque()
        # By how many texts each has; old entries are passed over.
        self._order = [(0, number) for number in range(len(replicas))]
        for number, replica in enumerate(replicas):
            replica.on_free = partial(self._freed, number)

    @property
    def is_full(self) -> bool:
        """Whether the next one is refused."""
        return len(self._waiting) >= self._queue and self._least() is None

    def put(self, text: Text) -> None:
        """Let a text be written when there is a seat."""
        number = self._least()
        if number is None:
            self._waiting.append(text)
        else:
            self._give(number, text)

    def _least(self) -> int | None:
        """Return the replica with the fewest texts, if it has a seat."""
        while self._order[0][0] != self.replicas[self._order[0][1]].running:
            heapq.heappop(self._order)
        running, number = self._order[0]
        return number if running < self.replicas[number].seats else None

    def _give(self, number: int, text: Text) -> None:
        self.replicas[number].take(text)
        heapq.heappush(self._order, (self.replicas[number].running, number))

    def _freed(self, number: int) -> None:
        heapq.heappush(self._order, (self.replicas[number].running, number))
        if self._waiting and self.replicas[number].running < self.replicas[number].seats:
            self._give(number, self._waiting.popleft())

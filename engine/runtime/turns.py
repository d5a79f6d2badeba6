"""Whose turn it is to compute: models are served side by side, one step at a time.

Each model that somebody writes with has a thread and a batch of its own, and one processor is there
for all of them. So they take turns, a step each time, and how many steps follows from two rules:

- **Time by people.** A model gets time as the square root of the people who write with it, for a
  step with many texts costs about that many times one with a single text: so those who write with
  equal models get about equally many tokens. Who writes with several models counts as a part of a
  person in each. Beside ten people with a model of 120 ms a step, one with a model of 3 ms gets a
  quarter of the time, and a dozen tokens between two of theirs.
- **Patience.** Whoever has waited for `PATIENCE_S` goes first, the longest first: so one with a
  heavy model among very many with a light one reads on. Such a turn is not counted, so that nobody
  pays later for having had it.

What is done in the background has no people: it gets a turn where nobody else wants one, or out of
patience. Who is new begins level with those who have had least; to have been alone for an hour is
no debt. So nobody waits longer than `PATIENCE_S` and a step of each of the others, and one more.

Source: the clocks are the virtual times of start-time fair queueing (Goyal et al. 1996), the
longest wait that goes first is a deadline on top of them.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE_S = 0.25
"""Seconds without a turn after which one is due, whatever the shares are."""

PassOn = Callable[[Collection[int]], None]
"""Ends a turn and waits for the next; takes the people that it is for."""


@dataclass(eq=False)
class Member:
    """One that takes turns: the batch of a model, or what runs by itself.

    Attributes:
        people: Who waits for it; nobody for the background.
        clock_s: Seconds that it has had, by the weight of its people.
        since_s: When its last turn ended, or it came.
        is_counted: Whether its turn is.
    """

    people: frozenset[int]
    clock_s: float = 0.0
    since_s: float = 0.0
    is_counted: bool = True


class Shares:
    """Who is next among those that share the time; no thread knows of it."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def enter(self, member: Member, now_s: float) -> None:
        """Begin to share."""
        self._members.append(member)
        member.since_s = now_s
        self._level(member)

    def leave(self, member: Member) -> None:
        """Share no longer."""
        self._members.remove(member)

    def charge(self, member: Member, seconds: float, now_s: float, people: Collection[int]) -> None:
        """Count a turn that ends now; the next one is for these people."""
        others = Counter(person for one in self._members for person in one.people)
        persons = sum(1 / others[person] for person in member.people)
        if persons and member.is_counted and len(self._members) > 1:
            member.clock_s += seconds / math.sqrt(persons)
        was_background, member.people = not member.people, frozenset(people)
        member.since_s = now_s
        if was_background and people:
            self._level(member)

    def next(self, waiting: Sequence[Member], now_s: float) -> Member:
        """Say whose turn it is among some that wait, one at least."""
        due = min(waiting, key=lambda one: (not one.people, one.clock_s, one.since_s))
        oldest = min(waiting, key=lambda one: one.since_s)
        chosen = oldest if now_s - oldest.since_s >= PATIENCE_S else due
        chosen.is_counted = chosen is due
        return chosen

    def _level(self, member: Member) -> None:
        clocks = [one.clock_s for one in self._members if one.people and one is not member]
        member.clock_s = max(member.clock_s, min(clocks, default=0.0))


class Turns:
    """Lets threads compute by turns; every method may be called from any of them.

    Args:
        at_once: How many may have a turn at the same time.
        clock: Monotonic seconds.
    """

    def __init__(self, at_once: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once = at_once
        self._clock = clock
        self._changed = threading.Condition()
        # Guarded by it. Who shares either waits or has a turn, begun at that time.
        self._shares = Shares()
        self._waiting: list[Member] = []
        self._begun: dict[Member, float] = {}

    @contextmanager
    def taking(self, people: Collection[int]) -> Iterator[PassOn]:
        """Wait for a turn and hold it while the block runs, but for where it is passed on."""
        member = Member(frozenset(people))

        def pass_on(people: Collection[int]) -> None:
            with self._changed:
                now_s = self._clock()
                self._shares.charge(member, now_s - self._begun.pop(member), now_s, people)
                self._wait(member)

        with self._changed:
            self._shares.enter(member, self._clock())
        try:
            with self._changed:
                self._wait(member)
            yield pass_on
        finally:
            with self._changed:
                self._shares.leave(member)
                self._begun.pop(member, None)
                if member in self._waiting:
                    self._waiting.remove(member)
                self._grant()

    def _wait(self, member: Member) -> None:
        self._waiting.append(member)
        self._grant()
        while member not in self._begun:
            self._changed.wait()

    def _grant(self) -> None:
        """Give the turns that nobody has to those who are next."""
        while self._waiting and len(self._begun) < self.at_once:
            now_s = self._clock()
            member = self._shares.next(self._waiting, now_s)
            self._waiting.remove(member)
            self._begun[member] = now_s
            self._changed.notify_all()

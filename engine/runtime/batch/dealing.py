"""Whose texts run in the next turn: rows are dealt to people like cards.

A batch has so many rows, and each row writes one token a turn. So that everybody gets as many
tokens as everybody else, however many texts each has asked for, rows are dealt before every turn:
one to each person, then a second to each, as long as there are any. Nobody who asked for little
notices those who asked for much::

    rows     1 2 3 4 5 6 7 8
    before   A A A A A A A A      A asked for ten attempts, and nobody else is there
    B comes  A A A A A A A B      at the next turn B is in; A's last attempt waits
    C comes  A A A B C C C A      C asked for ten too: A and C share what B does not want

What waits keeps all that it has: it goes on later, to the same tokens. Where there are more people
than rows, nobody keeps a row for more than `QUANTUM` tokens while others have none: who has waited
longest comes in, who came in first makes room. So a person waits for other people, never for the
many texts of one of them, and nobody for ever:

- A text that needs several rows at once (a beam search) or long ones, and is next, is waited for:
  nobody else comes in until those who are in have had their quantum, and then it fits.
- A request for another revision of the model is waited for as well: what is under way is finished,
  and nothing of the queue comes in. Other models have batches of their own (`turns.py`).
- What is done in the background is dealt what no person wants.

What a person has had before does not count: to have been alone for an hour is no debt.

Source: the equal shares of «max-min fairness», by tokens as in Sheng et al. (2024), «Fairness in
Serving Large Language Models»; the turns are those of a time-sharing system's round robin.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

QUANTUM = 16
"""Tokens that a person writes before somebody who has waited longer takes the row."""

TextT = TypeVar("TextT")


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a text takes of a batch.

    Attributes:
        rows: At most, at once.
        columns: Tokens of its longest row.
        source_columns: Tokens of the source beside it, of an encoder-decoder.
        is_possible: Whether a batch can give it what it asks for besides.
    """

    rows: int
    columns: int
    source_columns: int = 0
    is_possible: bool = True


IMPOSSIBLE = Need(rows=1, columns=1, is_possible=False)
"""What a batch cannot take, as for another revision."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a batch may become.

    Attributes:
        rows: Rows that run at once.
        cells: Rows × columns of the cache, as many tokens as it can hold.
        columns: Longest row that is proven to come out right.
    """

    rows: int
    cells: int
    columns: int


class Room:
    """What is left of a batch while it is given away.

    Args:
        size: All of it.
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self._rows = 0
        self._columns = 0
        self._source_columns = 0

    @property
    def is_full(self) -> bool:
        """Tell whether not one more row fits."""
        return self._rows >= self._size.rows

    def takes(self, need: Need) -> bool:
        """Give it what it needs, if that is there; tell whether it was."""
        rows = self._rows + need.rows
        columns = max(self._columns, need.columns)
        source_columns = max(self._source_columns, need.source_columns)
        is_proven = need.is_possible and columns <= self._size.columns
        is_small = rows <= self._size.rows and rows * (columns + source_columns) <= self._size.cells
        if is_proven and is_small:
            self._rows, self._columns, self._source_columns = rows, columns, source_columns
        return is_proven and is_small


@dataclass(eq=False, kw_only=True)
class Claim(Generic[TextT]):
    """A text that wants to run.

    Attributes:
        person: Whose it is.
        text: What is dealt to.
        measure: Says what it needs, at the price of a look at it.
        parked_cells: Tokens that must be kept apart if it waits.
        is_in: Whether it runs now.
        is_queued: Whether its request is still in the queue.
        is_background: Whether it gives way to everybody.
    """

    person: int
    text: TextT
    measure: Callable[[], Need]
    parked_cells: int = 0
    is_in: bool = False
    is_queued: bool = False
    is_background: bool = False

    @cached_property
    def need(self) -> Need:
        """What it needs."""
        return self.measure()


@dataclass
class _Stay:
    """Since when a person has been in, or has waited; and the tokens written since."""

    is_in: bool
    since: int
    tokens: int = 0


class Dealer(Generic[TextT]):
    """Deals the rows of one batch, turn by turn.

    Args:
        size: Of the batch.
        parked_cells: Tokens of texts that wait in the middle which can be kept; beyond that a text
            stays in, and whoever comes waits for the next one to end.
    """

    def __init__(self, size: Size, parked_cells: int) -> None:
        self._size = size
        self._parked_cells = parked_cells
        self._turn = 0
        self._stays: dict[int, _Stay] = {}

    def deal(self, claims: Sequence[Claim[TextT]], parked_cells: int = 0) -> list[Claim[TextT]]:
        """Say which texts run in the next turn.

        Args:
            claims: All texts that want to; each person's in the order in which they are to run,
                people who are new in the order in which they came.
            parked_cells: Tokens that are kept apart already.
        """
        hands: dict[int, list[Claim[TextT]]] = {}
        for claim in claims:
            if not claim.is_background:
                hands.setdefault(claim.person, []).append(claim)
        self._look(hands)
        if all(claim.is_in for claim in claims):
            return list(claims)
        people = [hands[person] for person in sorted(hands, key=self._rank)]
        background = [[claim] for claim in claims if claim.is_background]
        staying: set[Claim[TextT]] = set()
        while True:
            table = _Table(self._size, staying)
            table.deal(people)
            if all(claim in table.dealt for hand in people for claim in hand):
                table.deal(background)
            leaving = [claim for claim in claims if claim.is_in and claim not in table.dealt]
            excess = parked_cells + sum(c.parked_cells for c in leaving) - self._parked_cells
            if not leaving or excess <= 0:
                return list(table.dealt)
            for claim in leaving:
                if excess > 0:
                    staying.add(claim)
                    excess -= claim.parked_cells

    def _look(self, hands: dict[int, list[Claim[TextT]]]) -> None:
        """Take note of who is in, who waits, and what was written in the last turn."""
        self._turn += 1
        for person, hand in hands.items():
            rows = sum(claim.need.rows for claim in hand if claim.is_in)
            stay = self._stays.get(person)
            if stay is None or stay.is_in != bool(rows):
                stay = self._stays[person] = _Stay(bool(rows), self._turn)
            stay.tokens += rows
        self._stays = {person: self._stays[person] for person in hands}

    def _rank(self, person: int) -> tuple[int, int]:
        """Order people: who came in just now, who waits, who has had a quantum; each by time."""
        stay = self._stays[person]
        if not stay.is_in:
            return 1, stay.since
        return (0, stay.since) if stay.tokens < QUANTUM else (2, -stay.since)


class _Bar(IntEnum):
    """Who may not come in, because somebody else is waited for."""

    NOBODY = 0
    QUEUE = 1
    EVERYBODY = 2

    def stops(self, claim: Claim[Any]) -> bool:
        """Tell whether a text must wait."""
        is_stopped = claim.is_queued if self is _Bar.QUEUE else self is _Bar.EVERYBODY
        return is_stopped and not claim.is_in


class _Table(Generic[TextT]):
    """One turn's deal.

    Args:
        size: Of the batch.
        staying: Texts that stay in, whatever is fair.

    Attributes:
        dealt: The texts that run, in the order in which they were dealt to.
    """

    def __init__(self, size: Size, staying: Iterable[Claim[TextT]]) -> None:
        self._size = size
        self._room = Room(size)
        self._bar = _Bar.NOBODY
        self.dealt: dict[Claim[TextT], None] = {}
        for claim in staying:
            self._room.takes(claim.need)
            self.dealt[claim] = None

    def deal(self, hands: Sequence[Sequence[Claim[TextT]]]) -> None:
        """Deal one to each, then more to those who have the fewest rows.

        Args:
            hands: The texts of each person, first the person who is dealt to first.
        """
        turns: list[tuple[int, bool, int, deque[Claim[TextT]]]] = []
        for place, hand in enumerate(hands):
            rows = sum(claim.need.rows for claim in hand if claim in self.dealt)
            left = deque(claim for claim in hand if claim not in self.dealt)
            if left and not rows:
                rows = self._deal_first(left)
            if left and rows:
                turns.append((rows, not left[0].is_in, place, left))
        heapify(turns)
        while turns and not self._room.is_full:
            rows, _, place, left = heappop(turns)
            if not self._bar.stops(left[0]) and self._room.takes(left[0].need):
                rows += left[0].need.rows
                self.dealt[left.popleft()] = None
                if left:
                    heappush(turns, (rows, not left[0].is_in, place, left))

    def _deal_first(self, hand: deque[Claim[TextT]]) -> int:
        """Deal to a person who has nothing yet; return the rows."""
        claim = hand[0]
        if self._bar.stops(claim):
            return 0
        if not self._room.takes(claim.need):
            if not any(other.is_in for other in hand):
                is_for_another = not Room(self._size).takes(claim.need)
                self._bar = max(self._bar, _Bar.QUEUE if is_for_another else _Bar.EVERYBODY)
            return 0
        self.dealt[hand.popleft()] = None
        return claim.need.rows

"""A hundred people who ask two processes of the bot at once, and what becomes of each of them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engine import Completion
from engine.bench.near_ties import compare
from engine.packing import unpack
from tests.postgresql import Server
from tests.wire.asking import is_running, is_written

PEOPLE: Final = 100
_TOKENS: Final = 150
_BETWEEN_S: Final = 0.05
"""Between two questions: a hundred in five seconds."""
_ALL_S: Final = 280.0
_LOOK_S: Final = 0.2
_NO_ACK_S: Final = 5.0
_INTERRUPTED: Final = "Se interrumpió"
_AGAIN: Final = "lo escribo otra vez"

Texts = dict[int, list[Completion]]


@dataclass
class Outcome:
    """What became of everybody in one scene.

    Attributes:
        texts: Person → the texts that are stored of them since the scene began.
        odd: What must not be, in words.
        ack_s: The longest wait for an acknowledgement; Discord allows three seconds.
        slowest_s: From a question to the end of its answer, of whoever waited longest.
    """

    texts: Texts
    odd: list[str] = field(default_factory=list)
    ack_s: float = 0.0
    slowest_s: float = 0.0

    def equal(self, expected: Outcome) -> int:
        """Count who has exactly the tokens that they have there."""
        return sum(_ids(self.texts.get(n)) == _ids(theirs) for n, theirs in expected.texts.items())


class Crowd:
    """People of two servers, one for each process.

    Args:
        d: The fake Discord.
        server: Of the database.
        database: Its name.
    """

    def __init__(self, d: Any, server: Server, database: str) -> None:
        self._d = d
        self._server = server
        self._database = database
        self._seen: set[str] = set()

    async def ask(self, disturb: Callable[[], Awaitable[object]] | None = None) -> Outcome:
        """Let everybody ask, disturb them in the middle, and wait for all answers."""
        people = range(1, PEOPLE + 1)
        problems = set(self._problems())
        asked = {}
        for number in people:
            asked[number] = await self._ask(number)
            await asyncio.sleep(_BETWEEN_S)
        disturbing = None if disturb is None else asyncio.create_task(self._disturb(asked, disturb))
        outcome = Outcome(texts={})
        left = set(people)
        until_s = time.monotonic() + _ALL_S
        while left and time.monotonic() < until_s:
            await asyncio.sleep(_LOOK_S)
            for number in [n for n in left if _has_ended(asked[n])]:
                left.discard(number)
                outcome.slowest_s = max(outcome.slowest_s, time.monotonic() - asked[number].t0)
        if disturbing is not None:
            await disturbing
        await asyncio.sleep(2.0)
        outcome.texts = self.new_texts()
        outcome.ack_s = max(one.latency_ack or 0.0 for one in asked.values())
        outcome.odd = [odd for n in people for odd in _oddities(n, asked[n])]
        outcome.odd += sorted(set(self._problems()) - problems)
        return outcome

    async def keep_asking(self, until: Awaitable[object], people: range) -> tuple[int, list[str]]:
        """Let some ask again and again until something has ended.

        Returns:
            How many answers there were, and what must not be.
        """
        problems = set(self._problems())
        ending = asyncio.ensure_future(until)
        odd: list[str] = []
        count = 0

        async def one(number: int) -> None:
            nonlocal count
            while not ending.done():
                asked = await self._ask(number)
                await _until(lambda asked=asked: _has_ended(asked), _ALL_S)
                count += 1
                odd.extend(_oddities(number, asked))

        await asyncio.gather(*map(one, people))
        await ending
        return count, odd + sorted(set(self._problems()) - problems)

    def new_texts(self) -> Texts:
        """Return the texts that have been stored since the last call."""
        query = "SELECT reply_id, owner_id, encode(completion, 'hex') FROM replies"
        texts: Texts = {}
        people = {int(self._d.user(n)["id"]): n for n in range(1, PEOPLE + 1)}
        for row in self._server.query(self._database, query).splitlines():
            reply_id, owner_id, packed = row.split("|")
            if reply_id not in self._seen:
                self._seen.add(reply_id)
                # What was cut off is kept without a text, to be asked for again.
                if (text := unpack(Completion, bytes.fromhex(packed))).attempts:
                    texts.setdefault(people[int(owner_id)], []).append(text)
        return texts

    async def _ask(self, number: int) -> Any:
        given = {
            "texto": f"Había una vez {number} unicornios",
            "tokens": _TOKENS,
            "semilla": number,
            "estrategia": "sample",
        }
        return await self._d.slash(
            "continuar", given, user=number, guild=number % 2, channel=number % 50, wait=False
        )

    async def _disturb(self, asked: dict[int, Any], disturb: Callable[[], Awaitable[Any]]) -> None:
        """Wait until a tenth of all are being written and all acknowledged, then do it."""
        await _until(lambda: all(one.acked for one in asked.values()), _NO_ACK_S)
        await _until(lambda: sum(map(is_running, asked.values())) >= len(asked) / 10, _ALL_S)
        assert not all(map(_has_ended, asked.values())), "all have ended before"
        await disturb()

    def _problems(self) -> list[str]:
        # The engine's addresses are of this machine, but not its own name.
        return [one for one in self._d.problems() if "10.99.0." not in one]


def parted(expected: Texts, texts: Texts) -> tuple[list[str], list[str]]:
    """Say in words who has other tokens than expected.

    Returns:
        Those whose text parts where rounding decides between two tokens that are all but equally
        far from the throw: another replica, or other neighbours in its batch, may round otherwise.
        And those whose text should not.
    """
    ties, odd = [], []
    for number, (theirs, *more) in texts.items():
        (wanted,) = expected[number]
        (ours,), (other,) = wanted.attempts, theirs.attempts
        if more:
            odd.append(f"{number} has {1 + len(more)} texts")
        elif other.token_ids != ours.token_ids:
            comparison = compare(wanted, theirs)
            (margin,) = comparison.margins
            said = f"{number} parts at token {comparison.tokens} by {margin:.1e}"
            (odd if comparison.unexplained else ties).append(said)
    return ties, odd


def _ids(texts: list[Completion] | None) -> list[tuple[int, ...]]:
    return [attempt.token_ids for text in texts or () for attempt in text.attempts]


async def _until(is_so: Callable[[], bool], patience_s: float) -> None:
    """Wait until something is so, or for as long as one may wait for it."""
    until_s = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < until_s:  # noqa: ASYNC110 (nobody tells of it)
        await asyncio.sleep(_LOOK_S)


def _has_ended(asked: Any) -> bool:
    is_lost = not asked.acked and time.monotonic() - asked.t0 > _NO_ACK_S
    return is_lost or is_written(asked) or _INTERRUPTED in asked.text


def _oddities(number: int, asked: Any) -> list[str]:
    """Say what is not as it must be about one answer."""
    odd = []
    if not is_written(asked):
        odd.append(f"{number} has no answer: {asked.text[:200]!r}")
    if len(asked.messages) != 1:
        return [*odd, f"{number} has {len(asked.messages)} messages"]
    versions = [version[1] for version in asked.messages[0].history]
    # What is written again says so, and grows once more from its beginning.
    for is_again in (False, True):
        grown = [text for text in versions if "▌" in text and (_AGAIN in text) is is_again]
        growing = [len(text.split("▌")[0]) for text in grown]
        if growing != sorted(growing):
            odd.append(f"{number} saw a text grow shorter: {growing}")
    ends = Counter(text for text in versions if "nventado por" in text or _INTERRUPTED in text)
    if len(ends) > 1:
        odd.append(f"{number} was answered with {len(ends)} texts")
    return odd

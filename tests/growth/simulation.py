"""A bot, or many, under load: what each reply waits for, and how much each part has to do."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from tests.growth.batch import Pool, Replica, Text
from tests.growth.clock import Clock, Process, Resume
from tests.growth.figures import Setup
from tests.growth.parts import GroupWriter, Station

ACKNOWLEDGE_S = 3.0
"""Then Discord tells the person that the bot does not answer, and takes nothing more for it."""


@dataclass(kw_only=True)
class Outcome:
    """What came of a simulation; of replies asked for after its warm-up, but for the counts.

    Attributes:
        asked: All who asked.
        answered: Whose text was finished.
        refused: Who found the queue full.
        late: Whose command the bot took longer to acknowledge than Discord waits.
        words_s: To the first word that is seen.
        answers_s: To the finished message.
        present_s: Seconds of all who were being served, added up.
        loads: Part → share of its time that was asked for.
        seconds: How long it lasted.
        requests: To Discord.
        transactions: Of the database.
        tokens: Written.
    """

    asked: int = 0
    answered: int = 0
    refused: int = 0
    late: int = 0
    words_s: list[float] = field(default_factory=list)
    answers_s: list[float] = field(default_factory=list)
    present_s: float = 0.0
    loads: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    requests: int = 0
    transactions: int = 0
    tokens: float = 0.0

    @property
    def present(self) -> int:
        """Who was still being served at the end."""
        return self.asked - self.answered - self.refused - self.late


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share lies below; nan of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class Simulation:
    """One run.

    Args:
        setup: What there is.
        tokens: Least and greatest length of a text.
        seed: Of all that is left to chance.
        warm_s: What is asked for earlier is not counted in the times.
    """

    def __init__(
        self, setup: Setup, tokens: tuple[float, float], *, seed: int = 0, warm_s: float = 0.0
    ) -> None:
        self._setup = setup
        self._costs = setup.costs
        self._tokens = tokens
        self._chance = random.Random(seed)
        self._warm_s = warm_s
        self.clock = Clock()
        replicas = (
            Replica(self.clock, setup.steps, setup.rows, setup.seats) for _ in range(setup.replicas)
        )
        self._pool = Pool(self.clock, tuple(replicas), setup.queue)
        self._loops = [Station(self.clock) for _ in range(setup.bots)]
        self._writers = [GroupWriter(self.clock, self._transaction_s) for _ in range(setup.bots)]
        self._proxies = [Station(self.clock) for _ in range(setup.proxies)]
        self._database = Station(self.clock, setup.database_cores)
        self._reads = 0
        self._present = 0
        self._changed_s = 0.0
        self.outcome = Outcome()

    def run(self, moments: Iterable[float], until_s: float = inf) -> Outcome:
        """Let people ask at those moments, which are in order, and say what came of it.

        Args:
            moments: When somebody asks.
            until_s: The end; without one, the last finished message.
        """
        self.clock.start(self._people(moments))
        self.clock.run(until_s)
        self._count(0)
        seconds = self.clock.now_s
        replicas = self._pool.replicas
        self.outcome.seconds = seconds
        self.outcome.tokens = sum(replica.tokens for replica in replicas)
        self.outcome.transactions = self._reads + sum(one.transactions for one in self._writers)
        self.outcome.loads = {
            "engine": sum(replica.load(seconds) for replica in replicas) / len(replicas),
            "bot": max(loop.load(seconds) for loop in self._loops),
            "database": self._database.load(seconds),
            "proxy": max((proxy.load(seconds) for proxy in self._proxies), default=0.0),
        }
        return self.outcome

    def _people(self, moments: Iterable[float]) -> Process:
        for moment in moments:
            yield max(0.0, moment - self.clock.now_s)
            self.clock.start(self._reply(self._chance.randrange(self._setup.bots)))

    def _reply(self, bot: int) -> Process:
        began_s = self.clock.now_s
        self.outcome.asked += 1
        self._count(1)
        yield self._act_s(bot, self._costs.begin_s)
        if self._costs.read_s is not None:
            yield self._read_s(self._costs.read_s)
        if self._pool.is_full:
            yield self._rest_s()
            self.outcome.refused += 1
            self._count(-1)
            return
        yield self._writers[bot].wait_s()
        yield self._rest_s()
        if self.clock.now_s - began_s > ACKNOWLEDGE_S:
            self.outcome.late += 1
            self._count(-1)
            yield self._writers[bot].wait_s()
            return
        if self._proxies:
            yield self._chance.choice(self._proxies).wait_s(self._costs.proxy_s)
            yield self._costs.way_s
        text = Text(tokens=self._chance.uniform(*self._tokens))
        message = _Message()
        self._pool.put(text)
        self.clock.start(self._edits(bot, text, message))
        yield text.end
        if message.is_sending:
            yield message.sent
        yield self._writers[bot].wait_s()
        yield self._act_s(bot, self._costs.end_s)
        yield self._rest_s()
        self._finish(began_s, message)
        yield self._writers[bot].wait_s()

    def _edits(self, bot: int, text: Text, message: _Message) -> Process:
        """The place in the queue at once, then the text so far as often as the interval allows."""
        while not text.is_written:
            began_s = self.clock.now_s
            message.is_sending = True
            shows_text = text.first_s is not None
            yield self._act_s(bot, self._costs.edit_s)
            yield self._rest_s()
            message.done()
            if shows_text and message.word_s is None:
                message.word_s = self.clock.now_s
            yield max(0.0, began_s + self._costs.interval_s - self.clock.now_s)

    def _finish(self, began_s: float, message: _Message) -> None:
        self.outcome.answered += 1
        self._count(-1)
        if began_s >= self._warm_s:
            word_s = self.clock.now_s if message.word_s is None else message.word_s
            self.outcome.words_s.append(word_s - began_s)
            self.outcome.answers_s.append(self.clock.now_s - began_s)

    def _act_s(self, bot: int, seconds: float) -> float:
        wait_s = self._loops[bot].wait_s(seconds)
        if self._setup.is_one_process:
            # Two threads of one interpreter: the other one stands while this one runs.
            replica = self._pool.replicas[0]
            begin_s = self.clock.now_s + wait_s - seconds
            self.clock.at(begin_s, lambda: replica.stall(seconds))
        return wait_s

    def _rest_s(self) -> float:
        self.outcome.requests += 1
        return self._chance.uniform(*self._costs.rest_s)

    def _read_s(self, least_s: float) -> float:
        self._reads += 1
        return self._database.wait_s(self._costs.transaction_s) + least_s

    def _transaction_s(self, from_s: float) -> float:
        return self._database.wait_s(self._costs.transaction_s, from_s) + self._costs.write_s

    def _count(self, more: int) -> None:
        """Take note that there are more people, or fewer."""
        now_s = self.clock.now_s
        self.outcome.present_s += self._present * (now_s - self._changed_s)
        self._present += more
        self._changed_s = now_s


class _Message:
    """What is seen of a reply."""

    def __init__(self) -> None:
        self.word_s: float | None = None
        self.is_sending = False
        self._waiting: list[Resume] = []

    def sent(self, resume: Resume) -> None:
        """Let a process wait for the edit that is on its way."""
        self._waiting.append(resume)

    def done(self) -> None:
        """Take note that no edit is on its way."""
        self.is_sending = False
        waiting, self._waiting = self._waiting, []
        for resume in waiting:
            resume(None)

"""From a thousand replies a day to a thousand million: what is asked, and what that takes."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from tests.growth.arrivals import PEAK_S, arrivals
from tests.growth.figures import ALONE, DAY_S, SHARED, Setup, Traffic
from tests.growth.simulation import Outcome, Simulation

POWERS = tuple(10**power for power in range(3, 10))
ROOM = 0.6
"""Of its time that a part may be busy at the peak: the rest is for chance, and for whoever dies."""
CELL = 10**7
"""Replies a day that share a database, a cluster and its bots; beyond it there are more of all."""
PROXY_CALLS = 150.0
ONE = Setup(is_one_process=True, seats=96, queue=0, costs=replace(ALONE, rest_s=SHARED.rest_s))
"""The bot as it comes: one process with its model, 64 places in its queue, a file that stores."""

_REPLIES = 15_000
_WARM_S = 30.0
_ROW_BYTES, _TOKEN_BYTES = 1_500, 440
_GUILD_REPLIES = 50
_SHARD_GUILDS = 2_500
_LARGE_GUILDS = 150_000
_LARGE_BUCKETS = 16
_IDENTIFY_S = 5.5
_OUTSIDE = 0.05


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What so many replies a day ask for, by arithmetic.

    Attributes:
        replies_s: At the peak.
        tokens_s: At the peak.
        gigabytes: That are stored in a day.
        guilds: Where they come from.
        shards: That Discord wants for those.
        start_s: Until all shards have introduced themselves.
        outside_s: Requests a second to Discord beside the answers to interactions.
    """

    replies_s: float
    tokens_s: float
    gigabytes: float
    guilds: int
    shards: int
    start_s: float
    outside_s: float


def demand(traffic: Traffic) -> Demand:
    """Work out what a traffic asks for."""
    replies_s = traffic.per_day / DAY_S * traffic.peak
    tokens = sum(traffic.tokens) / 2
    guilds = math.ceil(traffic.per_day / _GUILD_REPLIES)
    shards = math.ceil(guilds / _SHARD_GUILDS)
    buckets = 1
    if guilds > _LARGE_GUILDS:
        buckets = _LARGE_BUCKETS
        shards = math.ceil(shards / buckets) * buckets
    return Demand(
        replies_s=replies_s,
        tokens_s=replies_s * tokens,
        gigabytes=traffic.per_day * (_ROW_BYTES + tokens * _TOKEN_BYTES) / 1e9,
        guilds=guilds,
        shards=shards,
        start_s=math.ceil(shards / buckets) * _IDENTIFY_S,
        outside_s=replies_s * _OUTSIDE,
    )


def setup_for(traffic: Traffic) -> Setup:
    """Return what keeps every part below `ROOM` at the peak of a traffic."""
    asked = demand(traffic)
    if asked.tokens_s <= ROOM * most_tokens_s(ONE):
        return ONE
    shared = Setup()
    reply_s = shared.costs.begin_s + shared.costs.end_s + 2 * shared.costs.edit_s
    bots = _count(asked.replies_s * reply_s)
    return replace(
        shared,
        bots=bots,
        replicas=_count(asked.tokens_s / most_tokens_s(shared)),
        queue=64 * bots,
        proxies=_count(asked.replies_s / PROXY_CALLS),
        # A read, and a transaction for each of three writes, where nobody shares one.
        database_cores=_count(asked.replies_s * 4 * shared.costs.transaction_s),
    )


def most_tokens_s(setup: Setup, tokens: float = 69.0) -> float:
    """Return what a replica writes at the most, all its rows taken, in texts of so many tokens."""
    text_s = setup.steps.prompt_s + tokens * setup.steps.step_s(setup.rows) / setup.rows
    if setup.is_one_process:
        text_s += setup.costs.begin_s + setup.costs.end_s + 2 * setup.costs.edit_s
    return tokens / text_s


def at_the_peak(setup: Setup, traffic: Traffic, seed: int = 0) -> Outcome:
    """Let the busiest time of a day pass: long enough for some ten thousand replies."""
    seconds = _WARM_S + min(DAY_S / 2, max(90.0, _REPLIES / demand(traffic).replies_s))
    begin_s = PEAK_S - seconds / 2
    moments = arrivals(traffic, begin_s, begin_s + seconds, random.Random(seed))
    simulation = Simulation(setup, traffic.tokens, seed=seed, warm_s=_WARM_S)
    return simulation.run((moment - begin_s for moment in moments), seconds)


def cells(traffic: Traffic) -> tuple[int, Traffic]:
    """Return how many cells there are, and what each is asked for."""
    count = math.ceil(traffic.per_day / CELL)
    return count, replace(traffic, per_day=traffic.per_day / count)


def _count(work: float) -> int:
    return max(1, math.ceil(work / ROOM))

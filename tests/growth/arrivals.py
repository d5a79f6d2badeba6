"""When people ask: at random, more in the evening than at night, and at times a class at once."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from functools import cache

from tests.growth.figures import DAY_S, Traffic

PEAK_S = DAY_S * 21 / 24
_NODES = 1000


def rate(traffic: Traffic, at_s: float) -> float:
    """Return the replies per second that are asked for at a moment of the day.

    The day has the shape of a von Mises distribution: one hill, its mean over a day 1.
    """
    heap = _heap(traffic.peak)
    hill = math.exp(heap * math.cos(2 * math.pi * (at_s - PEAK_S) / DAY_S)) / _mean(heap)
    return traffic.per_day / DAY_S * hill


def arrivals(
    traffic: Traffic, begin_s: float, end_s: float, chance: random.Random
) -> Iterator[float]:
    """Yield the moments at which somebody asks, in order."""
    most = traffic.per_day / DAY_S * traffic.peak
    moments = [*_single(traffic, most * (1 - traffic.group_share), begin_s, end_s, chance)]
    if traffic.group_share:
        groups = most * traffic.group_share / traffic.group
        for at_s in _single(traffic, groups, begin_s, end_s, chance):
            moments += [at_s + chance.uniform(0, traffic.group_s) for _ in range(traffic.group)]
    yield from sorted(moments)


def _single(
    traffic: Traffic, most: float, begin_s: float, end_s: float, chance: random.Random
) -> Iterator[float]:
    """Thin a Poisson process of the peak's rate."""
    at_s = begin_s
    highest = traffic.per_day / DAY_S * traffic.peak
    while most and (at_s := at_s + chance.expovariate(most)) < end_s:
        if chance.random() * highest < rate(traffic, at_s):
            yield at_s


@cache
def _heap(peak: float) -> float:
    """Return how steep a hill is that is so high above its mean, by halving."""
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.exp(middle) / _mean(middle) < peak else (low, middle)
    return low


@cache
def _mean(heap: float) -> float:
    angles = (2 * math.pi * node / _NODES for node in range(_NODES))
    return sum(math.exp(heap * math.cos(angle)) for angle in angles) / _NODES

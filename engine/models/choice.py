"""Which kernels a layer gets, from the times that they took: one for few rows, one for many."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from engine.models.kernel import PACKED, Kernel, up_to
from engine.precision import PRECISIONS

BUCKETS = (1, 4, 16, 64)
"""Rows that are tried: each stands for those down to the one before, the last for all beyond."""
Times = Mapping[str, Sequence[float]]
"""Seconds in each bucket by the kernel's name; who has none could not be tried, or errs."""

_WORTH = 0.9
"""Of the time of a plainer plan: what saves less is no reason to round, nor to keep two copies."""
_CLEAR = 0.8
"""Of the time of the kernel for many rows: the most that the one for few may take."""
_PLAIN_SIZE = PACKED.itemsize
_ROOMY_SIZE = 1.5 * PACKED.itemsize
"""Bytes of a weight in all the copies that a layer keeps. Never two of float32."""


class Plan(NamedTuple):
    """The kernels of a layer.

    Attributes:
        few: For so many rows.
        limit: Most rows of `few`; 0 where `many` does it all.
        many: For more.
    """

    few: Kernel
    limit: int
    many: Kernel

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """All, each once."""
        return (self.few, self.many) if self.limit else (self.many,)

    @property
    def itemsize(self) -> int:
        """Bytes of one weight in all copies."""
        return sum(kernel.itemsize for kernel in self.kernels)

    @property
    def in_buckets(self) -> tuple[Kernel, ...]:
        """The kernel of each bucket."""
        return tuple(self.few if rows <= self.limit else self.many for rows in BUCKETS)

    def __str__(self) -> str:
        """Say it: "torch int8 (≤ 4), oneDNN float32"."""
        few = f"{self.few.name} (≤ {self.limit}), " if self.limit else ""
        return few + self.many.name


def bucket_of(rows: int) -> int:
    """Return the bucket of so many rows."""
    return min(bisect_left(BUCKETS, rows), len(BUCKETS) - 1)


def only(kernel: Kernel) -> Plan:
    """Return the plan that takes a kernel for any number of rows."""
    return Plan(kernel, 0, kernel)


def choose(times: Times, kernels: Sequence[Kernel], precision: str, *, is_roomy: bool) -> Plan:
    """Choose the kernels of a layer: one packed copy of its weight, or two.

    In no bucket is the plan slower than the plan of a more exact precision; among those that are
    not, the product of the times of all buckets decides. Where few rows have a kernel of their own,
    it is clearly the quicker one for all of them.

    Args:
        times: Of the layer's shape.
        kernels: Those there are.
        precision: The coarsest that may be taken.
        is_roomy: Whether the copies may take more memory than the weight in float32.
    """
    plan = only(PACKED)
    size = _ROOMY_SIZE if is_roomy else _PLAIN_SIZE
    for level in PRECISIONS[: PRECISIONS.index(precision) + 1]:
        tried = [kernel for kernel in up_to(kernels, level) if kernel.name in times]
        plainer = seconds(times, plan)
        possible = [
            other
            for other in _plans(tried)
            if other.itemsize <= size
            and _is_clear(times, other)
            and all(a <= b for a, b in zip(seconds(times, other), plainer, strict=True))
        ]
        best = min(possible, key=lambda other: math.prod(seconds(times, other)), default=plan)
        if math.prod(seconds(times, best)) < math.prod(plainer) * _WORTH ** len(BUCKETS):
            plan = best
    return plan


def seconds(times: Times, plan: Plan) -> tuple[float, ...]:
    """Return the seconds that a plan takes in each bucket; infinite where it was not tried."""
    return tuple(
        times[kernel.name][bucket] if kernel.name in times else math.inf
        for bucket, kernel in enumerate(plan.in_buckets)
    )


def _is_clear(times: Times, plan: Plan) -> bool:
    few, many = times[plan.few.name], times[plan.many.name]
    return all(
        own <= _CLEAR * other
        for rows, own, other in zip(BUCKETS, few, many, strict=True)
        if rows == plan.limit
    )


def _plans(kernels: Sequence[Kernel]) -> Iterator[Plan]:
    yield from map(only, kernels)
    for few, many in permutations(kernels, 2):
        for limit in BUCKETS[:-1]:
            yield Plan(few, limit, many)

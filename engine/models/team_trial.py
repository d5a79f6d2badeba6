"""Tries which products of a step are quicker in a team of threads than in one.

A thread that sleeps must be woken, and waits for a core where others have them all. How long that
takes is the machine's affair, and what a product gains by it is its size's and its kernel's: so
both ways are timed, on the wall, after work in one thread that lets the others fall asleep, as they
do in a step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from engine.models.choice import BUCKETS
from engine.models.kernel import Kernel, Multiply
from engine.models.teamwork import alone, together
from engine.models.trial import Shape, ShapeTimes

BUDGET_S = 1.0
"""On the wall, for all products of a model; what has begun is finished."""
_PATIENCE_S = 10.0
"""On the wall, until a starved machine is left as it is: everybody works alone."""
_MOST_TURNS = 20
_LEAST_TURNS = 4
_LULL_BYTES = 4 * 2**20
"""What is read between two products: longer than a thread stays awake, and than a core's cache."""
_PLAIN = 1.5
"""Times as long: whose turns so far all differ by so much need no more of them."""
_GAIN = 0.9
"""Of the time alone: the most that a team may take, which keeps others from their work."""
_ALONE, _TEAM = " alone", " in a team"
_WAYS: Mapping[str, Callable[[Multiply, Tensor], object]] = {
    _ALONE: lambda product, x: product(x),
    _TEAM: together,
}


def measure_teams(
    products: Sequence[tuple[Shape, Kernel]], budget_s: float = BUDGET_S
) -> ShapeTimes:
    """Time products with every number of rows, alone and in a team, in turns.

    Each way has the lower quartile of its turns: what disturbed some of them does not count, nor
    does the one in which all was lucky.

    Args:
        products: What multiplies which layer, or a piece of it where it is large.
        budget_s: As `BUDGET_S`.

    Returns:
        Infinite where there was no time for a turn.
    """
    lull = torch.ones(_LULL_BYTES // 4)
    tried = []
    for shape, kernel in products:
        product = kernel.multiply(torch.randn(shape.outputs, shape.width))
        tried += [_Tried(shape, kernel, bucket, product) for bucket in range(len(BUCKETS))]
    started_s = time.monotonic()
    with torch.inference_mode(), alone():
        for turn in range(_MOST_TURNS):
            for one in tried:
                is_needed = turn < _LEAST_TURNS
                limit_s = _PATIENCE_S if is_needed else budget_s
                if time.monotonic() - started_s < limit_s and (is_needed or not one.is_plain):
                    one.try_once(lull)
    times: ShapeTimes = {shape.name: {} for shape, _ in products}
    for one in tried:
        for way, seconds in one.seconds.items():
            by_kernel = times[one.shape.name]
            row = by_kernel.setdefault(one.kernel.name + way, [0.0] * len(BUCKETS))
            row[one.bucket] = sorted(seconds)[len(seconds) // 4] if seconds else math.inf
    return times


def teams(times: Mapping[str, Sequence[float]], kernels: Sequence[Kernel]) -> tuple[bool, ...]:
    """Tell in which buckets a team is worth it.

    Args:
        times: Of a shape, from `measure_teams`.
        kernels: The kernel of each bucket.
    """
    unknown = [math.inf] * len(BUCKETS)
    return tuple(
        times.get(kernel.name + _TEAM, unknown)[bucket]
        < _GAIN * times.get(kernel.name + _ALONE, unknown)[bucket]
        for bucket, kernel in enumerate(kernels)
    )


class _Tried:
    """A product with so many rows, and what its turns took, alone and in a team."""

    def __init__(self, shape: Shape, kernel: Kernel, bucket: int, product: Multiply) -> None:
        self.shape, self.kernel, self.bucket = shape, kernel, bucket
        self.seconds: dict[str, list[float]] = {way: [] for way in _WAYS}
        self._product = product
        self._x = torch.ones(BUCKETS[bucket], shape.width)
        product(self._x)  # oneDNN writes its code for so many rows

    @property
    def is_plain(self) -> bool:
        """Tell whether one way took clearly longer in all turns."""
        one, other = self.seconds.values()
        if not one:
            return False
        return min(one) > _PLAIN * max(other) or min(other) > _PLAIN * max(one)

    def try_once(self, lull: Tensor) -> None:
        """Take a turn."""
        for way, run in _WAYS.items():
            lull.sum()
            self.seconds[way].append(_seconds(run, self._product, self._x))


def _seconds(run: Callable[[Multiply, Tensor], object], product: Multiply, x: Tensor) -> float:
    started_s = time.perf_counter()
    run(product, x)
    return time.perf_counter() - started_s

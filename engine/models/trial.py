"""Times the kernels on the shapes of a model's layers, in two seconds of a processor at most."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.choice import BUCKETS
from engine.models.head import refine
from engine.models.kernel import PACKED, Kernel, Multiply
from engine.models.teamwork import alone, together
from engine.precision import EXACT, FAST, TURBO

BUDGET_S = 2.0
"""For all shapes and kernels of a model."""
ERRORS: Mapping[str, float] = {EXACT: 1e-5, FAST: 5e-3, TURBO: 1.2e-2}
"""Greatest error of a product of random numbers, as a share of its norm, by precision.

Measured: float32 6e-7, bfloat16 3e-3, int8 8e-3; int8 digits on a processor that saturates 2e-2.
"""
_PATIENCE = 10
"""Time on the wall that a busy machine may take, in budgets."""
_WEIGHTS = 2**23
"""Of a layer that is tried: of a larger one some outputs, enough to be worth more than waking."""
_CACHE_BYTES = 64 * 2**20
"""More than a processor keeps near itself."""
_TEAM_BYTES = 1_500_000
"""Weights of a layer from which on it is tried in a team: about where one begins to pay."""
_ROUNDS = 10
_REFINEMENTS = 3
_HOPELESS = 1.5
"""Of the quickest time: who took longer in the first round is not tried again."""


class Shape(NamedTuple):
    """Of layers that multiply alike.

    Attributes:
        out: Outputs.
        width: Inputs.
        layers: How many a model has.
        is_head: Whether one of them is the output layer, whose best logits are computed again
            where they are rounded.
    """

    out: int
    width: int
    layers: int
    is_head: bool = False

    @property
    def weights(self) -> int:
        """Numbers in all the layers."""
        return self.out * self.width * self.layers

    @property
    def outputs(self) -> int:
        """Outputs that are tried: all, or the first of a large layer."""
        return max(1, min(self.out, _WEIGHTS // self.width))

    @property
    def name(self) -> str:
        """What a layer maps to what: "640 → 2048"."""
        return f"{self.width} → {self.out}"


ShapeTimes = dict[str, dict[str, list[float]]]
"""Seconds in each bucket, by the names of the shape and the kernel."""


def measure(
    shapes: Sequence[Shape], kernels: Sequence[Kernel], budget_s: float = BUDGET_S
) -> ShapeTimes:
    """Time every kernel on every shape and number of rows; the best of several turns counts.

    As in a step, where the other layers are read between two uses of one, memory of the model's
    size is read between two runs. Whoever errs more than its precision may is left out.

    Args:
        shapes: Of a model.
        kernels: That work here.
        budget_s: Of processor time; where it did not suffice to try all, only `PACKED` has a time.
    """
    with torch.inference_mode(), alone():
        clock = _Clock(budget_s)
        products = _products(shapes, kernels)
        times: ShapeTimes = {shape.name: {} for shape in shapes}
        for shape, kernel, _ in products:
            times[shape.name][kernel.name] = [math.inf] * len(BUCKETS)
        with suppress(_SpentError):
            _run(products, times, sum(shape.weights for shape in shapes), clock)
            for shape in (shape for shape in shapes if shape.is_head):
                _add_refinement(shape, kernels, times[shape.name], clock)
    for by_kernel in times.values():
        _leave_out_what_is_half_tried(by_kernel)
    return times


def is_whole(times: ShapeTimes) -> bool:
    """Tell whether everything was tried."""
    rows = (row for by_kernel in times.values() for row in by_kernel.values())
    return all(math.isfinite(value) for row in rows for value in row)


def _run(
    products: Sequence[tuple[Shape, Kernel, Multiply]],
    times: ShapeTimes,
    weights: int,
    clock: _Clock,
) -> None:
    rest = torch.ones(min(_CACHE_BYTES, weights * 4) // 4)
    for number in range(_ROUNDS):
        for bucket, rows in enumerate(BUCKETS):
            for shape, kernel, product in products:
                known = times[shape.name][kernel.name]
                best = min(other[bucket] for other in times[shape.name].values())
                if number and known[bucket] > _HOPELESS * best:
                    continue
                x = torch.ones(rows, shape.width)
                if not number:
                    product(x)  # oneDNN writes its code for so many rows
                together(torch.sum, rest[: weights * kernel.itemsize // 4])
                known[bucket] = min(known[bucket], clock.seconds(product, x))
                clock.check()


def _add_refinement(
    shape: Shape, kernels: Sequence[Kernel], by_kernel: dict[str, list[float]], clock: _Clock
) -> None:
    """Add to the kernels that round what their best logits cost again, for the piece tried."""
    rows = torch.ones(shape.out, 1).expand(shape.out, shape.width)
    for bucket, count in enumerate(BUCKETS):
        x, logits = torch.ones(count, shape.width), torch.rand(count, shape.out)
        work = partial(refine, logits, rows=rows, bias=None)
        taken = min(clock.seconds(partial(together, work), x) for _ in range(_REFINEMENTS))
        for kernel in kernels:
            if kernel.name in by_kernel and kernel.precision != EXACT:
                by_kernel[kernel.name][bucket] += taken * shape.outputs / shape.out


def _leave_out_what_is_half_tried(by_kernel: dict[str, list[float]]) -> None:
    """Leave a bucket that not all have run to the kernel that there is anyway."""
    for bucket in range(len(BUCKETS)):
        if math.inf in [row[bucket] for row in by_kernel.values()]:
            for name, row in by_kernel.items():
                row[bucket] = 1.0 if name == PACKED.name else math.inf


class _SpentError(Exception):
    """The budget is spent."""


class _Clock:
    """Processor time of the calling thread: of a product in a team, its share of the work.

    What else runs on a machine stretches the time on the wall many times over.
    """

    def __init__(self, budget_s: float) -> None:
        self._end = time.thread_time() + budget_s
        self._latest = time.monotonic() + _PATIENCE * budget_s

    def check(self) -> None:
        if time.thread_time() > self._end or time.monotonic() > self._latest:
            raise _SpentError

    @staticmethod
    def seconds(product: Multiply, x: Tensor) -> float:
        started_s = time.thread_time()
        product(x)
        return time.thread_time() - started_s


def _products(
    shapes: Sequence[Shape], kernels: Sequence[Kernel]
) -> list[tuple[Shape, Kernel, Multiply]]:
    """Pack a weight of every shape with every kernel, the shapes with most weights first."""
    generator = torch.Generator().manual_seed(0)
    products = []
    for shape in sorted(shapes, key=lambda shape: -shape.weights):
        weight = torch.randn(shape.outputs, shape.width, generator=generator)
        x = torch.randn(BUCKETS[1], shape.width, generator=generator)
        for kernel in kernels:
            if shape.width % kernel.step:
                continue
            size = shape.out * shape.width * kernel.itemsize
            product = kernel.multiply(weight)
            if size >= _TEAM_BYTES:
                product = partial(together, product)
            # Who is exact is so with the weights that it holds.
            held = kernel.rounded(weight) if kernel.precision == EXACT else weight
            if _error(product(x), functional.linear(x, held)) <= ERRORS[kernel.precision]:
                products.append((shape, kernel, product))
    return products


def _error(y: Tensor, expected: Tensor) -> float:
    return float((y - expected).norm() / expected.norm().clamp_min(torch.finfo(y.dtype).tiny))

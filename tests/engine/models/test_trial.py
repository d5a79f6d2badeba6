"""Kernels are tried on a model's shapes; who errs, or is not reached, is out of the choice."""

from __future__ import annotations

import math

import pytest
import torch

from engine.models.choice import BUCKETS
from engine.models.kernel import KERNELS, PACKED, Kernel, kernels_here
from engine.models.products import Product, plain_product
from engine.models.trial import ERRORS, Shape, is_whole, measure
from engine.precision import FAST, PRECISIONS, TURBO

SHAPES = [Shape(out=24, width=64, layers=3), Shape(out=40, width=24, layers=1)]
HERE = kernels_here(torch.device("cpu"), TURBO)
pytestmark = pytest.mark.skipif(not HERE, reason="this processor keeps the plain layers")


def erring(share: float) -> Kernel:
    """Make a kernel whose products are off by a share."""

    def pack(weight: torch.Tensor, bias: torch.Tensor | None) -> Product:
        product = plain_product(weight, bias)
        return lambda x: product(x) * (1 + share)

    return Kernel(FAST, "erring", pack, torch.float32, True, torch.float32)


def test_every_kernel_that_works_here_has_a_time_for_every_shape() -> None:
    times = measure(SHAPES, HERE, budget_s=60)
    assert set(times) == {"64 → 24", "24 → 40"}
    assert is_whole(times)
    for by_kernel in times.values():
        assert PACKED.name in by_kernel
        # Widths that a kernel cannot read in its blocks are not even tried.
        assert ("torch int8" in by_kernel) <= (by_kernel is times["64 → 24"])
        assert all(len(row) == len(BUCKETS) and min(row) > 0 for row in by_kernel.values())


def test_who_errs_more_than_its_precision_may_is_left_out() -> None:
    small, great = erring(ERRORS[FAST] / 2), erring(ERRORS[FAST] * 2)
    for kernel, is_taken in ((small, True), (great, False)):
        times = measure(SHAPES, (PACKED, kernel), budget_s=60)
        assert all((kernel.name in row) == is_taken for row in times.values())


def test_an_output_layer_that_rounds_pays_for_its_best_logits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.models.trial._Clock.seconds", lambda *_: 2.0)
    monkeypatch.setattr("engine.models.trial._WEIGHTS", 100 * 64)
    shapes = [Shape(400, 64, 1, is_head=True), Shape(40, 64, 1)]
    times = measure(shapes, (PACKED, erring(0)), budget_s=60)
    # A quarter of the layer is tried, so it pays a quarter of what refining takes.
    assert times["64 → 400"] == {PACKED.name: [2.0] * 4, erring(0).name: [2.5] * 4}
    assert times["64 → 40"] == {PACKED.name: [2.0] * 4, erring(0).name: [2.0] * 4}


def test_with_the_budget_spent_only_the_kernel_that_is_there_anyway_has_a_time() -> None:
    times = measure(SHAPES, HERE, budget_s=0)
    assert not is_whole(times) or len(HERE) == 1
    for by_kernel in times.values():
        assert all(math.isfinite(value) for value in by_kernel[PACKED.name][1:])
        others = [row for name, row in by_kernel.items() if name != PACKED.name]
        assert all(row[1:] == [math.inf] * (len(BUCKETS) - 1) for row in others)


def test_the_plainest_come_first_and_have_names_of_their_own() -> None:
    order = [PRECISIONS.index(kernel.precision) for kernel in KERNELS]
    assert order == sorted(order)
    assert len({kernel.name for kernel in KERNELS}) == len(KERNELS)

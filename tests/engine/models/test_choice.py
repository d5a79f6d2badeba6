"""A precision is a promise about error, and never slower than a plainer one."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.models.choice import BUCKETS, Plan, Times, choose, only, seconds
from engine.models.kernel import KERNELS, PACKED, up_to
from engine.precision import EXACT, FAST, PRECISIONS, TURBO

NAMES = [kernel.name for kernel in KERNELS]
rows = st.lists(st.floats(1e-6, 10.0), min_size=len(BUCKETS), max_size=len(BUCKETS))
some_times = st.dictionaries(st.sampled_from(NAMES), rows).flatmap(
    lambda others: rows.map(lambda row: {PACKED.name: row, **others})
)


@given(times=some_times, is_roomy=st.booleans())
def test_no_precision_is_slower_than_a_plainer_one_with_any_number_of_rows(
    times: Times, is_roomy: bool
) -> None:
    plans = [choose(times, KERNELS, precision, is_roomy=is_roomy) for precision in PRECISIONS]
    taken = [seconds(times, plan) for plan in [only(PACKED), *plans]]
    for plainer, rounder in pairwise(taken):
        assert all(ours <= theirs for ours, theirs in zip(rounder, plainer, strict=True))


@given(times=some_times, is_roomy=st.booleans(), precision=st.sampled_from(PRECISIONS))
def test_a_layer_gets_kernels_that_were_tried_keep_the_promise_and_have_room(
    times: Times, is_roomy: bool, precision: str
) -> None:
    plan = choose(times, KERNELS, precision, is_roomy=is_roomy)
    assert set(plan.kernels) <= set(up_to(KERNELS, precision))
    assert all(kernel.name in times for kernel in plan.kernels)
    assert plan.itemsize <= (6 if is_roomy else 4)
    assert len(plan.in_buckets) == len(BUCKETS)


def test_what_rounds_without_being_faster_gives_way() -> None:
    times = {name: [1.0] * len(BUCKETS) for name in NAMES}
    for precision in PRECISIONS:
        assert choose(times, KERNELS, precision, is_roomy=True) == only(PACKED)


def test_few_rows_and_many_can_have_a_kernel_each() -> None:
    times = {
        "oneDNN float32": [4.0, 4.0, 4.0, 4.0],
        "oneDNN bfloat16": [5.0, 5.0, 5.0, 5.0],
        "torch int8": [1.0, 2.0, 8.0, 30.0],
    }
    exact, fast, turbo = (choose(times, KERNELS, p, is_roomy=True) for p in (EXACT, FAST, TURBO))
    assert exact == fast == only(PACKED)
    assert str(turbo) == "torch int8 (≤ 4), oneDNN float32"
    # Without room for a second copy, int8 would be slower with many rows.
    assert choose(times, KERNELS, TURBO, is_roomy=False) == only(PACKED)


def test_what_was_not_tried_with_so_many_rows_is_not_taken_for_them() -> None:
    times = {PACKED.name: [4.0, 4.0, 1.0, 1.0], "torch int8": [1.0, 1.0, math.inf, math.inf]}
    plan = choose(times, KERNELS, TURBO, is_roomy=True)
    assert str(plan) == "torch int8 (≤ 4), oneDNN float32"
    assert isinstance(plan, Plan)

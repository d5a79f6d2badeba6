"""Selections without a sort equal torch's own."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ordering import best_first, greatest, not_below

_SMALL_SIZES = st.integers(1, 3000)
_SIZES = _SMALL_SIZES | st.integers(32_000, 36_000)
_SEEDS = st.integers(0, 2**32 - 1)


def _values(size: int, seed: int, distinct: int) -> torch.Tensor:
    """Return few distinct values, so that there are ties, and some −inf."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, distinct, (size,), generator=generator).float()
    return values.masked_fill(values == 0, -torch.inf)


@given(size=_SIZES, seed=_SEEDS, distinct=st.sampled_from((2, 9, 10_000)), data=st.data())
@settings(deadline=None)
def test_greatest_is_topk_up_to_which_of_equals(
    size: int, seed: int, distinct: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, size))
    values = _values(size, seed, distinct)
    found, index = greatest(values, count)
    assert torch.equal(found, torch.topk(values, count).values)
    assert torch.equal(values[index], found)
    assert len(set(index.tolist())) == count


@given(rows=st.integers(1, 4), seed=_SEEDS, count=st.integers(1, 20))
@settings(deadline=None)
def test_greatest_works_on_every_row(rows: int, seed: int, count: int) -> None:
    values = torch.randn(rows, 5001, generator=torch.Generator().manual_seed(seed))
    found, index = greatest(values, count)
    expected = torch.topk(values, count)
    assert torch.equal(found, expected.values)
    assert torch.equal(index, expected.indices)


@given(size=_SIZES, seed=_SEEDS, distinct=st.sampled_from((2, 9, 10_000)), data=st.data())
@settings(deadline=None)
def test_not_below_is_every_value_that_reaches_the_threshold(
    size: int, seed: int, distinct: int, data: st.DataObject
) -> None:
    values = _values(size, seed, distinct)
    threshold = data.draw(st.sampled_from(values.tolist()))
    expected = (values >= threshold).nonzero().flatten()
    assert torch.equal(not_below(values, threshold), expected)


@given(size=_SMALL_SIZES, seed=_SEEDS, distinct=st.sampled_from((2, 9, 10_000)), data=st.data())
@settings(deadline=None)
def test_best_first_keeps_all_ties_of_the_last(
    size: int, seed: int, distinct: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, size))
    values = _values(size, seed, distinct)
    ids = sorted(range(size), key=lambda i: (-values[i].item(), i))
    last = values[ids[count - 1]]
    assert best_first(values, count).tolist() == [i for i in ids if values[i] >= last]

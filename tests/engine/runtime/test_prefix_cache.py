"""The longest beginning that serves is found, within a bound of memory."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.runtime.prefix_cache import Prefix, PrefixCache, PrefixCounts

_IDS = st.lists(st.integers(0, 1), min_size=1, max_size=24)
_BYTES_PER_TOKEN = 2 * 3 * 5 * 4


def prefix(ids: list[int], start: int = 0) -> Prefix:
    keys = torch.zeros(3, len(ids), 5)
    return Prefix(ids=np.array(ids), layers=((keys, keys + 1),), start=start)


def shared(left: list[int], right: list[int]) -> int:
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def cache(max_tokens: int = 10_000, window: int | None = None) -> PrefixCache:
    return PrefixCache(max_tokens * _BYTES_PER_TOKEN, window, PrefixCounts())


@given(kept=st.lists(_IDS, max_size=12), wanted=_IDS)
def test_the_longest_beginning_is_found_and_one_token_is_left_to_read(
    kept: list[list[int]], wanted: list[int]
) -> None:
    texts = cache()
    for ids in kept:
        texts.store(prefix(ids))
    longest = max((shared(ids, wanted[:-1]) for ids in kept), default=0)
    found = texts.find(wanted)
    if longest < 8:
        assert found is None
    else:
        assert found is not None
        assert found[1] == longest
        assert found[0].ids[:longest].tolist() == wanted[:longest]
        assert [t.shape for t in found[0].first(longest)[0]] == [(3, longest, 5)] * 2
    hit = found is not None
    assert vars(texts.counts).keys() >= {"lookups", "hits", "tokens"}
    assert (texts.counts.lookups, texts.counts.hits) == (1, int(hit))
    assert texts.counts.tokens == (longest if hit else 0)


@given(kept=st.lists(_IDS, max_size=20), max_tokens=st.integers(1, 60))
def test_memory_is_bounded_and_the_newest_stays(kept: list[list[int]], max_tokens: int) -> None:
    texts = cache(max_tokens)
    for ids in kept:
        texts.store(prefix(ids))
        held = [p.ids.tolist() for p in texts._prefixes]
        assert sum(map(len, held)) <= max_tokens
        if len(ids) <= max_tokens:
            assert held[-1][: len(ids)] == ids
        # No text is the beginning of another.
        assert not any(a is not b and b[: len(a)] == a for a in held for b in held)


def test_what_was_used_last_is_forgotten_last() -> None:
    texts = cache(max_tokens=30)
    first, second, third = ([n] * 12 for n in (1, 2, 3))
    texts.store(prefix(first))
    texts.store(prefix(second))
    assert texts.find([*first, 0]) is not None
    texts.store(prefix(third))
    assert texts.find([*second, 0]) is None
    assert texts.find([*first, 0]) is not None


@given(start=st.integers(0, 30), length=st.integers(8, 30), window=st.integers(2, 12))
def test_with_a_window_the_past_of_the_next_token_must_be_there(
    start: int, length: int, window: int
) -> None:
    texts = cache(window=window)
    texts.store(prefix(list(range(30)), start))
    found = texts.find([*range(length), 99])
    looks_back_to = length - window + 1
    assert (found is not None) == (start == 0 or looks_back_to >= start)


def test_a_text_with_more_of_its_past_is_not_given_up_for_a_longer_one_with_less() -> None:
    texts = cache(window=4)
    texts.store(prefix(list(range(20)), start=15))
    texts.store(prefix(list(range(12))))
    found = texts.find([*range(10), 99])
    assert found is not None
    assert found[1] == 10

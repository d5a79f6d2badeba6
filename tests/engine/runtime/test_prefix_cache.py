"""The longest beginning that serves is found, within a bound of memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.runtime.prefix_cache import PrefixCache, PrefixCounts

_IDS = st.lists(st.integers(0, 1), min_size=1, max_size=24)
_BYTES_PER_TOKEN = 2 * 3 * 5 * 4


def store(texts: PrefixCache, ids: list[int]) -> None:
    keys = torch.zeros(3, len(ids), 5)
    texts.store(np.array(ids), lambda: ((keys, keys + 1),))


def shared(left: list[int], right: list[int]) -> int:
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def cache(max_tokens: int = 10_000) -> PrefixCache:
    return PrefixCache(max_tokens * _BYTES_PER_TOKEN, PrefixCounts())


@given(kept=st.lists(_IDS, max_size=12), wanted=_IDS)
def test_the_longest_beginning_is_found_and_one_token_is_left_to_read(
    kept: list[list[int]], wanted: list[int]
) -> None:
    texts = cache()
    for ids in kept:
        store(texts, ids)
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
        store(texts, ids)
        held = [p.ids.tolist() for p in texts._prefixes]
        assert sum(map(len, held)) <= max_tokens
        if 8 <= len(ids) <= max_tokens:
            assert held[-1][: len(ids)] == ids
        # No text is the beginning of another.
        assert not any(a is not b and b[: len(a)] == a for a in held for b in held)


def test_what_was_used_last_is_forgotten_last() -> None:
    texts = cache(max_tokens=30)
    first, second, third = ([n] * 12 for n in (1, 2, 3))
    store(texts, first)
    store(texts, second)
    assert texts.find([*first, 0]) is not None
    store(texts, third)
    assert texts.find([*second, 0]) is None
    assert texts.find([*first, 0]) is not None


def test_texts_are_few_and_none_is_too_short_to_serve() -> None:
    texts = cache()
    for number in range(200):
        store(texts, [number] * 9)
        store(texts, [number] * 7)
    assert [p.ids.tolist() for p in texts._prefixes] == [[n] * 9 for n in range(136, 200)]


def test_what_is_known_already_is_not_copied() -> None:
    texts = cache()
    store(texts, [1] * 12)
    texts.store(np.array([1] * 9), lambda: pytest.fail("copied"))
    texts.store(np.array([1] * 4), lambda: pytest.fail("copied"))


def test_forgetting_tells_whether_there_was_anything() -> None:
    texts = cache()
    assert not texts.clear()
    store(texts, [1] * 12)
    assert texts.clear()
    assert texts.find([1] * 13) is None
    assert not texts.clear()

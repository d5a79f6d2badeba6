"""Which tests' lines are recorded for the coverage: those of a test's first cases.

To record the lines that a test walks takes nearly half the time of walking them again, and what a
property tries by the hundred, or a test with its twentieth case, walks the same ones.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import is_hypothesis_test

FIRST_CASES = 4
_IS_REPEAT = pytest.StashKey[bool]()


def note_repeats(items: Iterable[pytest.Item]) -> None:
    """Note which tests repeat others: properties, and the cases of a test behind its first ones."""
    cases: Counter[object] = Counter()
    for item in items:
        function = getattr(item, "function", None)
        cases[function] += 1
        item.stash[_IS_REPEAT] = cases[function] > FIRST_CASES or is_hypothesis_test(function)


def is_repeat(item: pytest.Item) -> bool:
    return item.stash.get(_IS_REPEAT, False)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Walk lines that nobody records, in this thread and in those that it starts."""
    recorder, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_threads)
        sys.settrace(recorder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if not is_repeat(item):
        return (yield)
    with unrecorded():
        return (yield)

"""Which tests' lines are recorded for the coverage.

To record the lines that a test of the whole bot walks takes three quarters of the time of walking
them, and a file's tests of a command, what a property tries by the hundred, and a test with its
twentieth case, mostly walk the same ones. So the share that is reported is what a part of the tests
walks at least.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test

WHOLE_BOT = "_resources"
"""The fixture behind every bot in a simulated Discord."""
ONE_OF = 3
"""So many of a file's tests of a whole bot, in their order, of which the first is recorded."""
FIRST_CASES = 4
"""So many cases of a test are recorded."""
_IS_REPEAT = pytest.StashKey[bool]()


def add_options(parser: pytest.Parser) -> None:
    parser.addoption("--record-all", action="store_true", help="lines of every test, for --cov")


def note_repeats(items: Iterable[pytest.Item]) -> None:
    """Note which tests are not recorded: most of a bot, properties, and cases behind the first."""
    bots: dict[Path, dict[object, int]] = defaultdict(dict)
    cases: Counter[object] = Counter()
    for item in items:
        function = getattr(item, "function", None)
        cases[function] += 1
        number = 0
        if WHOLE_BOT in getattr(item, "fixturenames", ()):
            number = bots[item.path].setdefault(function, len(bots[item.path]))
        item.stash[_IS_REPEAT] = (
            number % ONE_OF > 0 or cases[function] > FIRST_CASES or is_hypothesis_test(function)
        )


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
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if not is_repeat(item):
        return (yield)
    with unrecorded():
        return (yield)

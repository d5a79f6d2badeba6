"""Lines are recorded for some tests of a file, and for their first cases."""

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bot import conftest
from tests.recording import FIRST_CASES, ONE_OF, WHOLE_BOT, is_repeat, note_repeats, unrecorded


def cases():
    pass


def alone():
    pass


@given(st.booleans())
def law(_):
    pass


@pytest.fixture
def recorded():
    """Record the names of the functions that are called, then go on as before."""
    names, before, before_of_threads = [], sys.gettrace(), threading.gettrace()

    def recorder(frame, event, argument):
        names.append(frame.f_code.co_name)

    sys.settrace(recorder)
    threading.settrace(recorder)
    yield names
    threading.settrace(before_of_threads)
    sys.settrace(before)


def noted(*tests, fixtures=()):
    """Note tests of files; return which of them are repeats."""
    items = [
        SimpleNamespace(path=Path(p), function=f, fixturenames=fixtures, stash=pytest.Stash())
        for p, f in tests
    ]
    note_repeats(items)
    return [is_repeat(item) for item in items]


def test_every_case_behind_the_first_ones_is_a_repeat():
    assert noted(*[("a.py", cases)] * (FIRST_CASES + 2)) == [False] * FIRST_CASES + [True] * 2


def test_one_of_some_tests_of_a_whole_bot_is_recorded_and_the_first_of_every_file():
    functions = [lambda: None for _ in range(2 * ONE_OF)]
    one_file = [False, *[True] * (ONE_OF - 1)] * 2
    two_files = [(file, f) for f in functions for file in "ab"]
    assert noted(*two_files) == [False] * len(two_files)
    assert noted(*[("a.py", f) for f in functions], fixtures=["room", WHOLE_BOT]) == one_file
    both = noted(*two_files, fixtures=["room", WHOLE_BOT])
    assert both == [repeat for repeat in one_file for _ in "ab"]


def test_the_fixture_of_a_whole_bot_has_that_name():
    assert hasattr(conftest, WHOLE_BOT)


def test_a_property_is_a_repeat():
    assert noted(("a.py", law)) == [True]


def in_a_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_nothing_is_recorded_meanwhile_and_everything_behind_it(recorded):
    with unrecorded():
        cases()
        in_a_thread(cases)
    assert "cases" not in recorded
    cases()
    in_a_thread(alone)
    assert [name for name in recorded if name in {"alone", "cases"}] == ["cases", "alone"]


def test_a_failure_is_no_end_of_the_record(recorded):
    with pytest.raises(ValueError, match="x"), unrecorded():
        raise ValueError("x")
    cases()
    assert "cases" in recorded

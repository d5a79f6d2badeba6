"""Lines are recorded for a test's first cases, whatever else it is tried with."""

import sys
import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording import FIRST_CASES, is_repeat, note_repeats, unrecorded


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


def test_a_property_is_a_repeat_and_every_case_behind_the_first_ones():
    functions = [*[cases] * FIRST_CASES, alone, law, cases, cases]
    items = [SimpleNamespace(function=function, stash=pytest.Stash()) for function in functions]
    note_repeats(items)
    assert [is_repeat(item) for item in items] == [False] * (FIRST_CASES + 1) + [True] * 3


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

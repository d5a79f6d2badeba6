"""Models take turns by the people who wait for them, and nobody waits long: in a model of time."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime.turns import PATIENCE_S, Member, Shares, Turns


@dataclass(eq=False)
class Writer:
    """The batch of a model in a model of time: some people, and steps of a length.

    Attributes:
        ended_s: When each of its steps ended.
        waits_s: How long it had waited for each.
    """

    people: frozenset[int]
    step_s: float
    steps: int
    comes_s: float = 0.0
    member: Member | None = None
    ended_s: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def busy_s(self, until_s: float) -> float:
        return self.step_s * sum(end <= until_s for end in self.ended_s)


def run(writers: list[Writer]) -> None:
    """Let them take turns on one processor until all is written."""
    shares, now_s, is_here = Shares(), 0.0, dict[Member, Writer]()
    left = list(writers)
    while left or is_here:
        for writer in [one for one in left if one.comes_s <= now_s]:
            left.remove(writer)
            writer.member = Member(writer.people)
            shares.enter(writer.member, writer.comes_s)
            is_here[writer.member] = writer
        if not is_here:
            now_s = min(one.comes_s for one in left)
            continue
        member = shares.next(list(is_here), now_s)
        writer = is_here[member]
        writer.waits_s.append(now_s - member.since_s)
        now_s += writer.step_s
        writer.ended_s.append(now_s)
        if len(writer.ended_s) == writer.steps:
            shares.leave(member)
            del is_here[member]
        else:
            shares.charge(member, writer.step_s, now_s, writer.people)


def people(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


def test_the_time_is_shared_by_people_not_by_steps():
    heavy = Writer(people(*range(9)), step_s=0.12, steps=200)
    light = Writer(people(99), step_s=0.003, steps=1300)
    run([heavy, light])
    assert light.busy_s(light.ended_s[-1]) / light.ended_s[-1] == pytest.approx(1 / 4, rel=0.1)
    # About thirteen light tokens for one heavy one.
    gaps = [b - a for a, b in zip(light.ended_s, light.ended_s[1:], strict=False)]
    assert sum(gap > 0.1 for gap in gaps) == pytest.approx(len(gaps) / 13, rel=0.1)


def test_those_of_equal_models_get_about_equally_many_tokens():
    """Sixteen texts at once take four to five times as long as one."""
    many = Writer(people(*range(16)), step_s=0.045, steps=400)
    one = Writer(people(99), step_s=0.01, steps=200)
    run([many, one])
    meanwhile = sum(end <= one.ended_s[-1] for end in many.ended_s)
    assert one.steps / meanwhile == pytest.approx(1.1, abs=0.1)


def test_who_writes_with_two_models_counts_as_a_half_in_each():
    alone = Writer(people(1), step_s=0.01, steps=1000)
    twice = [Writer(people(2), step_s=0.01, steps=1000) for _ in range(2)]
    run([alone, *twice])
    at_s = 10.0
    half = math.sqrt(0.5) / (1 + 2 * math.sqrt(0.5))
    assert alone.busy_s(at_s) == pytest.approx(10 * (1 - 2 * half), rel=0.05)
    assert [one.busy_s(at_s) for one in twice] == pytest.approx([10 * half] * 2, rel=0.05)


def test_one_with_a_heavy_model_among_many_with_a_light_one_goes_on():
    many = Writer(people(*range(100)), step_s=0.01, steps=2000)
    one = Writer(people(999), step_s=0.04, steps=20, comes_s=1.0)
    run([many, one])
    assert one.waits_s[0] <= 0.01
    assert max(one.waits_s) <= PATIENCE_S + 0.01
    assert 3 <= one.steps / (one.ended_s[-1] - 1.0) <= 5


def test_nobody_pays_later_for_turns_out_of_patience():
    many = Writer(people(*range(100)), step_s=0.01, steps=3000)
    one = Writer(people(999), step_s=0.04, steps=120)
    run([many, one])
    assert many.member is not None
    assert one.member is not None
    assert one.member.clock_s - many.member.clock_s <= 0.04 + 0.01


def test_who_comes_later_begins_level_and_not_in_front():
    first = Writer(people(1), step_s=0.01, steps=2000)
    late = Writer(people(2), step_s=0.01, steps=500, comes_s=5.0)
    run([first, late])
    assert late.waits_s[0] <= 0.01
    assert late.busy_s(9.0) == pytest.approx(2.0, abs=0.05)


def test_the_background_gets_what_nobody_wants_and_is_not_forgotten():
    back = Writer(people(), step_s=0.02, steps=400)
    front = Writer(people(1), step_s=0.01, steps=300, comes_s=1.0)
    run([back, front])
    assert back.busy_s(1.0) == pytest.approx(1.0, abs=0.03)
    end_s = front.ended_s[-1]
    assert (back.busy_s(end_s) - 1.0) / (end_s - 1.0) < 0.1
    assert max(back.waits_s) <= PATIENCE_S + 0.01


def test_a_background_that_people_join_begins_level():
    shares, now_s = Shares(), 0.0
    back, front = Member(frozenset()), Member(people(1))
    shares.enter(back, now_s)
    shares.enter(front, now_s)
    front.clock_s = 7.0
    assert shares.next([back, front], now_s) is front
    shares.charge(back, 0.1, 0.1, people(2))
    assert back.clock_s == 7.0


@st.composite
def crowds(draw):
    """Batches of up to five models, of up to eight people each, with steps of all lengths."""
    return [
        Writer(
            frozenset(draw(st.sets(st.integers(1, 12), max_size=8))),
            step_s=draw(st.sampled_from((0.001, 0.003, 0.02, 0.12, 0.4))),
            steps=draw(st.integers(1, 60)),
            comes_s=draw(st.floats(0, 5)),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]


@settings(max_examples=200, deadline=None)
@given(crowds())
def test_nobody_starves_and_a_wait_is_bounded_by_the_steps_of_the_others(writers):
    """Patience, the step that runs, and one of each of the others: no more, whoever they are."""
    run(writers)
    for writer in writers:
        assert len(writer.ended_s) == writer.steps
        others = [one.step_s for one in writers if one is not writer]
        bound_s = PATIENCE_S + max(others, default=0.0) + sum(others) if others else 0.0
        assert max(writer.waits_s) <= bound_s + 1e-9
    last_s = max(one.comes_s for one in writers) + sum(one.step_s * one.steps for one in writers)
    assert max(one.ended_s[-1] for one in writers) <= last_s + 1e-9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4))
def test_shares_are_those_of_the_people_where_steps_are_short(counts):
    first = 0
    writers = []
    for count in counts:
        crowd = people(*range(first, first + count))
        writers.append(Writer(crowd, step_s=0.001, steps=4000))
        first += count
    run(writers)
    for writer, count in zip(writers, counts, strict=True):
        share = math.sqrt(count) / sum(map(math.sqrt, counts))
        assert writer.busy_s(2.0) == pytest.approx(2.0 * share, abs=0.01)


def take_turns(turns: Turns, rounds: int, seen: list[int], most: list[int], number: int) -> None:
    with turns.taking([number]) as pass_on:
        for _ in range(rounds):
            seen.append(number)
            most.append(len(turns._begun))
            pass_on([number])


@pytest.mark.parametrize("at_once", [1, 2])
def test_threads_never_have_more_turns_than_there_are(at_once):
    turns, most = Turns(at_once), list[int]()
    seen: list[list[int]] = [[] for _ in range(5)]
    threads = [
        threading.Thread(target=take_turns, args=(turns, 300, seen[number], most, number))
        for number in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert [len(one) for one in seen] == [300] * 5
    assert max(most) <= at_once
    assert not turns._begun
    assert not turns._waiting


def test_whoever_fails_in_a_turn_gives_it_back():
    turns = Turns()
    with pytest.raises(SystemExit), turns.taking([1]):
        raise SystemExit
    with turns.taking([2]) as pass_on:
        pass_on([2])
        assert len(turns._begun) == 1


def test_who_waits_gets_the_turn_that_another_passes_on():
    turns, order = Turns(), list[str]()
    is_waiting = threading.Event()

    def second() -> None:
        is_waiting.set()
        with turns.taking([2]):
            order.append("second")

    with turns.taking([1]) as pass_on:
        thread = threading.Thread(target=second)
        thread.start()
        is_waiting.wait(30)
        while not turns._waiting:
            threading.Event().wait(0.002)
        order.append("first")
        pass_on([1])
        order.append("first again")
    thread.join(30)
    assert order == ["first", "second", "first again"]

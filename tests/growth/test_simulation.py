"""Nobody gets lost in the simulation, and more machines help."""

from __future__ import annotations

import random
from dataclasses import replace
from statistics import mean

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.growth.arrivals import PEAK_S, arrivals, rate
from tests.growth.figures import ALONE, DAY_S, SHARED, Setup, Traffic
from tests.growth.powers import (
    CELL,
    ONE,
    POWERS,
    ROOM,
    at_the_peak,
    cells,
    demand,
    most_tokens_s,
    setup_for,
)
from tests.growth.simulation import Simulation, percentile

TOKENS = (40.0, 60.0)
setups = st.builds(
    Setup,
    bots=st.integers(1, 3),
    replicas=st.integers(1, 4),
    rows=st.integers(1, 32),
    seats=st.integers(1, 40),
    queue=st.integers(0, 30),
    proxies=st.integers(0, 2),
    costs=st.sampled_from([ALONE, SHARED]),
) | st.builds(replace, st.just(ONE), seats=st.integers(1, 96))
moments = st.lists(st.floats(0.0, 20.0), min_size=1, max_size=120).map(sorted)


@given(setup=setups, moments=moments, until_s=st.floats(0.1, 60.0))
@settings(max_examples=60, deadline=None)
def test_whoever_asks_is_answered_or_refused_or_still_there(setup, moments, until_s):
    simulation = Simulation(setup, TOKENS)
    outcome = simulation.run(moments, until_s)
    assert outcome.asked == sum(moment <= until_s for moment in moments)
    assert 0 <= outcome.present <= outcome.asked
    assert len(outcome.answers_s) == outcome.answered
    simulation.clock.run()
    assert outcome.asked == len(moments)
    assert outcome.present == 0


@given(setup=setups, moments=moments)
@settings(max_examples=60, deadline=None)
def test_who_is_there_at_the_mean_is_how_many_come_times_how_long_they_stay(setup, moments):
    """Little's law, over a run that begins and ends empty."""
    outcome = Simulation(replace(setup, queue=1000), TOKENS).run(moments)
    assert outcome.refused == 0
    assume(not outcome.late)
    assert outcome.present_s == pytest.approx(sum(outcome.answers_s))


@given(setup=setups, moments=moments)
@settings(max_examples=60, deadline=None)
def test_no_part_works_more_than_it_can(setup, moments):
    outcome = Simulation(setup, TOKENS).run(moments)
    assert all(0.0 <= load <= 1.0 + 1e-9 for load in outcome.loads.values())
    low, high = (limit * outcome.answered for limit in TOKENS)
    assert low - 1e-6 <= outcome.tokens <= high + 1e-6
    assert all(
        word <= answer for word, answer in zip(outcome.words_s, outcome.answers_s, strict=True)
    )


def test_the_same_seed_gives_the_same_run():
    traffic = Traffic(per_day=3e5)
    assert at_the_peak(ONE, traffic) == at_the_peak(ONE, traffic)


def test_more_replicas_never_keep_people_waiting_longer():
    traffic = Traffic(per_day=2e6)
    outcomes = [
        at_the_peak(Setup(bots=4, replicas=count, queue=200), traffic) for count in (2, 3, 4, 6, 9)
    ]
    refused = [outcome.refused for outcome in outcomes]
    assert refused == sorted(refused, reverse=True)
    for share in (0.5, 0.95, 0.99):
        times = [percentile(outcome.answers_s, share) for outcome in outcomes]
        assert times == sorted(times, reverse=True)


def test_a_day_has_its_replies_and_its_peak():
    traffic = Traffic(per_day=50_000, peak=3.0)
    asked = [*arrivals(traffic, 0.0, DAY_S, random.Random(3))]
    assert asked == sorted(asked)
    assert len(asked) == pytest.approx(50_000, rel=0.03)
    hours = range(0, int(DAY_S), 60)
    assert mean(rate(traffic, at_s) for at_s in hours) == pytest.approx(50_000 / DAY_S, rel=1e-3)
    assert rate(traffic, PEAK_S) == pytest.approx(3 * 50_000 / DAY_S, rel=1e-6)
    assert max(rate(traffic, at_s) for at_s in hours) <= rate(traffic, PEAK_S) * (1 + 1e-9)


def test_a_flat_day_is_even():
    traffic = Traffic(per_day=DAY_S, peak=1.0)
    assert all(rate(traffic, at_s) == pytest.approx(1.0, rel=1e-6) for at_s in (0, 1e4, PEAK_S))


@pytest.mark.parametrize("power", POWERS)
def test_what_is_planned_leaves_room_in_every_part(power):
    count, share = cells(Traffic(per_day=power))
    assert count * share.per_day == pytest.approx(power)
    assert share.per_day <= CELL
    setup, asked = setup_for(share), demand(share)
    assert asked.tokens_s <= ROOM * setup.replicas * most_tokens_s(setup)
    if not setup.is_one_process:
        assert asked.replies_s <= ROOM * setup.proxies * 150
        assert asked.replies_s * (SHARED.begin_s + SHARED.end_s) <= ROOM * setup.bots


def test_who_is_acknowledged_too_late_is_lost():
    one_bot = Setup(replicas=30, queue=10_000, costs=ALONE)
    outcome = Simulation(one_bot, TOKENS).run(number / 100 for number in range(2000))
    assert outcome.late > 0
    assert outcome.late + outcome.answered == 2000
    assert outcome.loads["bot"] > 0.9


@pytest.mark.parametrize(
    ("per_day", "shards", "start_s"),
    [(10**5, 1, 5.5), (10**6, 8, 44.0), (8_010_000, 80, 27.5), (10**8, 800, 275.0)],
)
def test_shards_introduce_themselves_bucket_by_bucket(per_day, shards, start_s):
    asked = demand(Traffic(per_day=per_day))
    assert (asked.shards, asked.start_s) == (shards, start_s)


def test_one_process_is_too_little_for_a_million_a_day_and_what_is_planned_is_not():
    traffic = Traffic(per_day=10**6)
    assert at_the_peak(ONE, traffic).refused > 0
    outcome = at_the_peak(setup_for(traffic), traffic)
    assert outcome.refused == 0
    assert max(outcome.loads.values()) < 0.9

from __future__ import annotations

import pytest

from engine.runtime.rates import RECENT_SERVICES, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rates(clock):
    return Rates(clock)


def test_without_history_nothing_is_invented(rates):
    assert rates.tokens_per_s() is None
    assert rates.seconds_per_place() is None


def test_idle_time_does_not_count(rates, clock):
    for _ in range(5):
        with rates.busy():
            clock.now += 0.5
        rates.add_tokens(10)
        clock.now += 3
    assert rates.tokens_per_s() == pytest.approx(20)


def test_workers_that_overlap_share_the_time(rates, clock):
    with rates.busy():
        clock.now += 1
        with rates.busy():
            clock.now += 2
        clock.now += 1
    rates.add_tokens(40)
    assert rates.tokens_per_s() == pytest.approx(10)


def test_what_is_older_than_a_minute_is_forgotten(rates, clock):
    with rates.busy():
        clock.now += 1
    rates.add_tokens(1000)
    clock.now += 40
    with rates.busy():
        clock.now += 1
    rates.add_tokens(10)
    clock.now += 30
    assert rates.tokens_per_s() == pytest.approx(10)
    clock.now += 60
    assert rates.tokens_per_s() is None


def test_the_service_time_follows_the_last_requests(rates):
    for _ in range(100):
        rates.add_service(100.0, 1)
    for _ in range(RECENT_SERVICES):
        rates.add_service(6.0, 3)
    assert rates.seconds_per_place() == pytest.approx(2.0)

"""The parts of the simulation beside what queueing theory says of them in closed form."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from tests.growth.batch import Pool, Replica, Text
from tests.growth.clock import Clock
from tests.growth.figures import Steps
from tests.growth.parts import GroupWriter, Station

MANY = 15_000
ALWAYS_1 = Steps(points=((1, 1.0),), prompt_s=0.0)
"""A step takes a second for every row: so many texts share one server."""


def poisson(rate, chance, count=MANY):
    at_s = 0.0
    for _ in range(count):
        yield (at_s := at_s + chance.expovariate(rate))


def waits(rate, service, servers=1):
    """Return the seconds of each customer before its service begins."""
    clock, chance, found = Clock(), random.Random(1), []
    station = Station(clock, servers)

    def come():
        for moment in poisson(rate, chance):
            yield moment - clock.now_s
            service_s = service(chance)
            found.append(station.wait_s(service_s) - service_s)

    clock.start(come())
    clock.run()
    return found


def stays(rate, tokens, replica_of, queue=10**9):
    """Return the seconds of each text in a pool of one replica, and how many were refused."""
    clock, chance, found = Clock(), random.Random(2), []
    pool, refused = Pool(clock, (replica_of(clock),), queue), 0

    def one(text):
        began_s = clock.now_s
        pool.put(text)
        yield text.end
        found.append(clock.now_s - began_s)

    def come():
        nonlocal refused
        for moment in poisson(rate, chance):
            yield moment - clock.now_s
            if pool.is_full:
                refused += 1
            else:
                clock.start(one(Text(tokens=tokens(chance))))

    clock.start(come())
    clock.run()
    return found, refused


@pytest.mark.parametrize("load", [0.3, 0.7])
def test_a_station_of_equal_services_waits_as_m_d_1(load):
    assert mean(waits(load, lambda _: 1.0)) == pytest.approx(load / (2 * (1 - load)), rel=0.1)


@pytest.mark.parametrize("load", [0.3, 0.7])
def test_a_station_of_random_services_waits_as_m_m_1(load):
    found = mean(waits(load, lambda chance: chance.expovariate(1.0)))
    assert found == pytest.approx(load / (1 - load), rel=0.1)


def test_a_station_of_two_servers_waits_as_m_m_2():
    load = 0.7
    found = mean(waits(2 * load, lambda chance: chance.expovariate(1.0), servers=2))
    assert found == pytest.approx(load**2 / (1 - load**2), rel=0.1)


@pytest.mark.parametrize("tokens", [lambda _: 1.0, lambda chance: chance.expovariate(1.0)])
def test_a_batch_whose_step_grows_with_its_rows_is_a_shared_processor(tokens):
    """Then the mean stay is that of M/G/1-PS, whatever the lengths of the texts."""
    found, _ = stays(0.6, tokens, lambda clock: Replica(clock, ALWAYS_1, 1, 500))
    assert mean(found) == pytest.approx(1 / (1 - 0.6), rel=0.1)


def test_a_batch_of_one_row_and_one_seat_is_m_d_1():
    found, _ = stays(0.6, lambda _: 1.0, lambda clock: Replica(clock, ALWAYS_1, 1, 1))
    assert mean(found) - 1 == pytest.approx(0.6 / (2 * (1 - 0.6)), rel=0.1)


def test_a_full_queue_refuses_as_m_m_1_k():
    load, places = 0.9, 4
    found, refused = stays(
        load,
        lambda chance: chance.expovariate(1.0),
        lambda clock: Replica(clock, ALWAYS_1, 1, 1),
        queue=places - 1,
    )
    expected = (1 - load) * load**places / (1 - load ** (places + 1))
    assert refused / (refused + len(found)) == pytest.approx(expected, rel=0.1)


def test_rows_that_cost_nothing_more_wait_for_nobody():
    steps = Steps(points=((1, 0.01), (8, 0.01)), prompt_s=0.0)
    found, _ = stays(3.0, lambda _: 10.0, lambda clock: Replica(clock, steps, 8, 8))
    assert min(found) == pytest.approx(0.1)
    assert mean(found) == pytest.approx(0.1, rel=0.01)


def test_more_texts_than_rows_take_turns():
    clock = Clock()
    replica = Replica(clock, Steps(points=((1, 1.0), (2, 1.0)), prompt_s=0.0), 2, 4)
    texts = [Text(tokens=10.0) for _ in range(4)]
    for text in texts:
        replica.take(text)
    clock.run()
    assert all(text.is_written for text in texts)
    assert clock.now_s == pytest.approx(20.0)
    assert replica.tokens == pytest.approx(40.0)
    assert replica.load(20.0) == pytest.approx(1.0)


def test_a_prompt_is_read_while_all_others_wait():
    clock = Clock()
    replica = Replica(clock, Steps(points=((1, 1.0), (2, 1.0)), prompt_s=5.0), 2, 2)
    replica.take(Text(tokens=10.0))
    late = Text(tokens=10.0)
    clock.at(8.0, lambda: replica.take(late))
    clock.run()
    # Three tokens of the first before the second's prompt; its own ten behind it.
    assert clock.now_s == pytest.approx(8.0 + 5.0 + 10.0)
    assert late.first_s == pytest.approx(8.0 + 5.0 + 1.0)


def test_what_comes_during_a_transaction_shares_the_next():
    clock, found = Clock(), {}
    writer = GroupWriter(clock, lambda _: 10.0)
    for moment in (0.0, 1.0, 2.0, 11.0, 31.0):
        clock.at(moment, lambda moment=moment: found.update({moment: moment + writer.wait_s()}))
    clock.run()
    assert found == {0.0: 10.0, 1.0: 20.0, 2.0: 20.0, 11.0: 30.0, 31.0: 41.0}
    assert writer.transactions == 4


def test_steps_lie_on_the_line_between_what_was_measured():
    steps = Steps(points=((1, 1.0), (3, 2.0)), prompt_s=0.0)
    assert [steps.step_s(rows) for rows in (1, 2, 3, 6)] == [1.0, 1.5, 2.0, 4.0]

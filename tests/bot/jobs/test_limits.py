"""The cap and the pause of one person."""

import pytest

from bot.jobs.limits import Limits
from bot.messages.errors import UserError


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


async def test_the_cap_counts_what_is_running(clock):
    limits = Limits(max_per_user=2, cooldown_s=0, clock=clock)
    first = await limits.admit(1)
    await limits.admit(1)
    with pytest.raises(UserError, match="Ya tienes 2 peticiones en marcha"):
        await limits.admit(1)
    await limits.admit(2)
    first.release()
    await limits.admit(1)


async def test_a_cap_of_one_is_said_in_the_singular(clock):
    limits = Limits(max_per_user=1, cooldown_s=0, clock=clock)
    await limits.admit(1)
    with pytest.raises(UserError, match="Ya tienes una petición en marcha"):
        await limits.admit(1)


async def test_the_pause_starts_with_the_request_and_says_how_long(clock):
    limits = Limits(max_per_user=5, cooldown_s=10, clock=clock)
    await limits.admit(1)
    clock.now += 4.5
    with pytest.raises(UserError) as refusal:
        await limits.admit(1)
    assert refusal.value.text == "Vas muy deprisa: puedes pedir otro texto dentro de 6\u00a0s."
    clock.now += 5.5
    await limits.admit(1)


async def test_a_refused_request_does_not_lengthen_the_pause(clock):
    limits = Limits(max_per_user=5, cooldown_s=10, clock=clock)
    await limits.admit(1)
    for _ in range(3):
        clock.now += 3
        with pytest.raises(UserError):
            await limits.admit(1)
    clock.now += 1
    await limits.admit(1)


async def test_a_refund_forgives_the_pause_and_frees_the_place_once(clock):
    limits = Limits(max_per_user=1, cooldown_s=10, clock=clock)
    ticket = await limits.admit(1)
    ticket.refund()
    ticket.release()
    await limits.admit(1)
    with pytest.raises(UserError, match="en marcha"):
        await limits.admit(1)


async def test_two_bots_do_not_share_their_pauses(clock):
    await Limits(max_per_user=5, cooldown_s=10, clock=clock).admit(1)
    await Limits(max_per_user=5, cooldown_s=10, clock=clock).admit(1)

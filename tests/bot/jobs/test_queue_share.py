"""A part of the queue: never more than it, the oldest first, and everybody in the end."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.queue_share import QueueShare

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def idle():
    for _ in range(20):
        await asyncio.sleep(0)


@given(
    limit=st.integers(1, 20),
    asked=st.lists(st.tuples(st.integers(1, 10), st.integers(0, 3)), min_size=1, max_size=12),
    random=st.randoms(use_true_random=False),
    cancelled=st.sets(st.integers(0, 11)),
)
def test_nobody_takes_more_or_comes_before_an_older_one(limit, asked, random, cancelled):
    async def play():
        share = QueueShare(SimpleNamespace(stats=lambda: SimpleNamespace(queue_limit=limit)))
        waiting, held, done = set(), {}, set()

        async def come(number, places, age):
            turn = (NOON - timedelta(seconds=age), f"{number}")
            waiting.add(turn)
            try:
                async with share.taking(places, *turn):
                    assert turn == min(waiting)
                    waiting.discard(turn)
                    held[number] = (places, asyncio.Event())
                    taken = [places for places, _ in held.values()]
                    assert len(taken) == 1 or sum(taken) <= limit // 2
                    await held[number][1].wait()
                    del held[number]
                    done.add(number)
            finally:
                waiting.discard(turn)

        tasks = [asyncio.create_task(come(n, *one)) for n, one in enumerate(asked)]
        await idle()
        given_up = {n for n in cancelled if n < len(tasks) and n not in held}
        for number in given_up:
            tasks[number].cancel()
        while held:
            held[random.choice(sorted(held))][1].set()
            await idle()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert done == set(range(len(asked))) - given_up
        failures = [task.exception() for task in tasks if not task.cancelled()]
        assert failures == [None] * len(failures)

    asyncio.run(play())

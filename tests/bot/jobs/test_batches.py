import asyncio

from bot.jobs.batches import RunningBatch, RunningBatches

ANA, LUIS = 1, 2


async def test_nobody_begins_two_files_at_once():
    batches = RunningBatches(lambda _: True)
    with batches.beginning(ANA) as is_first, batches.beginning(ANA) as is_second:
        assert (is_first, is_second) == (True, False)
        with batches.beginning(LUIS) as is_other:
            assert is_other
        # Whoever was refused does not give the other's place back.
        with batches.beginning(ANA) as is_third:
            assert not is_third

    async def work(running):
        await running.stopping.wait()

    with batches.beginning(ANA) as is_free:
        assert is_free
        batches.start(RunningBatch(batch_id="a", owner_id=ANA), work)
    with batches.beginning(ANA) as is_free:
        assert not is_free
    assert await batches.withdraw(ANA) == 1
    with batches.beginning(ANA) as is_free:
        assert is_free


async def test_who_ends_late_does_not_take_the_place_of_who_began_again():
    cancelled = []
    batches = RunningBatches(lambda request_id: cancelled.append(request_id) or True)
    may_end = asyncio.Event()

    async def linger(_running):
        await may_end.wait()

    async def work(running):
        await running.stopping.wait()

    first, again = (RunningBatch(batch_id="a", owner_id=ANA) for _ in range(2))
    again.request_ids.add("r")
    batches.start(first, linger)
    batches.start(again, work)
    may_end.set()
    await first.task
    assert batches.get("a") is again
    assert await batches.withdraw(ANA) == 1
    assert cancelled == ["r"]
    assert batches.get("a") is None

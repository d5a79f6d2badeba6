"""Several processes of one bot: whose job is whose, and who takes over what one has left."""

import asyncio
import shutil
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.storage import open_storage
from bot.storage.jobs import LEASE
from bot.storage.process import NAME_FILE
from tests.bot.storage.clocks import let_pass
from tests.bot.storage.samples import ANA, JOB, LUIS, REPLY

APPLICATION = JOB.application_id
STEP = LEASE / 3


async def take_over(storages):
    return await asyncio.gather(*(one.jobs.take_over(APPLICATION) for one in storages))


async def test_the_jobs_of_a_live_process_are_left_alone(neighbours, monkeypatch):
    first, *others = neighbours
    await first.jobs.start(JOB)
    assert await take_over(neighbours) == [(), (), ()]
    for _ in range(4):
        let_pass(monkeypatch, neighbours, LEASE.total_seconds() / 2)
        await first.jobs.renew()
        assert await take_over(others) == [(), ()]
        assert await others[0].jobs.take_over(APPLICATION, is_starting=True) == ()


async def test_one_of_all_takes_over_what_a_dead_process_has_left(neighbours, monkeypatch):
    first, *others = neighbours
    jobs = [replace(JOB, job_id=f"{n:032x}") for n in range(8)]
    for job in jobs:
        await first.jobs.start(job)
    await first.jobs.start(replace(JOB, job_id="theirs", application_id=5))
    let_pass(monkeypatch, neighbours, LEASE.total_seconds() + 1)
    taken = await take_over(others * 3)
    assert sorted(job.job_id for some in taken for job in some) == [job.job_id for job in jobs]
    assert await take_over(others) == [(), ()]
    # A process that was only slow does not get its rows back by renewing them.
    await first.jobs.renew()
    let_pass(monkeypatch, neighbours, LEASE.total_seconds() - 5)
    assert await take_over([first]) == [()]


async def test_a_process_that_was_only_slow_leaves_what_another_has_taken_over(
    neighbours, monkeypatch
):
    slow, other, _ = neighbours
    await slow.jobs.start(JOB)
    let_pass(monkeypatch, neighbours, LEASE.total_seconds() + 1)
    assert await other.jobs.take_over(APPLICATION) == (JOB,)
    assert not await slow.jobs.begin_again(JOB.job_id)
    assert not await slow.replies.save_of_job(JOB.job_id, REPLY)
    await slow.jobs.finish(JOB.job_id)
    assert await slow.jobs.unfinished() == (JOB,)
    assert await other.replies.save_of_job(JOB.job_id, REPLY)
    assert await other.jobs.begin_again(JOB.job_id)
    await other.jobs.finish(JOB.job_id)
    assert await slow.jobs.unfinished() == ()


async def test_of_many_that_begin_a_job_again_one_does(neighbours, monkeypatch):
    first, *others = neighbours
    await first.jobs.start(JOB)
    let_pass(monkeypatch, neighbours, LEASE.total_seconds() + 1)
    await take_over(others)
    begun = await asyncio.gather(*(one.jobs.begin_again(JOB.job_id) for one in neighbours * 4))
    assert sum(begun) == 1


async def test_a_restart_finds_its_own_at_once(database_url, tmp_path):
    url = database_url or f"sqlite:///{tmp_path}/shared.db"
    async with open_storage(url, tmp_path / "a", is_shared=True) as storage:
        await storage.jobs.start(JOB)
    async with open_storage(url, tmp_path / "b", is_shared=True) as other:
        await other.jobs.start(replace(JOB, job_id="b"))
        async with open_storage(url, tmp_path / "a", is_shared=True) as storage:
            assert await storage.jobs.take_over(APPLICATION, is_starting=True) == (JOB,)
            assert await storage.jobs.take_over(APPLICATION) == ()


async def test_a_copy_of_a_folder_is_no_process_of_its_name(tmp_path):
    url = f"sqlite:///{tmp_path}/shared.db"
    async with open_storage(url, tmp_path / "a", is_shared=True) as storage:
        await storage.jobs.start(JOB)
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        async with open_storage(url, tmp_path / "b", is_shared=True) as other:
            assert await other.jobs.take_over(APPLICATION, is_starting=True) == ()
            name = other.process.name
    async with open_storage(url, tmp_path / "b", is_shared=True) as other:
        assert other.process.name == name


async def test_a_process_that_cannot_note_its_name_starts_all_the_same(tmp_path):
    (tmp_path / NAME_FILE).mkdir()
    async with open_storage(None, tmp_path, is_shared=True) as storage:
        assert not storage.process.is_alone
        await storage.jobs.start(JOB)


async def test_jobs_of_one_process_and_of_several_follow_each_other(tmp_path):
    async with open_storage(None, tmp_path) as alone:
        await alone.jobs.start(JOB)
    async with open_storage(None, tmp_path, is_shared=True) as shared:
        assert await shared.jobs.take_over(APPLICATION, is_starting=True) == (JOB,)
    async with open_storage(None, tmp_path) as alone:
        assert await alone.jobs.take_over(APPLICATION, is_starting=True) == (JOB,)


async def test_what_a_person_asks_elsewhere_is_counted(neighbours, monkeypatch):
    first, second, third = neighbours
    await first.jobs.start(JOB)
    await second.jobs.start(replace(JOB, job_id="b"))
    await second.jobs.start(replace(JOB, job_id="c", owner_id=LUIS))
    await second.jobs.start(replace(JOB, job_id="d", application_id=5))
    counts = [await one.jobs.elsewhere(ANA, APPLICATION) for one in neighbours]
    assert counts == [1, 1, 2]
    let_pass(monkeypatch, neighbours, LEASE.total_seconds() + 1)
    assert await third.jobs.elsewhere(ANA, APPLICATION) == 0


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(0, 2)),
        st.tuples(st.just("die"), st.integers(0, 2)),
        st.tuples(st.just("pass"), st.permutations(range(3))),
    ),
    max_size=20,
)


def test_whatever_happens_each_job_left_is_told_by_one_live_process(tmp_path):
    """Processes start jobs and die; time passes, and the live ones renew and take over."""

    async def play(storages, moves):
        async with storages[0]._database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM jobs")
        alive, owner, told, clock = {0, 1, 2}, {}, {}, JOB.created_at
        for storage in storages:
            storage.process.now = lambda: clock
        wait = LEASE // STEP + 1
        for kind, what in [*moves, *[("pass", [2, 0, 1])] * wait]:
            if kind == "start" and what in alive:
                job = replace(JOB, job_id=f"{len(owner):032x}")
                owner[job.job_id] = what
                await storages[what].jobs.start(job)
            elif kind == "die":
                # The last one stays.
                alive = alive - {what} or alive
            elif kind == "pass":
                clock += STEP
                order = [number for number in what if number in alive]
                for number in order:
                    await storages[number].jobs.renew()
                taken = await take_over([storages[number] for number in order])
                for number, jobs in zip(order, taken, strict=True):
                    for job in jobs:
                        assert owner[job.job_id] not in alive
                        told.setdefault(job.job_id, []).append(number)
                        # Told: whoever has it dies with it, or tells it no more.
                        await storages[number].jobs.finish(job.job_id)
        left = {job_id for job_id, process in owner.items() if process not in alive}
        assert {job_id: len(by) for job_id, by in told.items()} == dict.fromkeys(left, 1)

    run_examples(tmp_path, MOVES, play)


AGAIN = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(0, 2)),
        st.tuples(st.just("die"), st.integers(0, 2)),
        st.tuples(st.just("end"), st.integers(0, 2)),
        st.tuples(st.just("pass"), st.permutations(range(3))),
    ),
    max_size=25,
)


def test_whatever_happens_a_job_is_begun_again_once_and_none_is_left(tmp_path):
    """As above; what is begun again takes its time, in which its process may die too."""

    async def play(storages, moves):
        async with storages[0]._database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM jobs")
        alive, owner, clock = {0, 1, 2}, {}, JOB.created_at
        begun: Counter[str] = Counter()
        writing: dict[int, list[str]] = {0: [], 1: [], 2: []}
        for storage in storages:
            storage.process.now = lambda: clock

        async def end(number):
            for job_id in writing[number]:
                await storages[number].jobs.finish(job_id)
            writing[number].clear()

        wait = LEASE // STEP + 1
        last = [("pass", [2, 0, 1])] * wait + [("end", n) for n in range(3)]
        for kind, what in [*moves, *last, *last]:
            if kind == "start" and what in alive:
                job = replace(JOB, job_id=f"{len(owner):032x}")
                owner[job.job_id] = what
                await storages[what].jobs.start(job)
            elif kind == "die" and len(alive) > 1:
                alive = alive - {what}
            elif kind == "end" and what in alive:
                await end(what)
            elif kind == "pass":
                clock += STEP
                order = [number for number in what if number in alive]
                for number in order:
                    await storages[number].jobs.renew()
                taken = await take_over([storages[number] for number in order])
                for number, jobs in zip(order, taken, strict=True):
                    for job in jobs:
                        may = await storages[number].jobs.begin_again(job.job_id)
                        assert may == job.can_resume
                        begun[job.job_id] += may
                        if may:
                            writing[number].append(job.job_id)
                        else:
                            await storages[number].jobs.finish(job.job_id)
        left = {job_id for job_id, process in owner.items() if process not in alive}
        assert begun == Counter(dict.fromkeys(left, 1))
        kept = {job.job_id for job in await storages[0].jobs.unfinished()}
        assert kept == owner.keys() - left

    run_examples(tmp_path, AGAIN, play)


def run_examples(tmp_path, moves, play):
    """Play examples of moves with three processes that share a database."""

    async def opened(stack):
        url = f"sqlite:///{tmp_path}/shared.db"
        opening = [open_storage(url, tmp_path / name, is_shared=True) for name in "abc"]
        return [await stack.enter_async_context(one) for one in opening]

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        storages = runner.run(opened(stack))
        try:

            @settings(max_examples=40, deadline=None)
            @given(moves)
            def holds(chosen):
                runner.run(play(storages, chosen))

            holds()
        finally:
            runner.run(stack.aclose())

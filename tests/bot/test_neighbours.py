"""Two processes of one bot: what one does when the other dies, or deletes a person."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest

from bot.app import Unicornio
from bot.features.batch.texts import ONE_AT_A_TIME
from bot.messages.errors import UserError
from bot.neighbours import TICK_S
from bot.shards import Shards
from bot.storage import StorageError, open_storage
from bot.storage.jobs import LEASE, RETRY
from bot.ui.leaving import tell_others
from tests.bot.cut_off import job_of, still_thinking, until
from tests.bot.screens import text_of
from tests.bot.storage.clocks import let_pass
from tests.bot.storage.samples import BATCH, FIRST_ROUND, GAME, LESSON
from tests.bot.world import labels, open_world

LEASE_S = LEASE.total_seconds() + 1
pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture(autouse=True)
def _rounds_by_hand():
    """Let nobody but the test go round, however long it takes."""
    Unicornio._share.change_interval(hours=1)
    yield
    Unicornio._share.change_interval(seconds=TICK_S)


@asynccontextmanager
async def two_processes(tmp_path):
    """Open a world of one process, and the storage of the other."""
    url = f"sqlite:///{tmp_path}/shared.db"
    async with (
        open_world(tmp_path / "a", is_shared=True, database_url=url) as room,
        open_storage(url, tmp_path / "b", is_shared=True) as other,
    ):
        yield room, other


async def tick(room, times=1):
    for _ in range(times):
        await room.bot._neighbours.tick()
        while room.bot.clicks:
            await asyncio.wait(room.bot.clicks)
    await room.env.settle()


async def test_a_job_of_a_live_process_is_not_told_by_a_start(tmp_path):
    async with two_processes(tmp_path) as (room, other):
        result = await room.continuar()
        before = room.message(result.response.id).content
        job = job_of(room, result)
        await other.jobs.start(job)
        await room.restart()
        await tick(room, 2)
        assert room.message(result.response.id).content == before
        assert await other.jobs.unfinished() == (job,)


async def test_a_job_of_a_dead_process_is_written_again_once(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        await other.jobs.start(job_of(room, result))
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        await tick(room, 2)
        message = room.message(result.response.id)
        assert " amor" in message.content
        assert labels(message)[0][0] == "Seguir"
        assert len(room.engine.requests) == 1
        assert await other.jobs.unfinished() == ()


async def test_a_job_that_a_dead_process_had_begun_again_is_told_once(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        job = job_of(room, result)
        await other.jobs.start(job)
        assert await other.jobs.begin_again(job.job_id)
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        await tick(room, 2)
        message = room.message(result.response.id)
        assert "Se interrumpió: me reinicié antes de acabar." in message.content
        assert room.engine.requests == []
        assert await other.jobs.unfinished() == ()


async def test_a_job_that_another_takes_over_meanwhile_is_left_to_it(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        job = job_of(room, result)
        await other.jobs.start(job)
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        gate = room.engine.gate = asyncio.Event()
        for _ in range(2):
            await room.bot._neighbours.tick()
        await until(lambda: "▌" in room.message(result.response.id).content)
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        (theirs,) = await other.jobs.take_over(room.bot.application_id)
        assert not theirs.can_resume
        gate.set()
        await tick(room)
        assert await other.jobs.unfinished() == (theirs,)


async def test_a_job_that_cannot_be_told_is_nobodys_until_the_next_try(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        job = job_of(room, result)
        await other.jobs.start(job)
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        with monkeypatch.context() as broken:

            async def fail(_):
                return "failed"

            broken.setattr("bot.recovery.deliver", fail)
            await tick(room, 2)
        assert await other.jobs.unfinished() == (job,)
        for storage in (room.storage, other):
            assert await storage.jobs.elsewhere(room.ana.id, room.bot.application_id) == 0
        await tick(room, 2)
        assert await other.jobs.unfinished() == (job,)
        let_pass(monkeypatch, (room.storage, other), RETRY.total_seconds() + 1)
        await tick(room, 2)
        assert " amor" in room.message(result.response.id).content
        assert await other.jobs.unfinished() == ()


async def test_after_a_pause_of_the_database_everybody_renews_first(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        job = job_of(room, result)
        await other.jobs.start(job)
        let_pass(monkeypatch, (room.storage, other), LEASE_S)
        neighbours = room.bot._neighbours
        neighbours._renewed_at_s = None
        await neighbours.tick()
        assert await other.jobs.unfinished() == (job,)
        await other.jobs.renew()
        await tick(room)
        assert await other.jobs.unfinished() == (job,)


async def test_a_restart_writes_its_own_again_at_once(tmp_path):
    async with two_processes(tmp_path) as (room, _):
        result = await still_thinking(room)
        await room.storage.jobs.start(job_of(room, result))
        await room.restart()
        assert " amor" in room.message(result.response.id).content


async def test_a_deletion_elsewhere_reaches_what_runs_and_is_kept_here(tmp_path):
    async with two_processes(tmp_path) as (room, other):
        gate = room.hold()
        await room.continuar()
        key = room.bot.at_hand.put(room.ana.id, "de Ana")
        theirs = room.bot.at_hand.put(room.luis.id, "de Luis")
        await other.delete_user(room.ana.id)
        await tell_others(SimpleNamespace(storage=other), room.ana.id)
        await tick(room)
        gate.set()
        await room.env.settle()
        assert room.bot.at_hand.get(key) is None
        assert room.bot.at_hand.get(theirs) == "de Luis"
        assert (await other.user_data(room.ana.id)).is_empty
        # What she asks for from now on stays.
        await room.continuar()
        await tick(room, 2)
        assert (await other.user_data(room.ana.id)).replies == 1


async def test_what_ends_between_a_deletion_elsewhere_and_the_next_look_is_not_stored(tmp_path):
    async with two_processes(tmp_path) as (room, other):
        gate = room.hold()
        result = await room.continuar()
        await other.delete_user(room.ana.id)
        await tell_others(SimpleNamespace(storage=other), room.ana.id)
        gate.set()
        await room.env.settle()
        message = room.message(result.response.id)
        assert "Inventado por" in message.content
        assert labels(message) == [["Más…"]]
        assert (await other.user_data(room.ana.id)).is_empty


async def test_a_deletion_that_the_others_are_not_told_of_is_one_all_the_same(
    tmp_path, monkeypatch
):
    async with two_processes(tmp_path) as (room, other):
        await room.continuar()

        async def fail(*_):
            raise StorageError("unavailable")

        monkeypatch.setattr(room.storage.holds, "put", fail)
        shown = await room.ana.slash(room.channel, "datos borrar")
        click = await room.ana.click(shown.response, label="Sí, borrar todo")
        assert "Borrado" in text_of(click.response)
        assert "los otros procesos" in text_of(click.response)
        assert (await other.user_data(room.ana.id)).is_empty


async def test_datos_borrar_tells_the_others_and_not_itself(tmp_path):
    async with two_processes(tmp_path) as (room, other):
        await room.continuar()
        shown = await room.ana.slash(room.channel, "datos borrar")
        await room.ana.click(shown.response, label="Sí, borrar todo")
        assert len(await other.holds.under(f"deleted:{room.ana.id}:")) == 1
        await room.continuar()
        await tick(room, 2)
        assert (await other.user_data(room.ana.id)).replies == 1


async def test_a_database_that_fails_does_not_end_the_rounds(tmp_path, monkeypatch, caplog):
    async with two_processes(tmp_path) as (room, _):

        async def fail():
            raise StorageError("unavailable")

        monkeypatch.setattr(room.storage.jobs, "renew", fail)
        await tick(room)
        assert (
            "what the processes share is not up to date: StorageError('unavailable')" in caplog.text
        )


async def test_the_cap_holds_across_processes(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, other):
        result = await still_thinking(room)
        for number in range(room.settings.max_per_user):
            await other.jobs.start(job_of(room, result, job_id=f"{number:032x}"))
        with pytest.raises(UserError, match="en marcha"):
            await room.bot.limits.admit(room.ana.id)
        await room.bot.limits.admit(room.luis.id)


async def test_a_file_of_prompts_that_runs_elsewhere_is_the_only_one(tmp_path):
    async with two_processes(tmp_path) as (room, other):
        theirs = replace(BATCH, owner_id=room.ana.id, application_id=room.bot.application_id)
        await other.batches.start(theirs, ())
        file = ("a.txt", b"El mar\n")
        asked = await room.ana.slash(room.channel, "lote", archivo=file, tokens=3)
        assert asked.response.content == ONE_AT_A_TIME
        await other.batches.set_state(BATCH.batch_id, "done")
        await room.ana.slash(room.channel, "lote", archivo=file, tokens=3)
        assert len(await other.batches.of(room.ana.id)) == 2


async def test_a_start_goes_on_only_with_what_is_of_its_shards(tmp_path, monkeypatch):
    async with two_processes(tmp_path) as (room, _):
        now = datetime.now(UTC)
        here = {
            "guild_id": room.guild.id,
            "application_id": room.bot.application_id,
            "created_at": now,
        }
        await room.storage.batches.start(replace(BATCH, message_id=None, **here), ())
        await room.storage.lessons.start(replace(LESSON, **here))
        await room.storage.lessons.begin(LESSON.lesson_id, 0, now)
        first = replace(FIRST_ROUND, message_id=None)
        await room.storage.games.start(replace(GAME, channel_id=5, **here), first)
        begun = []

        def begin(_, what, *__, **___):
            begun.append(what)

        monkeypatch.setattr(import_module("bot.features.batch.run"), "start_batch", begin)
        monkeypatch.setattr(import_module("bot.features.lesson.run"), "start_cell", begin)
        monkeypatch.setattr("bot.app.resume_games", lambda _, left: begun.extend(left))
        ours = (room.guild.id >> 22) % 2
        for shard_id, count in ((1 - ours, 0), (ours, 3)):
            monkeypatch.setattr(type(room.bot), "shards_here", Shards((shard_id,), 2))
            await room.restart()
            assert len(begun) == count

from dataclasses import replace
from datetime import timedelta

from bot.storage import open_storage
from bot.storage.schema import jobs as table
from tests.bot.storage.samples import JOB, NOON


async def test_jobs_are_unfinished_until_they_end(storage):
    second = replace(JOB, job_id="b", created_at=NOON - timedelta(seconds=1), guild_id=3)
    await storage.jobs.start(JOB)
    await storage.jobs.start(second)
    assert await storage.jobs.unfinished() == (second, JOB)
    await storage.jobs.finish("b")
    await storage.jobs.finish("b")
    assert await storage.jobs.unfinished() == (JOB,)


async def test_a_job_is_begun_again_once(storage):
    await storage.jobs.start(JOB)
    await storage.jobs.start(replace(JOB, job_id="b", can_resume=False))
    begun = [await storage.jobs.begin_again(job_id) for job_id in (JOB.job_id, JOB.job_id, "b")]
    assert begun == [True, False, False]
    assert {job.can_resume for job in await storage.jobs.unfinished()} == {False}
    await storage.jobs.finish(JOB.job_id)
    assert not await storage.jobs.begin_again(JOB.job_id)


async def test_the_jobs_of_another_bot_are_left_out(storage):
    await storage.jobs.start(JOB)
    await storage.jobs.start(replace(JOB, job_id="b", application_id=5))
    assert await storage.jobs.unfinished(JOB.application_id) == (JOB,)
    assert len(await storage.jobs.unfinished()) == 2


async def test_jobs_outlive_the_process(tmp_path):
    async with open_storage(None, tmp_path) as storage:
        await storage.jobs.start(JOB)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.jobs.unfinished() == (JOB,)


async def test_another_persons_prompt_is_left_out(storage):
    await storage.jobs.start(replace(JOB, is_prompt_kept=False))
    (job,) = await storage.jobs.unfinished()
    assert job.request.prompt == "…"


async def test_one_unreadable_job_does_not_hide_the_others(storage, caplog):
    await storage.jobs.start(JOB)
    await storage.jobs.start(replace(JOB, job_id="b"))
    async with storage._database.writing() as connection:
        await connection.execute(table.update().where(table.c.job_id == "b").values(request=b"x"))
    assert await storage.jobs.unfinished() == (JOB,)
    assert "jobs.unreadable" in caplog.messages


async def test_state(storage):
    assert await storage.state.get("sync") is None
    await storage.state.set("sync", "a")
    await storage.state.set("sync", "ñ")
    await storage.state.set("other", "")
    assert await storage.state.get("sync") == "ñ"
    assert await storage.state.get("other") == ""

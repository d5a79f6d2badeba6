"""The row of a job: written before Discord is told, and gone at the end."""

from bot.jobs import runner
from bot.messages import answer
from bot.storage import StorageError
from tests.bot.world import Gate


async def fail_without_space(*_):
    raise StorageError("no_space")


async def test_the_job_row_exists_before_submission_and_ends_with_the_reply(room):
    gate = room.hold()
    result = await room.continuar()
    (job,) = await room.storage.jobs.unfinished()
    assert (job.job_id, job.owner_id) == (room.engine.requests[0].request_id, room.ana.id)
    assert job.channel_id == room.channel.id
    assert job.interaction_token
    gate.set()
    await room.env.settle()
    assert await room.storage.jobs.unfinished() == ()
    assert (await room.reply_of(result)).reply_id == job.job_id


async def test_the_row_is_written_before_the_acknowledgement(room, monkeypatch):
    unanswered = []

    async def acknowledge(interaction, *, ephemeral):
        unanswered.extend(await room.storage.jobs.unfinished())
        return False, None

    monkeypatch.setattr(runner, "NOTE_TIMEOUT_S", 1e6)
    monkeypatch.setattr(answer, "acknowledge", acknowledge)
    await room.continuar()
    assert [job.owner_id for job in unanswered] == [room.ana.id]
    assert await room.storage.jobs.unfinished() == ()


async def test_a_row_that_waits_for_a_busy_database_holds_nobody_up(room, monkeypatch):
    start, is_free = room.storage.jobs.start, Gate(room.env)

    async def start_late(job):
        await is_free.wait()
        await start(job)

    monkeypatch.setattr(runner, "NOTE_TIMEOUT_S", 0.01)
    monkeypatch.setattr(room.storage.jobs, "start", start_late)
    result = await room.continuar()
    assert " amor" in result.response.content
    is_free.set()
    await room.env.settle()
    assert await room.storage.jobs.unfinished() == ()


async def test_a_text_needs_no_row(room, monkeypatch):
    monkeypatch.setattr(room.storage.jobs, "start", fail_without_space)
    result = await room.continuar()
    assert " amor" in result.response.content
    assert (await room.reply_of(result)).completion.attempts

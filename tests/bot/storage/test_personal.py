import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.storage import Preferences, StorageError, UserData, deletion, open_storage
from bot.storage.records import PersonalText
from bot.storage.schema import replies as table
from bot.storage.sqlite import BUSY_TIMEOUT_S
from engine.packing import pack
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, GUILD, JOB, LUIS, NOON, PREFERENCES, reply

MARKER = "marcador-secreto"


async def _fill(storage):
    await storage.preferences.set("user", ANA, replace(PREFERENCES, model=MARKER))
    await storage.preferences.set("user", LUIS, PREFERENCES)
    await storage.preferences.set("guild", GUILD, PREFERENCES)
    for number in range(120):
        owner = ANA if number % 3 == 0 else LUIS
        written_at = NOON + timedelta(minutes=number)
        sample = reply(number, ids=number * 20, owner_id=owner, created_at=written_at)
        await storage.replies.save(replace(sample, message_id=None))
        await storage.replies.set_message((sample.reply_id,), owner, number)
    await storage.jobs.start(replace(JOB, interaction_token=MARKER))
    await storage.jobs.start(replace(JOB, job_id="b", owner_id=LUIS))


def _traces() -> dict[str, bytes]:
    return {
        "text": MARKER.encode(),
        "user id": ANA.to_bytes(8, "big"),
        "packed values": pack(reply(99, ids=1980).completion)[-64:],
    }


async def test_user_data_counts_what_exists(storage):
    assert (await storage.user_data(ANA)).is_empty
    await _fill(storage)
    data = await storage.user_data(ANA)
    assert data == UserData(
        user_id=ANA,
        preferences=replace(PREFERENCES, model=MARKER),
        replies=40,
        jobs=1,
        first_at=NOON,
        last_at=NOON + timedelta(minutes=117),
        size_bytes=data.size_bytes,
    )
    assert 40 * 1024 < data.size_bytes < await storage.size_bytes()


async def test_a_persons_texts_are_read_newest_first_without_the_traces(storage, caplog):
    await _fill(storage)
    async with storage._database.writing() as connection:
        broken = table.update().where(table.c.reply_id == f"{117:032x}")
        await connection.execute(broken.values(completion=b"x"))
    found = [text async for text in storage.texts_of(ANA, 30)]
    assert [text.message_id for text in found] == list(range(114, 29, -3))
    sample = reply(114)
    assert found[0] == PersonalText(
        kind=sample.kind,
        guild_id=sample.guild_id,
        channel_id=ANA,
        message_id=114,
        created_at=NOON + timedelta(minutes=114),
        request=sample.request,
        model=sample.completion.model,
        texts=(" vida\n",),
    )
    assert "replies.unreadable" in caplog.messages


def _left(data):
    return [name for name, trace in _traces().items() if trace in data]


@sqlite_only
async def test_deleting_a_person_leaves_no_byte(storage, tmp_path, everything, eventually):
    await _fill(storage)
    storage._backups.add(tmp_path / "unicornio.db", "0000", datetime.now(UTC))
    (tmp_path / "backups" / "unicornio-0000-x.part").write_text(MARKER)
    assert _left(everything()) == list(_traces())
    before = await storage.user_data(ANA)
    assert await storage.delete_user(ANA) == before
    assert (await storage.user_data(ANA)).is_empty
    await eventually(lambda: not _left(everything()))


async def test_deleting_a_person_leaves_the_others(storage):
    await _fill(storage)
    before = await storage.user_data(LUIS)
    await storage.delete_user(ANA)
    assert await storage.user_data(LUIS) == before
    assert await storage.preferences.get("guild", GUILD) == PREFERENCES
    assert [job.owner_id for job in await storage.jobs.unfinished()] == [LUIS]
    assert (await storage.replies.get(f"{1:032x}")).owner_id == LUIS
    await storage.preferences.set("user", ANA, Preferences(model="de nuevo"))
    assert (await storage.preferences.get("user", ANA)).model == "de nuevo"


@sqlite_only
async def test_a_reader_of_the_log_delays_its_end_and_not_the_answer(
    storage, tmp_path, everything, eventually
):
    await _fill(storage)
    with closing(sqlite3.connect(tmp_path / "unicornio.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM replies").fetchone()
        await storage.delete_user(ANA)
        assert (await storage.user_data(ANA)).is_empty
        assert _left(everything())
    await eventually(lambda: not _left(everything()))


@sqlite_only
async def test_what_a_process_left_when_it_was_killed_is_taken_out_at_the_next_start(
    storage, tmp_path, eventually
):
    await _fill(storage)
    killed = tmp_path / "killed"
    killed.mkdir()
    with closing(sqlite3.connect(tmp_path / "unicornio.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM replies").fetchone()
        await storage.delete_user(ANA)
        for name in ("unicornio.db", "unicornio.db-wal"):
            shutil.copy(tmp_path / name, killed)

    def data():
        return b"".join(path.read_bytes() for path in killed.iterdir())

    assert _left(data())
    async with open_storage(None, killed) as again:
        assert (await again.user_data(LUIS)).replies == 80
        await eventually(lambda: not _left(data()))


@sqlite_only
async def test_without_anything_stored_nothing_is_written(storage, tmp_path, statements):
    storage._backups.add(tmp_path / "unicornio.db", "0000", datetime.now(UTC))
    with closing(sqlite3.connect(tmp_path / "unicornio.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(BUSY_TIMEOUT_S / 3):
            assert (await storage.delete_user(ANA)).is_empty
    assert {sent.split()[0] for sent, _ in statements} == {"BEGIN", "SELECT"}
    assert storage._backups.paths() == ()


async def test_a_person_who_asks_twice_waits_for_one_deletion(storage, statements):
    await _fill(storage)
    statements.clear()
    before, again = await asyncio.gather(storage.delete_user(ANA), storage.delete_user(ANA))
    assert before == again
    assert before.replies == 40
    assert sum("DELETE FROM preferences" in sent for sent, _ in statements) == 1
    assert (await storage.delete_user(ANA)).is_empty


async def test_others_write_between_two_steps_of_a_deletion(storage, statements, monkeypatch):
    monkeypatch.setattr(deletion, "BATCH_BYTES", 1)
    await _fill(storage)
    statements.clear()

    async def write():
        for number in range(5):
            await storage.state.set(f"k{number}", "v")

    await asyncio.gather(storage.delete_user(ANA), write())
    sent = ["state" if "INTO state" in s else s.split()[0] for s, _ in statements]
    last = len(sent) - sent[::-1].index("DELETE") - 1
    assert sent[:last].count("state") == 5
    assert sent.count("DELETE") == 9 + 40


async def test_a_deletion_goes_on_without_who_asked_for_it(tmp_path):
    async with open_storage(None, tmp_path) as storage:
        await _fill(storage)
        asking = asyncio.create_task(storage.delete_user(ANA))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    async with open_storage(None, tmp_path) as storage:
        assert (await storage.user_data(ANA)).is_empty
        assert (await storage.user_data(LUIS)).replies == 80


async def test_a_copy_that_cannot_be_removed_is_told_before_anything_is_deleted(
    storage, monkeypatch
):
    def fail():
        raise StorageError("read_only")

    await _fill(storage)
    monkeypatch.setattr(storage._backups, "remove_all", fail)
    with pytest.raises(StorageError):
        await storage.delete_user(ANA)
    assert (await storage.user_data(ANA)).replies == 40

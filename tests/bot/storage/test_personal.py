import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.storage import Preferences, StorageError, UserData, sqlite
from bot.storage.packing import pack
from bot.storage.records import PersonalText
from bot.storage.schema import replies as table
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


async def test_deleting_a_person_leaves_no_byte(storage, tmp_path, everything):
    await _fill(storage)
    storage._backups.add(tmp_path / "unicornio.db", "0000", datetime.now(UTC))
    (tmp_path / "backups" / "unicornio-0000-x.part").write_text(MARKER)
    assert [name for name, trace in _traces().items() if trace not in everything()] == []
    before = await storage.user_data(ANA)
    assert await storage.delete_user(ANA) == before
    assert [name for name, trace in _traces().items() if trace in everything()] == []
    assert (await storage.user_data(ANA)).is_empty


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


def test_rewriting_removes_what_a_deletion_left(tmp_path):
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (MARKER,))
        connection.commit()
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("DELETE FROM t")
        connection.commit()
    assert MARKER.encode() in path.read_bytes()
    sqlite.rewrite(path)
    assert MARKER.encode() not in path.read_bytes()


async def test_a_deletion_that_could_not_empty_the_log_is_not_called_done(
    storage, tmp_path, monkeypatch
):
    monkeypatch.setattr(sqlite, "PRAGMAS", ("busy_timeout=50",))
    await _fill(storage)
    with closing(sqlite3.connect(tmp_path / "unicornio.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM replies").fetchone()
        with pytest.raises(StorageError) as caught:
            await storage.delete_user(ANA)
    assert caught.value.code == "unavailable"
    await storage.delete_user(ANA)

import asyncio
import errno
import shutil
from types import SimpleNamespace

import pytest

from bot.storage import reserve
from bot.storage.reserve import Reserve
from tests.bot.storage.databases import sqlite_only

SIZE = 4096


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(reserve, "SIZE_BYTES", SIZE)


@pytest.fixture
def database(tmp_path):
    return tmp_path / "unicornio.db"


@pytest.fixture
def room(tmp_path):
    return tmp_path / "unicornio.db-reserve"


def leave(monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def test_the_room_is_held_and_lent_only_where_it_is_needed(monkeypatch, database, room):
    held = Reserve(database)
    assert held.fill()
    assert held.fill()
    assert room.stat().st_size == SIZE
    assert room.stat().st_mode & 0o777 == 0o600
    leave(monkeypatch, SIZE)
    held.lend()
    assert room.exists()
    leave(monkeypatch, SIZE - 1)
    held.lend()
    held.lend()
    assert not room.exists()


def test_the_last_room_of_a_disk_is_not_taken(monkeypatch, database, room):
    leave(monkeypatch, SIZE)
    assert not Reserve(database).fill()
    assert not room.exists()


def test_a_reserve_of_another_size_is_written_anew(database, room):
    room.write_bytes(b"half")
    assert Reserve(database).fill()
    assert room.stat().st_size == SIZE


def test_nothing_is_left_of_a_reserve_that_does_not_fit(monkeypatch, database, room, caplog):
    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.urandom", fail)
    assert not Reserve(database).fill()
    assert not room.exists()
    assert "storage.no_reserve" in caplog.messages


def test_a_database_on_another_machine_needs_none():
    held = Reserve(None)
    held.lend()
    assert held.fill()


def test_a_disk_that_cannot_be_looked_at_fails_neither_a_start_nor_a_deletion(
    monkeypatch, database, room, caplog
):
    def fail(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    room.write_bytes(b"half")
    monkeypatch.setattr(shutil, "disk_usage", fail)
    monkeypatch.setattr(type(room), "unlink", fail)
    held = Reserve(database)
    held.lend()
    assert not held.fill()
    assert caplog.messages == ["storage.no_reserve", "storage.no_reserve"]


@sqlite_only
async def test_the_room_is_lent_when_it_is_the_turn_of_a_deletion(monkeypatch, storage):
    lent = []
    database = storage._database
    monkeypatch.setattr(database.reserve, "lend", lambda: lent.append(True))
    async with database.writing():
        deletion = asyncio.create_task(storage.replies.delete("a" * 32))
        await asyncio.sleep(0.1)
        assert lent == []
    await deletion
    assert lent

import asyncio
import errno
import os
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.storage import StorageError, lock, open_storage, sqlite, sweeping
from bot.storage.errors import translated_errors
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.processes import start
from tests.bot.storage.samples import ANA, PREFERENCES, reply


async def _output(name: str, folder: Path) -> list[str]:
    process = await start(name, folder)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().split()


async def test_disk_full_while_running_is_said_and_nothing_saved_is_lost(tmp_path):
    assert await _output("fill_disk", tmp_path) == ["no_space", "True", "True"]


async def test_disk_full_at_the_first_start(tmp_path):
    assert await _output("start_without_space", tmp_path) == ["no_space"]
    async with open_storage(None, tmp_path) as storage:
        assert (await storage.preferences.get("user", ANA)).is_empty


@sqlite_only
async def test_no_page_left(storage):
    async with storage._database.writing() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StorageError) as caught:
        await storage.replies.save(reply(1, ids=50_000))
    assert caught.value.code == "no_space"


@pytest.fixture
def read_only_folder():
    """Outside of `tmp_path`, whose parents only their owner may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


async def test_a_read_only_folder(read_only_folder):
    assert await _output("start_without_permission", read_only_folder) == ["read_only"]


@sqlite_only
async def test_a_database_that_becomes_read_only(storage):
    async with storage._database.reading() as connection:
        await connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StorageError) as caught:
        await storage.preferences.set("user", ANA, PREFERENCES)
    assert caught.value.code == "read_only"
    assert (await storage.preferences.get("user", ANA)).is_empty


@pytest.mark.parametrize("folder", ["/proc/unicornio/data", "file/data"])
async def test_a_folder_that_cannot_be_created(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, tmp_path / folder):
            pass
    assert caught.value.code == "unavailable"
    assert caught.value.path == tmp_path / folder


@pytest.mark.parametrize("content", [b"no soy una base de datos" * 400, b"SQLite format 3\0" * 99])
async def test_a_file_that_is_no_database(tmp_path, content):
    (tmp_path / "unicornio.db").write_bytes(content)
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, tmp_path):
            pass
    assert caught.value.code == "corrupt"
    assert (tmp_path / "unicornio.db").read_bytes() == content


@pytest.fixture
async def damaged(tmp_path):
    """A database whose second half is overwritten."""
    async with open_storage(None, tmp_path) as storage:
        await storage.replies.save(*(reply(number, ids=8000) for number in range(20)))
    path = tmp_path / "unicornio.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) - len(whole) // 2))
    return path


async def test_damage_is_found_at_the_start(damaged):
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, damaged.parent):
            pass
    assert (caught.value.code, caught.value.path) == ("corrupt", damaged)
    assert "\n" not in caught.value.reason


async def test_damage_in_a_large_file_is_told_while_the_bot_works(damaged, monkeypatch, eventually):
    monkeypatch.setattr(sweeping, "LARGE_BYTES", 0)
    before, told = damaged.read_bytes(), []
    async with open_storage(None, damaged.parent, told.append) as storage:
        await eventually(lambda: told)
        assert (told[0].code, told[0].path) == ("corrupt", damaged)
        assert (await storage.preferences.get("user", ANA)).is_empty
    assert damaged.read_bytes() == before


@sqlite_only
async def test_a_look_for_damage_ends_when_it_is_called_off(storage, tmp_path, monkeypatch):
    def look_for_ever(connection, path):
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        connection.execute(f"{endless} SELECT count(*) FROM n").fetchone()

    monkeypatch.setattr(sqlite, "_require_sound", look_for_ever)
    looking = asyncio.create_task(sqlite.require_sound_in_background(tmp_path / "unicornio.db"))
    await asyncio.sleep(0.05)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(looking), 30)
    assert (await storage.user_data(ANA)).is_empty


@sqlite_only
async def test_a_database_that_another_program_keeps_locked(storage, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "PRAGMAS", ("busy_timeout=20",))
    await storage._database._engine.dispose()
    other = sqlite3.connect(tmp_path / "unicornio.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as caught:
        await storage.state.set("a", "b")
    assert caught.value.code == "unavailable"
    other.close()
    await storage.state.set("a", "b")


def test_queries_are_not_quoted_in_errors():
    secret = "texto privado"
    original = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(StorageError) as caught, translated_errors(Path("x.db")):
        raise OperationalError("INSERT", {"value": secret}, original)
    assert secret not in str(caught.value)
    assert str(caught.value) == "unavailable(path=x.db, reason=disk I/O error)"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "no_space"),
        (errno.EDQUOT, "no_space"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.ENOLCK, "unavailable"),
    ],
)
def test_system_errors_have_their_codes(tmp_path, monkeypatch, number, code):
    def fail(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(StorageError) as caught, lock.exclusive(tmp_path):
        pass
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("sqlstate", "code"),
    [("53100", "no_space"), ("25006", "read_only"), ("XX001", "corrupt"), ("40001", "unavailable")],
)
def test_postgresql_errors_have_their_codes(sqlstate, code):
    original = Exception("server says")
    original.sqlstate = sqlstate
    with pytest.raises(StorageError) as caught, translated_errors():
        raise OperationalError("SELECT", {}, original)
    assert caught.value.code == code

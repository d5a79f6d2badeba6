import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import StorageError, check_storage, open_storage
from bot.storage.migrate import head_revision
from tests.bot.storage.samples import ANA, PREFERENCES


async def test_a_new_folder_is_fine_and_stays_empty(tmp_path):
    report = await check_storage(None, tmp_path / "new")
    assert report.revision is None
    assert not report.is_upgrade_due
    assert (report.size_bytes, report.running_pid) == (0, None)
    assert report.free_bytes > 0
    assert list((tmp_path / "new").iterdir()) == []


async def test_beside_a_running_bot(tmp_path):
    async with open_storage(None, tmp_path) as storage:
        await storage.preferences.set("user", ANA, PREFERENCES)
        report = await check_storage(None, tmp_path)
        assert report.running_pid is not None
        assert report.revision == head_revision()
        assert not report.is_upgrade_due
        assert report.size_bytes > 0
        assert (await storage.preferences.get("user", ANA)) == PREFERENCES
    assert (await check_storage(None, tmp_path)).running_pid is None


@pytest.mark.parametrize(
    ("statement", "code"),
    [("UPDATE alembic_version SET version_num = '9999'", "newer_schema"), (None, "corrupt")],
)
async def test_what_would_stop_the_start(tmp_path, statement, code):
    async with open_storage(None, tmp_path):
        pass
    path = tmp_path / "unicornio.db"
    if statement is None:
        path.write_bytes(path.read_bytes()[:-4096] + b"\xff" * 4096)
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()
    with pytest.raises(StorageError) as caught:
        await check_storage(None, tmp_path)
    assert caught.value.code == code


async def test_a_folder_that_cannot_be_written():
    with pytest.raises(StorageError) as caught:
        await check_storage(None, Path("/proc/unicornio"))
    assert caught.value.code == "unavailable"


async def test_the_password_is_not_shown(tmp_path):
    with pytest.raises(StorageError) as caught:
        await check_storage("postgresql://u:secreto@127.0.0.1:9/d", tmp_path)
    assert "secreto" not in str(caught.value)

import os
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from bot.storage import StorageError, sqlite
from bot.storage.backups import KEEP, MAX_AGE, Backups
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, NOON, PREFERENCES


@sqlite_only
async def test_a_copy_holds_what_is_still_in_the_log(storage, tmp_path):
    await storage.preferences.set("user", ANA, PREFERENCES)
    backups = Backups(tmp_path / "backups")
    copied = backups.add(tmp_path / "unicornio.db", "0001", NOON)
    with closing(sqlite3.connect(copied)) as connection:
        assert connection.execute("SELECT scope_id FROM preferences").fetchall() == [(ANA,)]
    assert copied.stat().st_mode & 0o777 == 0o600
    assert await storage.size_bytes() >= copied.stat().st_size


def _make(folder, ages):
    folder.mkdir()
    for number, age in enumerate(ages):
        path = folder / f"unicornio-0001-{number}.db"
        path.touch()
        moment = (NOON - age).timestamp()
        os.utime(path, (moment, moment))


def test_the_newest_few_are_kept(tmp_path):
    _make(tmp_path / "b", [timedelta(hours=hours) for hours in (5, 1, 4, 2, 3)])
    backups = Backups(tmp_path / "b")
    assert backups.remove_old(NOON) == 5 - KEEP
    assert [path.name[-4] for path in backups.paths()] == ["1", "3", "4"]


def test_none_outlives_its_age(tmp_path):
    _make(tmp_path / "b", [MAX_AGE - timedelta(seconds=1), MAX_AGE + timedelta(seconds=1)])
    (tmp_path / "b" / "unicornio-0001-9.part").touch()
    (tmp_path / "b" / "mine.txt").touch()
    backups = Backups(tmp_path / "b")
    assert backups.remove_old(NOON) == 1
    assert {path.name for path in backups.folder.iterdir()} == {"mine.txt", "unicornio-0001-0.db"}


def test_without_folder_there_is_nothing_to_remove(tmp_path):
    assert Backups(tmp_path / "none").remove_all() == 0


@sqlite_only
async def test_pruning_removes_old_backups(storage, tmp_path):
    _make(tmp_path / "backups", [timedelta(), MAX_AGE * 2])
    assert await storage.prune(30, 500, NOON) == 0
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_an_unfinished_copy_is_removed(tmp_path, monkeypatch):
    def fail(source, target):
        target.write_bytes(b"half")
        raise StorageError("no_space")

    monkeypatch.setattr(sqlite, "copy", fail)
    with pytest.raises(StorageError):
        Backups(tmp_path / "b").add(tmp_path / "x.db", "0001", NOON)
    assert list((tmp_path / "b").iterdir()) == []

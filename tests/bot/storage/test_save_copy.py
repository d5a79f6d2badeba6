import resource
import sqlite3

import pytest

from bot.__main__ import main
from bot.storage import Preferences, StorageError, open_storage
from bot.storage.backups import save_copy


async def test_a_copy_of_a_database_in_use_can_be_opened(tmp_path):
    data_dir = tmp_path / "data"
    async with open_storage(None, data_dir) as storage:
        await storage.preferences.set("user", 1, Preferences(params={"top_p": 0.5}, model=None))
        save_copy(None, data_dir, tmp_path / "copia.db")
    restored = tmp_path / "otra"
    restored.mkdir()
    (tmp_path / "copia.db").rename(restored / "unicornio.db")
    async with open_storage(None, restored) as storage:
        assert (await storage.preferences.get("user", 1)).params == {"top_p": 0.5}


def test_there_is_nothing_to_copy(tmp_path):
    with pytest.raises(StorageError):
        save_copy(None, tmp_path, tmp_path / "copia.db")


def test_the_command_never_overwrites(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with sqlite3.connect(tmp_path / "unicornio.db") as database:
        database.execute("CREATE TABLE t (x)")
    assert main(["backup", "copia.db"]) == 0
    assert main(["backup", "copia.db"]) == 1
    said = capsys.readouterr()
    assert "Copia guardada en copia.db." in said.out
    assert "Ya existe copia.db" in said.err


def test_nothing_is_left_of_a_copy_that_failed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with sqlite3.connect(tmp_path / "unicornio.db") as database:
        database.execute("CREATE TABLE t AS SELECT zeroblob(500000)")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert main(["backup", str(tmp_path / "copia.db")]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert "copia.db: ahí no queda espacio." in capsys.readouterr().err
    assert not (tmp_path / "copia.db").exists()

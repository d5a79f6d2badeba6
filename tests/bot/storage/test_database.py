import asyncio
import sqlite3
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.schema import CreateTable

from bot.storage import Preferences, StorageError, check_storage, open_storage
from bot.storage.backups import save_copy
from bot.storage.database import Database, claim, replacing, resolve_url, upsert
from bot.storage.preferences import PreferencesRepository
from bot.storage.schema import metadata, preferences
from bot.storage.sqlite import BUSY_TIMEOUT_S
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, reply


def test_urls(tmp_path):
    assert str(resolve_url(None, tmp_path)) == f"sqlite+aiosqlite:///{tmp_path}/unicornio.db"
    assert resolve_url("sqlite:///a.db", tmp_path).drivername == "sqlite+aiosqlite"
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        url = resolve_url(f"{scheme}://u:p@host/db", tmp_path)
        assert (url.drivername, url.host) == ("postgresql+asyncpg", "host")
    assert resolve_url("postgresql+psycopg://h/d", tmp_path).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secreto@h/d", "??"])
def test_urls_that_cannot_serve(tmp_path, url):
    with pytest.raises(StorageError) as caught:
        resolve_url(url, tmp_path)
    assert caught.value.code == "unavailable"
    assert "secreto" not in str(caught.value)


async def test_an_unreachable_server(tmp_path):
    with pytest.raises(StorageError) as caught:
        async with open_storage("postgresql://u:secreto@127.0.0.1:9/d", tmp_path):
            pass
    assert caught.value.code == "unavailable"
    assert "secreto" not in str(caught.value)


@pytest.mark.parametrize("dialect", [sqlite_dialect.dialect(), postgresql.dialect()])
def test_upsert_is_one_statement_in_both_dialects(dialect):
    values = {"scope": "user", "scope_id": 1, "params": "{}", "model": None}
    statement = str(upsert(dialect, preferences, values).compile(dialect=dialect))
    assert "ON CONFLICT (scope, scope_id) DO UPDATE SET params = " in statement


@pytest.mark.parametrize("dialect", [sqlite_dialect.dialect(), postgresql.dialect()])
def test_replacing_takes_the_values_of_each_row_in_both_dialects(dialect):
    statement = str(replacing(dialect, preferences).compile(dialect=dialect))
    changes = "SET params = excluded.params, model = excluded.model"
    assert f"ON CONFLICT (scope, scope_id) DO UPDATE {changes}" in statement


@pytest.mark.parametrize("dialect", [sqlite_dialect.dialect(), postgresql.dialect()])
def test_claim_returns_the_row_that_is_there_in_both_dialects(dialect):
    values = {"scope": "user", "scope_id": 1, "params": "{}", "model": None}
    statement = str(claim(dialect, preferences, values).compile(dialect=dialect))
    assert "ON CONFLICT (scope, scope_id) DO UPDATE SET scope = " in statement
    assert "SET params" not in statement
    assert "RETURNING" in statement


def test_discord_ids_and_times_on_postgresql():
    ddl = "".join(
        str(CreateTable(t).compile(dialect=postgresql.dialect())) for t in metadata.tables.values()
    )
    assert "scope_id BIGINT NOT NULL" in ddl
    assert "created_at TIMESTAMP WITH TIME ZONE" in ddl
    assert "SERIAL" not in ddl


@sqlite_only
async def test_pragmas_hold_on_every_connection(storage):
    async with storage._database.reading() as first, storage._database.reading() as second:
        for connection in (first, second):
            found = [
                await connection.scalar(query)
                for query in map(_pragma, ("journal_mode", "foreign_keys", "synchronous"))
            ]
            assert found == ["wal", 1, 2]
            assert await connection.scalar(_pragma("secure_delete")) == 1
            assert await connection.scalar(_pragma("busy_timeout")) == 30_000


async def test_the_file_keeps_its_own_settings(tmp_path):
    async with open_storage(None, tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "unicornio.db")) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("PRAGMA journal_mode=DELETE")
    async with open_storage(None, tmp_path) as storage, storage._database.reading() as connection:
        assert await connection.scalar(_pragma("journal_mode")) == "wal"


@sqlite_only
async def test_fresh_connections_read_while_another_program_writes(storage, tmp_path):
    await storage.state.set("a", "b")
    await storage._database._engine.dispose()
    with _writing_elsewhere(tmp_path):
        reads = asyncio.gather(*(storage.state.get("a") for _ in range(8)))
        assert await asyncio.wait_for(reads, BUSY_TIMEOUT_S / 3) == ["b"] * 8


async def test_a_start_a_check_and_a_copy_wait_for_no_writer(tmp_path):
    data_dir = tmp_path / "data"
    async with open_storage(None, data_dir) as storage:
        await storage.state.set("a", "b")
    with _writing_elsewhere(data_dir):
        async with asyncio.timeout(BUSY_TIMEOUT_S / 3):
            assert (await check_storage(None, data_dir)).revision is not None
            await asyncio.to_thread(save_copy, None, data_dir, tmp_path / "copia.db")
            async with open_storage(None, data_dir) as storage:
                assert await storage.state.get("a") == "b"


@contextmanager
def _writing_elsewhere(data_dir):
    """Hold the write lock from outside, as another program would."""
    with closing(sqlite3.connect(data_dir / "unicornio.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def _pragma(name):
    return text(f"PRAGMA {name}")


async def test_many_writers_through_two_engines(storage, database_url, tmp_path):
    other = Database(resolve_url(database_url, tmp_path))
    repositories = (storage.preferences, PreferencesRepository(other))
    writes = [
        repositories[user_id % 2].set("user", user_id, Preferences(params={"top_k": user_id}))
        for user_id in range(1, 101)
    ]
    texts = [storage.replies.save(reply(number)) for number in range(20)]
    await asyncio.gather(*writes, *texts)
    for user_id in range(1, 101):
        found = await repositories[(user_id + 1) % 2].get("user", user_id)
        assert found.params == {"top_k": user_id}
    assert (await storage.user_data(ANA)).replies == 20
    await other.close()


@sqlite_only
async def test_what_a_writer_has_read_stays_so_until_it_ends(storage, tmp_path):
    other = Database(resolve_url(None, tmp_path))
    async with storage._database.writing() as connection:
        assert (await connection.execute(preferences.select())).all() == []
        elsewhere = asyncio.create_task(
            PreferencesRepository(other).set("user", 1, Preferences(model="a"))
        )
        await asyncio.sleep(0.1)
        assert (await connection.execute(preferences.delete())).rowcount == 0
    await elsewhere
    assert (await storage.preferences.get("user", 1)).model == "a"
    await other.close()


async def test_concurrent_writers_of_one_row_leave_one_whole_value(storage):
    values = [Preferences(params={"top_k": n, "num_beams": n}, model=str(n)) for n in range(1, 9)]
    await asyncio.gather(*(storage.preferences.set("guild", 1, value) for value in values))
    assert await storage.preferences.get("guild", 1) in values


async def test_a_failed_transaction_leaves_nothing(storage):
    async def insert_and_fail():
        async with storage._database.writing() as connection:
            values = {"scope": "user", "scope_id": 1, "params": "{}"}
            await connection.execute(preferences.insert().values(values))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await insert_and_fail()
    assert (await storage.preferences.get("user", 1)).is_empty
    await storage.preferences.set("user", 1, Preferences(model="a"))


async def test_a_cancelled_writer_does_not_block_the_next(storage):
    tasks = [
        asyncio.create_task(storage.replies.save(reply(number, ids=5000))) for number in range(8)
    ]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await storage.preferences.set("user", ANA, Preferences(model="a"))
    assert (await storage.preferences.get("user", ANA)).model == "a"

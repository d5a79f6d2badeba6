import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from bot.storage import Preferences, StorageError, open_storage
from bot.storage.database import Database, claim, resolve_url, upsert
from bot.storage.preferences import PreferencesRepository
from bot.storage.schema import metadata, preferences
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


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_upsert_is_one_statement_in_both_dialects(dialect):
    values = {"scope": "user", "scope_id": 1, "params": "{}", "model": None}
    statement = str(upsert(dialect, preferences, values).compile(dialect=dialect))
    assert "ON CONFLICT (scope, scope_id) DO UPDATE SET params = " in statement


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
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


def _pragma(name):
    return text(f"PRAGMA {name}")


async def test_many_writers_through_two_engines(storage, tmp_path):
    other = Database(resolve_url(None, tmp_path))
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

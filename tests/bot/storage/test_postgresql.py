"""What several processes and hosts share: migrations, writers, ends in the middle, copies."""

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from bot.storage import Preferences, StorageError, check_storage, open_storage
from bot.storage.database import resolve_url
from bot.storage.migrate import alembic_config, head_revision
from bot.storage.schema import metadata
from tests.bot.storage.processes import start
from tests.bot.storage.samples import ANA, GUILD, PREFERENCES, REPLY, reply, require_first_samples

FIXTURES = Path(__file__).parent / "fixtures"


async def _with_connection(url, work):
    engine = create_async_engine(resolve_url(url, Path()), poolclass=NullPool)
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def _rows_by_table(name):
    """Return what a schema's fixture has: name of a table → its rows, as Python's values."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        script = (FIXTURES / f"{name}.sql").read_text(encoding="utf-8")
        connection.connection.driver_connection.executescript(script)
        old = MetaData()
        old.reflect(connection)
        rows = {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in old.sorted_tables
            if table.name != "alembic_version"
        }
    engine.dispose()
    return rows


def _in_utc(value):
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _load(name):
    """Return work that makes a database of an old schema, with its fixture's rows."""

    def work(connection):
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, name)
        old = MetaData()
        old.reflect(connection)
        for table, rows in _rows_by_table(name).items():
            for row in rows:
                values = {column: _in_utc(value) for column, value in row.items()}
                connection.execute(old.tables[table].insert(), values)

    return work


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.sql")))
async def test_every_old_schema_is_upgraded_with_its_data(name, server, empty_database, tmp_path):
    url = server.url(empty_database)
    await _with_connection(url, _load(name))
    assert (await check_storage(url, tmp_path)).revision == name
    async with open_storage(url, tmp_path) as storage:
        await require_first_samples(storage)


async def test_the_migrations_make_the_schema_of_the_code(postgresql_url):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await _with_connection(postgresql_url, differences) == []


async def test_hosts_that_start_together_take_turns(server, empty_database, tmp_path):
    url = server.url(empty_database)
    async with AsyncExitStack() as stack:
        hosts = await asyncio.gather(
            *(
                stack.enter_async_context(open_storage(url, tmp_path / str(number)))
                for number in range(4)
            )
        )
        await hosts[0].state.set("a", "b")
        assert await asyncio.gather(*(host.state.get("a") for host in hosts)) == ["b"] * 4
    assert server.query(empty_database, "SELECT * FROM alembic_version") == head_revision()


async def test_a_database_of_a_later_version_is_left_alone(server, empty_database, tmp_path):
    url = server.url(empty_database)
    async with open_storage(url, tmp_path):
        pass
    server.query(empty_database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError) as caught:
        async with open_storage(url, tmp_path):
            pass
    assert caught.value.code == "newer_schema"


async def test_two_hosts_write_at_once_and_lose_nothing(postgresql_url, tmp_path):
    async with (
        open_storage(postgresql_url, tmp_path / "a") as one,
        open_storage(postgresql_url, tmp_path / "b") as other,
    ):
        hosts, fields = (one, other), ("temperature", "top_p", "min_p", "typical_p")

        async def change(number, field):
            await hosts[number % 2].preferences.change(
                "guild", GUILD, lambda before: replace(before, params={**before.params, field: 0.5})
            )

        await asyncio.gather(
            *(change(number, field) for number, field in enumerate(fields)),
            *(hosts[number % 2].replies.save(reply(number)) for number in range(40)),
        )
        assert (await other.preferences.get("guild", GUILD)).params == dict.fromkeys(fields, 0.5)
        assert (await one.user_data(ANA)).replies == 40
        deleted, also = await asyncio.gather(one.delete_user(ANA), other.delete_user(ANA))
        assert {deleted.replies, also.replies} <= {0, 40}
        assert (await other.user_data(ANA)).is_empty


async def test_kill_9_of_a_writer_loses_no_acknowledged_setting(postgresql_url, tmp_path):
    process = await start("write_for_ever", tmp_path / "killed", postgresql_url)
    acknowledged = [await process.stdout.readline() for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    acknowledged += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    async with open_storage(postgresql_url, tmp_path / "next") as storage:
        await _require(storage, acknowledged)


async def test_a_server_that_ends_in_the_middle_is_told_and_found_again(
    server, postgresql_url, tmp_path
):
    async with open_storage(postgresql_url, tmp_path) as storage:
        acknowledged = []

        async def write(number):
            await storage.preferences.set("user", number, Preferences(params={"top_k": number}))
            acknowledged.append(f"{number} {number}\n".encode())

        await asyncio.gather(*(write(number) for number in range(1, 40)))
        server.kill()
        try:
            with pytest.raises(StorageError) as caught:
                await storage.preferences.set("user", 99, PREFERENCES)
            assert caught.value.code == "unavailable"
        finally:
            server.start()
        await write(41)
        await _require(storage, acknowledged)


async def test_a_server_that_does_not_answer_keeps_nobody_waiting_for_ever(
    postgresql_url, tmp_path, monkeypatch
):
    monkeypatch.setattr("bot.storage.database._ANSWER_S", 0.5)
    async with open_storage(postgresql_url, tmp_path) as storage:
        engine = create_async_engine(resolve_url(postgresql_url, Path()), poolclass=NullPool)
        async with engine.begin() as other:
            await other.execute(text("LOCK TABLE state"))
            with pytest.raises(StorageError) as caught:
                await storage.state.set("a", "b")
            assert caught.value.code == "unavailable"
            await storage.preferences.set("user", ANA, PREFERENCES)
        await storage.state.set("a", "c")
        assert await storage.state.get("a") == "c"


async def test_a_copy_is_restored_elsewhere(
    server, shared_database, postgresql_url, empty_database, tmp_path
):
    async with open_storage(postgresql_url, tmp_path / "a") as storage:
        await storage.replies.save(REPLY)
        await storage.preferences.set("user", ANA, PREFERENCES)
        copy = tmp_path / "copia.sql"
        copy.write_text(server.tool("pg_dump", shared_database, "--no-owner"), encoding="utf-8")
    server.tool("psql", empty_database, "-qX", "-v", "ON_ERROR_STOP=1", source=copy)
    async with open_storage(server.url(empty_database), tmp_path / "b") as storage:
        assert await storage.replies.get(REPLY.reply_id) == REPLY
        assert await storage.preferences.get("user", ANA) == PREFERENCES


async def _require(storage, acknowledged):
    for line in acknowledged:
        if line.endswith(b"\n"):
            user_id, value = map(int, line.split())
            assert (await storage.preferences.get("user", user_id)).params == {"top_k": value}

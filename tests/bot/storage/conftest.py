import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import event

from bot.storage import open_storage
from bot.storage.schema import metadata
from tests.postgresql import missing, running_server


@pytest.fixture(scope="session")
def server():
    """Return a PostgreSQL server of this process's own."""
    if lack := missing():
        pytest.skip(lack)
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def shared_database(server, tmp_path_factory):
    """Return the name of a database with the schema, which the tests share."""

    async def make(name):
        async with open_storage(server.url(name), tmp_path_factory.mktemp("shared_database")):
            pass

    name = server.new_database()
    asyncio.run(make(name))
    return name


@pytest.fixture
def postgresql_url(server, shared_database):
    """Return the address of a database with the schema and nothing in it."""
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    server.query(shared_database, f"TRUNCATE {tables}")
    return server.url(shared_database)


@pytest.fixture
def empty_database(server):
    """Return the name of a database with nothing in it."""
    name = server.new_database()
    yield name
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """Return where the database is: None for the file in the data folder."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgresql_url")


@pytest.fixture
async def storage(database_url, tmp_path):
    async with open_storage(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def neighbours(database_url, tmp_path):
    """Return the storages of three processes of one bot, with one database and a folder each."""
    url = database_url or f"sqlite:///{tmp_path}/shared.db"
    async with AsyncExitStack() as stack:
        opening = [open_storage(url, tmp_path / name, is_shared=True) for name in "abc"]
        yield [await stack.enter_async_context(one) for one in opening]


@pytest.fixture
def everything(tmp_path):
    """Return a function that reads every file under the data folder as one string of bytes."""
    return lambda: b"".join(p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file())


@pytest.fixture
def statements(storage):
    """Collect what is sent to the database, transaction control left out."""
    sent = []
    engine = storage._database._engine.sync_engine
    event.listen(
        engine,
        "before_cursor_execute",
        lambda c, cursor, statement, parameters, context, many: sent.append(
            (statement, parameters)
        ),
    )
    return sent


@pytest.fixture
def eventually():
    """Return a function that waits until a condition holds, as it must after background work."""

    async def wait(condition):
        for _ in range(3000):
            if condition():
                return
            await asyncio.sleep(0.02)
        pytest.fail("it does not come true")

    return wait

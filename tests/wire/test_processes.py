"""Two processes of one bot, a shard and a server each, with one PostgreSQL database."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from tests.postgresql import missing, running_server
from tests.wire.asking import (
    LONG,
    SEEDED,
    SOON_S,
    ends_of,
    is_running,
    is_written,
    written,
)
from tests.wire.conftest import fake_discord
from tests.wire.processes import Bots

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE, THERE = 0, 1
"""Servers, and the shards whose they are."""
TAKEN_OVER_S = 90


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire():
    async with fake_discord(guilds=2) as d:
        yield d


@pytest.fixture(scope="module")
def database():
    if lack := missing():
        pytest.skip(lack)
    with running_server() as server:
        name = server.new_database()
        yield server, name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bots(wire, model_folder, database, tmp_path_factory):
    server, name = database
    env = {"MODELS": model_folder, "DATABASE_URL": server.url(name), "MAX_PER_USER": 1}
    both = Bots(wire, tmp_path_factory.mktemp("bots"), env)
    try:
        await both.start(HERE, THERE)
        yield both
    finally:
        await both.close()


def kept_of(database, wire, user, *tables):
    """Count the rows of tables that are about a person."""
    server, name = database
    owner = wire.user(user)["id"]
    counts = (f"(SELECT count(*) FROM {table} WHERE owner_id = {owner})" for table in tables)
    return int(server.query(name, f"SELECT {' + '.join(counts)}"))


async def are_gone(database, wire, user, *tables):
    """Tell whether these rows go soon: what a message says comes before its row does."""
    for _ in range(150):
        if not kept_of(database, wire, user, *tables):
            return True
        await asyncio.sleep(0.2)
    return False


async def test_each_answers_its_server_and_the_commands_are_sent_once(wire, bots, problems):
    here, there = await asyncio.gather(
        *(written(wire, user=1 + guild, guild=guild) for guild in (HERE, THERE))
    )
    assert is_written(here)
    assert is_written(there)
    assert len(wire.syncs) == 1
    assert await problems() == []


async def test_what_a_person_has_running_in_one_counts_in_the_other(wire, bots, database, problems):
    running = await wire.slash("continuar", LONG, user=3, guild=THERE, until=is_running)
    refused = await wire.slash("continuar", {"texto": "Hola"}, user=3, guild=HERE, quiet=SOON_S)
    assert refused.ephemeral
    assert "Ya tienes una petición en marcha" in refused.text
    assert is_written(await written(wire, user=4, guild=HERE))
    await wire.click(running, label="Detener", quiet=SOON_S)
    await wire.wait(running, until=is_written)
    assert await are_gone(database, wire, 3, "jobs")
    assert is_written(await written(wire, user=3, guild=HERE))
    assert await problems() == []


async def test_a_deletion_in_one_reaches_what_runs_in_the_other(wire, bots, database, problems):
    before = await written(wire, user=5, guild=THERE)
    running = await wire.slash("continuar", LONG, user=5, guild=THERE, until=is_running)
    asked = await wire.slash("datos borrar", user=5, guild=HERE, quiet=SOON_S)
    deleted = await wire.click(asked, label="Sí", until=lambda r: "Borrado" in r.source.text)
    assert "Borrado" in deleted.source.text
    await wire.wait(running, until=lambda r: not is_running(r), timeout=120)
    assert not is_running(running)
    assert await are_gone(database, wire, 5, "jobs", "replies")
    clicked = await wire.click(before, label="Otra", quiet=SOON_S)
    assert "Ya no guardo los datos de ese texto" in clicked.text
    assert await problems() == []


async def test_what_a_dead_process_leaves_is_written_once_by_the_other(wire, bots, problems):
    undisturbed = await wire.slash(
        "continuar", SEEDED, user=8, guild=HERE, until=is_written, timeout=150
    )
    running, acknowledged = await asyncio.gather(
        wire.slash("continuar", SEEDED, user=6, guild=THERE, until=is_running),
        wire.slash("continuar", SEEDED, user=7, guild=THERE, until=lambda r: r.acked),
    )
    await bots.kill(THERE)
    assert is_running(running)
    cut_off = (running, acknowledged)
    asked = [len(reply.requests) for reply in cut_off]
    for reply in cut_off:
        await wire.wait(reply, until=is_written, timeout=TAKEN_OVER_S)
    assert is_written(await written(wire, user=6, guild=HERE))
    await bots.start(THERE)
    assert is_written(await wire.click(running, label="Otra", until=is_written))
    for reply, before in zip(cut_off, asked, strict=True):
        first, *edits = [request.method for request in reply.requests[before:]]
        assert first == "GET"
        assert set(edits) == {"PATCH"}
        assert reply.text == undisturbed.text
        assert len(ends_of(reply)) == 1
        assert len(reply.messages) == 1
    assert len(wire.syncs) == 1
    assert await problems() == []


async def test_the_end(wire, bots):
    assert await bots.stop() == {HERE: 0, THERE: 0}
    assert wire.tracebacks() == []

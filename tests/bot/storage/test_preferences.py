import asyncio
from dataclasses import replace

import pytest

from bot.storage import Preferences
from bot.storage.database import Database, resolve_url
from bot.storage.preferences import PreferencesRepository, decode
from bot.storage.schema import preferences as table
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, GUILD, LUIS, PREFERENCES


async def test_nothing_set_is_empty(storage):
    assert await storage.preferences.get("user", ANA) == Preferences()
    assert (await storage.preferences.get("user", ANA)).is_empty


async def test_round_trip_replaces_whole_row(storage):
    await storage.preferences.set("user", ANA, PREFERENCES)
    assert await storage.preferences.get("user", ANA) == PREFERENCES
    smaller = Preferences(params={"bad_words": ("una", "dos")})
    await storage.preferences.set("user", ANA, smaller)
    assert await storage.preferences.get("user", ANA) == smaller


async def test_scopes_and_ids_are_apart(storage):
    await storage.preferences.set("user", ANA, Preferences(model="a"))
    await storage.preferences.set("guild", ANA, Preferences(model="b"))
    await storage.preferences.set("guild", GUILD, Preferences(model="c"))
    assert (await storage.preferences.get("user", ANA)).model == "a"
    assert (await storage.preferences.get("guild", ANA)).model == "b"
    assert (await storage.preferences.get("guild", GUILD)).model == "c"
    assert (await storage.preferences.get("user", LUIS)).is_empty


@pytest.mark.parametrize("is_cleared", [True, False])
async def test_clearing_or_setting_nothing_leaves_no_row(storage, is_cleared):
    await storage.preferences.set("user", ANA, PREFERENCES)
    if is_cleared:
        await storage.preferences.clear("user", ANA)
    else:
        await storage.preferences.set("user", ANA, Preferences())
    async with storage._database.reading() as connection:
        assert (await connection.execute(table.select())).all() == []


async def test_a_style_is_kept(storage):
    chosen = Preferences(params={"style": "mad", "top_k": 3})
    await storage.preferences.set("user", ANA, chosen)
    assert await storage.preferences.get("user", ANA) == chosen


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ('{"top_k": 40, "mirostat": 2}', {"top_k": 40}),
        ('{"top_k": 40, "top_p": 7}', {"top_k": 40}),
        ('{"top_k": 40, "strategy": "dola"}', {"top_k": 40}),
        ('{"top_k": 40, "bad_words": [3]}', {"top_k": 40}),
        ('{"top_k": 40, "temperature": null}', {"top_k": 40}),
        ('{"top_k": 40, "strategy": {}}', {"top_k": 40}),
        ('{"top_k": 40, "style": {}}', {"top_k": 40}),
        ('{"top_k": 40, "style": "salvaje"}', {"top_k": 40}),
        ("{rota", {}),
        ("[1, 2]", {}),
    ],
)
def test_what_this_version_does_not_accept_is_dropped_with_a_log_line(stored, kept, caplog):
    assert decode(stored, "m") == Preferences(params=kept, model="m")
    assert len(caplog.records) == 1


@sqlite_only
async def test_reading_is_one_indexed_query(storage, statements):
    await storage.preferences.set("user", ANA, PREFERENCES)
    statements.clear()
    await storage.preferences.get("user", ANA)
    ((query, parameters),) = [s for s in statements if s[0] != "BEGIN"]
    async with storage._database.reading() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
        (step,) = plan.all()
    assert step.detail.startswith("SEARCH preferences USING")


async def test_several_are_read_at_once_in_the_order_asked(storage):
    await storage.preferences.set("user", 1, Preferences(params={"top_k": 1}))
    await storage.preferences.set("guild", 1, Preferences(params={"top_k": 2}))
    guild, nobody, user = await storage.preferences.get_all(("guild", 1), ("user", 2), ("user", 1))
    assert (guild.params, user.params) == ({"top_k": 2}, {"top_k": 1})
    assert nobody.is_empty
    assert await storage.preferences.get_all() == ()


async def test_changes_at_the_same_time_are_all_kept(storage, database_url, tmp_path):
    other = PreferencesRepository(Database(resolve_url(database_url, tmp_path)))
    repositories = (storage.preferences, other)
    fields = ("temperature", "top_p", "min_p", "typical_p")

    async def save(number, field):
        changed = await repositories[number % 2].change(
            "guild",
            GUILD,
            lambda before: replace(before, params={**before.params, field: 0.5}),
        )
        assert changed

    await asyncio.gather(*(save(number, field) for number, field in enumerate(fields)))
    assert (await other.get("guild", GUILD)).params == dict.fromkeys(fields, 0.5)
    await other._database.close()


async def test_a_change_says_whether_anything_is_different_and_leaves_no_empty_row(storage):
    change = storage.preferences.change
    assert not await change("user", ANA, lambda before: before)
    assert await change("user", ANA, lambda _: PREFERENCES)
    assert not await change("user", ANA, lambda before: before)
    assert await storage.preferences.get("user", ANA) == PREFERENCES
    assert await change("user", ANA, lambda _: Preferences())
    assert not await change("user", ANA, lambda _: Preferences())
    async with storage._database.reading() as connection:
        assert (await connection.execute(table.select())).all() == []

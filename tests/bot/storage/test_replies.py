import asyncio
import threading
import zlib
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bot.storage import StorageError, replies
from bot.storage.schema import replies as table
from engine import Completion, packing
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import CHANNEL, COMPLETION, LUIS, MESSAGE, NOON, REPLY, reply


async def test_round_trip_with_trace_and_beams(storage):
    await storage.replies.save(REPLY)
    assert await storage.replies.get(REPLY.reply_id) == REPLY


async def test_a_missing_reply_is_none(storage):
    assert await storage.replies.get("0" * 32) is None
    assert await storage.replies.find_by_message(MESSAGE) is None


async def test_saving_again_replaces(storage):
    await storage.replies.save(REPLY)
    later = replace(REPLY, kind="explicar", owner_id=LUIS, guild_id=None)
    await storage.replies.save(later)
    assert await storage.replies.get(REPLY.reply_id) == later


async def test_times_come_back_in_utc(storage):
    madrid = timezone(timedelta(hours=2))
    await storage.replies.save(replace(REPLY, created_at=NOON.astimezone(madrid)))
    found = await storage.replies.get(REPLY.reply_id)
    assert found.created_at == NOON
    assert found.created_at.utcoffset() == timedelta(0)


async def test_a_naive_time_is_refused(storage):
    with pytest.raises(StorageError, match="naive"):
        await storage.replies.save(replace(REPLY, created_at=NOON.replace(tzinfo=None)))


async def test_another_persons_prompt_never_reaches_the_disk(storage):
    completion = replace(COMPLETION, prefix_text=" de ayer", control_tokens=("<|señal|>",))
    await storage.replies.save(replace(REPLY, completion=completion, is_prompt_kept=False))
    found = await storage.replies.get(REPLY.reply_id)
    assert found.request.prompt == "…"
    assert found.text_before == "… […]"
    own = (found.completion.prompt_ids, found.completion.prefix_text)
    assert (*own, found.completion.control_tokens) == ((), None, ())
    assert found.completion.attempts == COMPLETION.attempts


async def test_message_is_noted_and_found(storage):
    await storage.replies.save(reply(1, message_id=None))
    await storage.replies.save(reply(2, message_id=5))
    await storage.replies.set_message((reply(1).reply_id,), CHANNEL + 1, 77)
    found = await storage.replies.find_by_message(77)
    assert (found.reply_id, found.channel_id) == (reply(1).reply_id, CHANNEL + 1)


async def test_the_newest_reply_of_a_message_is_found(storage):
    for number in (2, 3, 1):
        await storage.replies.save(reply(number, created_at=NOON + timedelta(seconds=number)))
    assert (await storage.replies.find_by_message(MESSAGE)).reply_id == reply(3).reply_id


async def test_of_several_replies_of_one_moment_a_message_finds_the_first(storage):
    for number in (2, 1, 3):
        await storage.replies.save(reply(number))
    assert (await storage.replies.find_by_message(MESSAGE)).reply_id == reply(1).reply_id


async def test_several_are_read_in_order_noted_and_deleted_at_once(storage):
    ids = [reply(number).reply_id for number in (3, 1, 2)]
    for number in (1, 3):
        await storage.replies.save(reply(number))
    assert await storage.replies.get_all(ids) == (reply(1), reply(3))
    await storage.replies.set_message(ids, CHANNEL, 77)
    assert [found.message_id for found in await storage.replies.get_all(ids)] == [77, 77]
    await storage.replies.delete(*ids[:2])
    assert await storage.replies.get_all(ids) == ()


async def test_delete(storage):
    await storage.replies.save(REPLY)
    await storage.replies.save(reply(1))
    await storage.replies.delete(REPLY.reply_id)
    await storage.replies.delete(REPLY.reply_id)
    assert await storage.replies.get(REPLY.reply_id) is None
    assert await storage.replies.get(reply(1).reply_id) == reply(1)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\x09otro",
        b"\x01rota",
        packing.pack(COMPLETION)[:-9],
        packing.pack(COMPLETION.params),
    ],
)
async def test_an_unreadable_reply_is_gone_with_a_log_line(storage, damaged, caplog):
    await storage.replies.save(REPLY)
    async with storage._database.writing() as connection:
        await connection.execute(table.update().values(completion=damaged))
    assert await storage.replies.get(REPLY.reply_id) is None
    assert "replies.unreadable" in caplog.messages


def test_a_value_from_a_newer_version_is_refused(monkeypatch):
    monkeypatch.setattr(Completion, "schema_version", 2)
    data = packing.pack(COMPLETION)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="newer"):
        packing.unpack(Completion, data)


def test_what_unpacks_to_more_than_any_value_has_takes_no_memory(monkeypatch):
    data = packing.pack(COMPLETION)
    length = len(zlib.decompress(data[1:]))
    monkeypatch.setattr(packing, "_MOST_BYTES", length)
    assert packing.unpack(Completion, data) == COMPLETION
    monkeypatch.setattr(packing, "_MOST_BYTES", length - 1)
    with pytest.raises(ValueError, match="too long"):
        packing.unpack(Completion, data)


async def test_packing_happens_outside_the_event_loop(storage, monkeypatch):
    threads = []
    for name in ("pack", "unpack"):
        original = getattr(packing, name)
        monkeypatch.setattr(
            replies,
            name,
            lambda *args, call=original: threads.append(threading.get_ident()) or call(*args),
        )
    await storage.replies.save(REPLY)
    await storage.replies.get(REPLY.reply_id)
    assert len(threads) == 4
    assert threading.get_ident() not in threads


@sqlite_only
async def test_reading_is_one_indexed_query(storage, statements):
    await storage.replies.save(REPLY)
    statements.clear()
    await storage.replies.get(REPLY.reply_id)
    await storage.replies.find_by_message(MESSAGE)
    queries = [s for s in statements if s[0] != "BEGIN"]
    assert len(queries) == 2
    for query, parameters in queries:
        async with storage._database.reading() as connection:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
            assert plan.first().detail.startswith("SEARCH replies USING INDEX")


async def test_prune_by_age(storage):
    for days in (0, 29, 30, 31, 400):
        await storage.replies.save(reply(days, created_at=NOON - timedelta(days=days)))
    assert await storage.replies.prune(30, 500, NOON) == 2
    left = [days for days in (0, 29, 30, 31, 400) if await storage.replies.get(f"{days:032x}")]
    assert left == [0, 29, 30]


async def _save_too_many(storage):
    for number in range(30):
        saved_at = NOON - timedelta(minutes=number)
        await storage.replies.save(reply(number, ids=30_000, created_at=saved_at))


async def test_prune_by_size_takes_the_oldest(storage):
    await _save_too_many(storage)
    removed = await storage.replies.prune(30, 1, NOON)
    assert 0 < removed < 30
    kept = [await storage.replies.get(f"{number:032x}") is not None for number in range(30)]
    assert kept == [number < 30 - removed for number in range(30)]
    assert await storage.replies.prune(30, 1, NOON) == 0


async def test_the_most_that_may_be_kept_is_more_than_four_bytes_count(storage):
    await storage.replies.save(reply(1, created_at=NOON))
    assert await storage.prune(30, 1_000_000, NOON) == 0
    assert await storage.replies.get(f"{1:032x}") is not None


@sqlite_only
async def test_pruning_gives_the_space_back(storage, tmp_path, eventually):
    await _save_too_many(storage)
    # The tables of other things take a page each, however empty.
    assert await storage.size_bytes() > 1_200_000
    await storage.replies.prune(30, 1, NOON)
    await eventually(lambda: (tmp_path / "unicornio.db").stat().st_size < 1_200_000)
    await eventually(lambda: (tmp_path / "unicornio.db-wal").stat().st_size == 0)


@sqlite_only
async def test_small_replies_are_counted_with_what_their_rows_take(storage, tmp_path, eventually):
    for number in range(1200):
        await storage.replies.save(reply(number, created_at=NOON - timedelta(minutes=number)))
    assert await storage.replies.prune(30, 1, NOON) > 0
    await eventually(lambda: (tmp_path / "unicornio.db").stat().st_size <= 1_000_000)


async def test_a_reply_that_many_open_is_unpacked_once(storage, monkeypatch):
    await storage.replies.save(REPLY)
    unpacked = []

    def count(cls, data):
        unpacked.append(cls)
        return packing.unpack(cls, data)

    monkeypatch.setattr("bot.storage.replies.unpack", count)
    found = await asyncio.gather(*(storage.replies.get(REPLY.reply_id) for _ in range(12)))
    assert all(other == found[0] for other in found)
    assert len(unpacked) == 2
    storage.replies.forget()
    await storage.replies.get(REPLY.reply_id)
    assert len(unpacked) == 4

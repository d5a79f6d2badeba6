from dataclasses import replace
from datetime import timedelta

from bot.storage.batches import Outcome
from tests.bot.storage.samples import ANA, BATCH, CELLS, LUIS, NOON, OUTCOME


async def test_a_file_is_kept_row_by_row(storage):
    await storage.batches.start(BATCH, CELLS)
    assert await storage.batches.get(BATCH.batch_id) == BATCH
    rows = await storage.batches.rows(BATCH.batch_id)
    assert [(row.number, row.cells, row.outcome) for row in rows] == [
        (0, CELLS[0], None),
        (1, CELLS[1], None),
    ]
    await storage.batches.note(BATCH.batch_id, 1, OUTCOME)
    await storage.batches.note(BATCH.batch_id, 0, Outcome(error="vacía"))
    first, second = await storage.batches.rows(BATCH.batch_id)
    assert (first.outcome, second.outcome) == (Outcome(error="vacía"), OUTCOME)


async def test_only_what_has_not_ended_goes_on(storage):
    await storage.batches.start(BATCH, CELLS)
    other = replace(BATCH, batch_id="f" * 32, application_id=5)
    await storage.batches.start(other, ())
    assert await storage.batches.running(5) == (other,)
    assert await storage.batches.running() == (BATCH, other)
    await storage.batches.set_state(BATCH.batch_id, "done")
    assert await storage.batches.running(BATCH.application_id) == ()
    ended = await storage.batches.get(BATCH.batch_id)
    assert (ended.state, ended.interaction_token) == ("done", "")


async def test_it_is_a_persons_and_goes_with_them(storage):
    await storage.batches.start(BATCH, CELLS)
    await storage.batches.start(replace(BATCH, batch_id="f" * 32, owner_id=LUIS), CELLS)
    data = await storage.user_data(ANA)
    assert (data.batches, data.is_empty) == (1, False)
    assert data.size_bytes > 100
    await storage.batches.note(BATCH.batch_id, 0, OUTCOME)
    assert (await storage.user_data(ANA)).size_bytes > data.size_bytes
    assert (await storage.delete_user(ANA)).batches == 1
    assert await storage.batches.of(ANA) == ()
    assert await storage.batches.rows(BATCH.batch_id) == ()
    assert len(await storage.batches.of(LUIS)) == 1


async def test_old_ones_that_ended_are_pruned(storage):
    await storage.batches.start(BATCH, CELLS)
    late = NOON + timedelta(days=31)
    assert await storage.batches.prune(30, 10**6, late) == 0
    await storage.batches.start(replace(BATCH, batch_id="f" * 32), CELLS)
    assert await storage.batches.prune(30, 10**6, NOON + timedelta(days=61)) == 2
    await storage.batches.start(BATCH, CELLS)
    await storage.batches.set_state(BATCH.batch_id, "stopped")
    assert await storage.batches.prune(30, 10**6, NOON + timedelta(days=29)) == 0
    assert await storage.batches.prune(30, 10**6, late) == 1
    assert await storage.batches.get(BATCH.batch_id) is None
    assert await storage.batches.rows(BATCH.batch_id) == ()


async def test_half_a_character_is_kept_as_it_came(storage):
    cells = ({"texto": "El mar \ud83d", "n\udc00": 1},)
    await storage.batches.start(BATCH, cells)
    (row,) = await storage.batches.rows(BATCH.batch_id)
    assert row.cells == cells[0]


async def test_the_oldest_that_ended_go_where_they_are_too_much(storage):
    cells = ({"texto": "x" * 300_000},)
    files = [
        replace(BATCH, batch_id=letter * 32, created_at=NOON + timedelta(hours=hour))
        for hour, letter in enumerate("abcd")
    ]
    for file in files:
        await storage.batches.start(file, cells)
    assert await storage.batches.size_bytes() > 1_200_000
    assert await storage.prune(30, 1, NOON) == 0
    assert len(await storage.batches.of(ANA)) == 4
    for file in files[1:]:
        await storage.batches.set_state(file.batch_id, "done")
    await storage.prune(30, 3, NOON)
    assert [file.batch_id[0] for file in await storage.batches.of(ANA)] == ["d", "c", "b", "a"]
    await storage.prune(30, 1, NOON)
    # Half of a megabyte is one of them; what still runs is nobody's to delete.
    assert [file.batch_id[0] for file in await storage.batches.of(ANA)] == ["d", "a"]

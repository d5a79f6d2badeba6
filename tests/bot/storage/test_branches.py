import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage import open_storage
from bot.storage.branches import NOBODY, Link
from bot.storage.schema import replies as table
from engine.packing import pack
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, BRANCH, LUIS, NOON, REQUEST, reply

EVA = 1_313_131_313_131_313_131


def branch(number, parent, **changes):
    ids = {"reply_id": reply(number).reply_id, "parent_id": reply(parent).reply_id}
    return replace(BRANCH, **ids, **changes)


async def save(storage, number, parent=None, **changes):
    """Save text `number`, of that minute; with a parent, link it."""
    changes = {"created_at": NOON + timedelta(minutes=number), **changes}
    saved = reply(number, **changes)
    completion = replace(saved.completion, prefix_text=" de ayer")
    await storage.replies.save(replace(saved, completion=completion))
    if parent is not None:
        assert await storage.branches.add(branch(number, parent)) is Link.MADE


async def numbers(storage, number, viewer_id=ANA):
    nodes = await storage.branches.tree_of(reply(number).reply_id, viewer_id)
    return [int(node.reply_id, 16) for node in nodes]


async def test_the_whole_tree_is_found_from_any_of_its_texts(storage):
    for number, parent in ((1, None), (2, 1), (3, 1), (4, 3), (5, None), (6, 5)):
        await save(storage, number, parent)
    for number in (1, 2, 3, 4):
        assert await numbers(storage, number) == [1, 2, 3, 4]
    assert await numbers(storage, 6) == [5, 6]
    assert await numbers(storage, 9) == []
    top, *below = await storage.branches.tree_of(reply(4).reply_id, ANA)
    assert top.branch is None
    assert [node.branch for node in below] == [branch(2, 1), branch(3, 1), branch(4, 3)]


async def test_a_text_that_is_gone_is_not_linked(storage):
    await save(storage, 1)
    assert await storage.branches.add(branch(2, 1)) is Link.NO_BRANCH
    await save(storage, 2)
    await storage.replies.delete(reply(1).reply_id)
    assert await storage.branches.add(branch(2, 1)) is Link.NO_PARENT
    assert await numbers(storage, 2) == [2]


async def test_the_children_of_a_deleted_text_stay_by_themselves(storage):
    for number, parent in ((1, None), (2, 1), (3, 2), (4, 3)):
        await save(storage, number, parent)
    await storage.replies.delete(reply(2).reply_id)
    assert await numbers(storage, 1) == [1]
    assert await numbers(storage, 4) == [3, 4]
    assert (await storage.branches.tree_of(reply(4).reply_id, ANA))[0].branch is None
    assert await storage.replies.get(reply(3).reply_id) is not None


async def test_retention_takes_the_links_of_what_it_deletes(storage):
    await save(storage, 1, created_at=NOON - timedelta(days=31))
    await save(storage, 2, 1)
    assert await storage.prune(30, 500, NOON) == 1
    assert await numbers(storage, 2) == [2]


@sqlite_only
async def test_deleting_a_person_leaves_no_byte_of_their_branches(storage, everything, eventually):
    await save(storage, 1, owner_id=LUIS, is_private=False)
    await save(storage, 2, owner_id=ANA, is_private=False)
    await storage.branches.add(branch(2, 1, token="marca-de-agua", opening="más-marca"))
    await save(storage, 3, 2, owner_id=LUIS, is_private=False)
    assert b"marca-de-agua" in everything()
    await storage.delete_user(ANA)
    await eventually(lambda: b"marca-de-agua" not in everything())
    await eventually(lambda: "más-marca".encode() not in everything())
    assert await numbers(storage, 1, LUIS) == [1]
    assert await numbers(storage, 3, LUIS) == [3]


@sqlite_only
async def test_deleting_a_person_takes_their_words_out_of_the_branches_of_others(
    storage, everything, eventually
):
    await save(storage, 1, is_private=False)
    await save(storage, 2, 1, owner_id=LUIS)
    await save(storage, 3, 2, owner_id=EVA)
    await save(storage, 4, 3)
    await save(storage, 5, 4, owner_id=LUIS)
    await save(storage, 6, owner_id=LUIS)
    words = [pack(reply(number).request)[-48:] for number in (1, 2, 3, 4, 5)]
    assert [w for w in words if w not in everything()] == []
    before = await storage.replies.get(reply(2).reply_id)
    await storage.delete_user(ANA)
    await eventually(lambda: not any(word in everything() for word in words))
    for number in (2, 3, 5):
        kept = await storage.replies.get(reply(number).reply_id)
        assert (kept.request.prompt, kept.is_prompt_kept) == ("…", False)
        assert (kept.request.prefix_ids, kept.completion.prompt_ids) == ((), ())
        assert kept.text_before == "…"
        assert kept.completion.attempts == before.completion.attempts
    listed = [text.text_before async for text in storage.texts_of(LUIS, 9)]
    assert listed == [f"{REQUEST.prompt} de ayer", "…", "…"]
    assert await numbers(storage, 2, LUIS) == [2]
    assert await numbers(storage, 3, EVA) == [3]


async def test_a_branch_that_cannot_be_read_goes_with_the_words_in_it(storage):
    await save(storage, 1, is_private=False)
    await save(storage, 2, 1, owner_id=LUIS)
    async with storage._database.writing() as connection:
        broken = table.update().where(table.c.reply_id == reply(2).reply_id)
        await connection.execute(broken.values(completion=b"x"))
    await storage.delete_user(ANA)
    assert (await storage.user_data(LUIS)).replies == 0


async def test_saving_a_text_again_keeps_its_links(storage):
    for number, parent in ((1, None), (2, 1), (3, 2)):
        await save(storage, number, parent)
    await save(storage, 2, message_id=77)
    assert await numbers(storage, 2) == [1, 2, 3]


async def test_a_text_that_is_shown_in_a_channel_is_seen_by_all(storage):
    await save(storage, 1)
    assert (await storage.replies.get(reply(1).reply_id)).is_private
    await save(storage, 2, 1, owner_id=LUIS)
    assert await numbers(storage, 2, LUIS) == [2]
    await storage.replies.set_public(reply(1).reply_id)
    assert not (await storage.replies.get(reply(1).reply_id)).is_private
    assert await numbers(storage, 2, LUIS) == [1, 2]


async def test_many_branch_from_one_text_at_once(storage):
    await save(storage, 0)
    for number in range(1, 31):
        await save(storage, number)
    added = await asyncio.gather(*(storage.branches.add(branch(n, 0)) for n in range(1, 31)))
    assert set(added) == {Link.MADE}
    assert await numbers(storage, 30) == list(range(31))


@sqlite_only
async def test_a_tree_is_read_by_indexes(storage, statements):
    for number, parent in ((1, None), (2, 1)):
        await save(storage, number, parent)
    statements.clear()
    await storage.branches.tree_of(reply(2).reply_id, ANA)
    (query,) = [s for s in statements if s[0] != "BEGIN"]
    async with storage._database.reading() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query[0]}", query[1])
        scanned = [row.detail for row in plan if row.detail.startswith("SCAN")]
    assert all(detail.split()[1] in {"up", "down"} for detail in scanned), scanned


@st.composite
def forests(draw):
    """Return texts as (parent, owner, is_private), each parent before its children."""
    count = draw(st.integers(1, 9))
    parents = [draw(st.none() | st.integers(0, i - 1)) if i else None for i in range(count)]
    return [(p, draw(st.sampled_from([ANA, LUIS])), draw(st.booleans())) for p in parents]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forest=forests(), data=st.data())
def test_nobody_sees_the_private_texts_of_others(tmp_path_factory, forest, data):
    number = data.draw(st.integers(0, len(forest) - 1))
    viewer = data.draw(st.sampled_from([ANA, LUIS, NOBODY]))

    def is_seen(i):
        return i == number or not forest[i][2] or forest[i][1] == viewer

    def hangs_on(i, top):
        while i != top:
            if i is None or not is_seen(i):
                return False
            i = forest[i][0]
        return is_seen(top)

    top = number
    while forest[top][0] is not None and is_seen(forest[top][0]):
        top = forest[top][0]

    async def found():
        async with open_storage(None, tmp_path_factory.mktemp("bosque")) as storage:
            for i, (parent, owner_id, is_private) in enumerate(forest):
                await save(storage, i, parent, owner_id=owner_id, is_private=is_private)
            return await numbers(storage, number, viewer)

    assert asyncio.run(found()) == [i for i in range(len(forest)) if hangs_on(i, top)]

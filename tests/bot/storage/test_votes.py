import asyncio
import random
from collections import Counter

from bot.storage import open_storage
from bot.storage.records import PersonalVote
from bot.storage.votes import Ballot
from tests.bot.storage.databases import sqlite_only
from tests.bot.storage.samples import ANA, CHANNEL, GUILD, LUIS, MESSAGE, reply


async def save(storage, number=1, **changes):
    saved = reply(number, **changes)
    await storage.replies.save(saved)
    return saved.reply_id


async def test_a_person_has_one_vote_which_moves_and_is_taken_back(storage):
    text = await save(storage)
    assert await storage.votes.count(text) == {}
    assert await storage.votes.cast(text, ANA, 2) is Ballot.CAST
    assert await storage.votes.cast(text, LUIS, 2) is Ballot.CAST
    assert await storage.votes.count(text) == {2: 2}
    assert await storage.votes.cast(text, ANA, 0) is Ballot.CAST
    assert await storage.votes.count(text) == {0: 1, 2: 1}
    assert await storage.votes.cast(text, ANA, 0) is Ballot.TAKEN_BACK
    assert await storage.votes.count(text) == {2: 1}


async def test_votes_belong_to_one_text(storage):
    first, second = await save(storage, 1), await save(storage, 2)
    await storage.votes.cast(first, ANA, 1)
    await storage.votes.cast(second, ANA, 3)
    assert await storage.votes.count(first) == {1: 1}
    assert await storage.votes.count(second) == {3: 1}


async def test_a_text_that_is_gone_takes_no_vote_and_has_none_left(storage):
    assert await storage.votes.cast("0" * 32, ANA, 0) is Ballot.NO_REPLY
    text = await save(storage)
    await storage.votes.cast(text, ANA, 0)
    await storage.replies.delete(text)
    assert await storage.votes.cast(text, ANA, 1) is Ballot.NO_REPLY
    assert (await storage.user_data(ANA)).is_empty
    await save(storage)
    assert await storage.votes.count(text) == {}


async def test_saving_a_text_again_keeps_its_votes(storage):
    text = await save(storage)
    await storage.votes.cast(text, ANA, 0)
    await save(storage, message_id=77)
    assert await storage.votes.count(text) == {0: 1}


async def test_many_vote_at_once_and_none_is_lost(storage):
    text = await save(storage)
    chosen = {voter: random.Random(voter).randrange(10) for voter in range(1, 101)}
    await asyncio.gather(*(storage.votes.cast(text, v, (a + 1) % 10) for v, a in chosen.items()))
    await asyncio.gather(*(storage.votes.cast(text, v, a) for v, a in chosen.items()))
    assert await storage.votes.count(text) == Counter(chosen.values())


async def test_one_person_who_presses_many_times_at_once_has_one_vote_or_none(storage):
    text = await save(storage)
    ballots = await asyncio.gather(*(storage.votes.cast(text, ANA, 4) for _ in range(9)))
    assert Counter(ballots) == {Ballot.CAST: 5, Ballot.TAKEN_BACK: 4}
    assert await storage.votes.count(text) == {4: 1}


async def test_votes_outlive_the_process(tmp_path):
    async with open_storage(None, tmp_path) as storage:
        text = await save(storage)
        await storage.votes.cast(text, ANA, 3)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.votes.count(text) == {3: 1}


async def test_votes_are_among_what_is_stored_about_a_person(storage):
    text = await save(storage, owner_id=LUIS, message_id=MESSAGE)
    await storage.votes.cast(text, ANA, 3)
    data = await storage.user_data(ANA)
    assert (data.votes, data.replies, data.is_empty) == (1, 0, False)
    assert data.size_bytes == 125
    assert await storage.votes_of(ANA, 9) == (
        PersonalVote(guild_id=GUILD, channel_id=CHANNEL, message_id=MESSAGE, attempt=3),
    )
    assert await storage.votes_of(LUIS, 9) == ()


@sqlite_only
async def test_deleting_a_person_leaves_no_byte_of_their_votes(storage, everything, eventually):
    voter = 2**60 + 12345
    text = await save(storage, owner_id=LUIS)
    await storage.votes.cast(text, voter, 3)
    await storage.votes.cast(text, LUIS, 3)
    trace = voter.to_bytes(8, "big")
    assert trace in everything()
    assert (await storage.delete_user(voter)).votes == 1
    assert await storage.votes.count(text) == {3: 1}
    await eventually(lambda: trace not in everything())


async def test_the_try_that_is_kept_is_noted_and_forgotten(storage):
    text = await save(storage)
    assert (await storage.replies.get(text)).kept is None
    await storage.replies.keep(text, 3)
    assert (await storage.replies.get(text)).kept == 3
    await storage.replies.keep(text, None)
    assert (await storage.replies.get(text)).kept is None


@sqlite_only
async def test_votes_are_read_by_indexes(storage, statements):
    text = await save(storage)
    await storage.votes.cast(text, ANA, 0)
    statements.clear()
    await storage.votes.count(text)
    await storage.votes_of(ANA, 9)
    async with storage._database.reading() as connection:
        for query, parameters in [s for s in statements if s[0] != "BEGIN"]:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
            assert not [row.detail for row in plan if row.detail.startswith("SCAN")]

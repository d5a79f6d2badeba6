"""Games in the database: one a channel, moved on once, and votes that count once or not at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage import open_storage
from bot.storage.game_records import Hand
from bot.storage.guesses import Cast
from tests.bot.storage.samples import (
    ANA,
    COMPLETION,
    FIRST_ROUND,
    GAME,
    GUESS,
    HAND,
    LUIS,
    NOON,
    TYPED,
)
from tests.bot.traces import everything_stored

ID = GAME.game_id


async def opened(storage, deadline=None, game=GAME):
    first = replace(FIRST_ROUND, game_id=game.game_id)
    assert await storage.games.start(game, first)
    assert await storage.games.open_round(game.game_id, 1, HAND, COMPLETION, deadline)


async def test_a_game_is_read_as_it_was_written(storage):
    await opened(storage, NOON)
    assert await storage.games.get(ID) == GAME
    expected = replace(FIRST_ROUND, state="open", version=1, hand=HAND, deadline=NOON)
    assert await storage.games.round(ID, 1) == expected
    assert await storage.games.trace(ID, 1) == COMPLETION
    assert Hand.from_json(HAND.to_json()) == HAND


async def test_a_channel_has_one_game_until_it_ends(storage):
    await opened(storage)
    other = replace(GAME, game_id="e" * 32)
    assert not await storage.games.start(other, replace(FIRST_ROUND, game_id="e" * 32))
    assert await storage.games.get("e" * 32) is None
    assert [await storage.games.end(ID), await storage.games.end(ID)] == [True, False]
    assert await storage.games.open_in(GAME.channel_id) is None
    await opened(storage, game=other)


async def test_each_move_is_made_once(storage):
    second = replace(FIRST_ROUND, number=2, reply_id="8" * 32)
    await opened(storage)
    assert not await storage.games.open_round(ID, 1, HAND, COMPLETION, None)
    assert not await storage.games.add_round(second)
    moves = await asyncio.gather(*(storage.games.reveal(ID, 1) for _ in range(5)))
    assert sorted(moves) == [False, False, False, False, True]
    added = await asyncio.gather(*(storage.games.add_round(second) for _ in range(5)))
    assert sorted(added) == [False, False, False, False, True]
    assert not await storage.games.add_round(replace(second, number=4))
    assert (await storage.games.round(ID, 1)).version == 2


async def test_a_round_without_a_message_is_forgotten_and_one_that_people_see_is_not(storage):
    second = replace(FIRST_ROUND, number=2, reply_id="8" * 32, message_id=None)
    await opened(storage)
    await storage.games.reveal(ID, 1)
    for message_id in (None, 99):
        assert await storage.games.add_round(second)
        assert await storage.games.open_round(ID, 2, HAND, COMPLETION, None)
        if message_id is not None:
            await storage.games.set_message(ID, 2, message_id)
        await storage.games.drop_round(ID, 2)
        assert (await storage.games.round(ID, 2) is None) is (message_id is None)


async def test_a_game_that_ended_opens_no_round(storage):
    await storage.games.start(GAME, FIRST_ROUND)
    await storage.games.end(ID)
    assert not await storage.games.open_round(ID, 1, HAND, COMPLETION, None)
    assert not await storage.games.add_round(replace(FIRST_ROUND, number=2))


async def test_no_more_rounds_than_were_asked_for(storage):
    await opened(storage, game=replace(GAME, rounds=1))
    await storage.games.reveal(ID, 1)
    assert not await storage.games.add_round(replace(FIRST_ROUND, number=2))


async def test_a_trace_goes_once_its_round_is_shown(storage):
    await opened(storage)
    await storage.games.note_shown(ID, 1)
    assert await storage.games.trace(ID, 1) == COMPLETION
    await storage.games.reveal(ID, 1)
    await storage.games.note_shown(ID, 1)
    assert await storage.games.trace(ID, 1) is None
    assert (await storage.games.round(ID, 1)).state == "shown"


async def test_what_is_left_is_found_again_by_its_own_bot(storage):
    await opened(storage)
    assert [one.number for _, one in await storage.games.unsettled(GAME.application_id)] == [1]
    assert await storage.games.unsettled(5) == ()
    await storage.games.reveal(ID, 1)
    await storage.games.end(ID)
    assert len(await storage.games.unsettled(GAME.application_id)) == 1
    await storage.games.note_shown(ID, 1)
    assert await storage.games.unsettled(GAME.application_id) == ()


async def test_a_vote_is_changed_and_counts_once(storage):
    await opened(storage)
    for guess in (GUESS, replace(GUESS, choice=0, word="mar", ids=(3,)), TYPED):
        assert await storage.guesses.cast(ID, guess, NOON) is Cast.COUNTED
    assert await storage.guesses.count(ID, 1) == 2
    assert sorted(one.word for one in await storage.guesses.of(ID)) == sorted(["mar", TYPED.word])
    assert await storage.guesses.weighed(ID, 1, TYPED.word) == TYPED
    assert await storage.guesses.weighed(ID, 1, "mar") is None


@pytest.mark.parametrize("end", ["deadline", "reveal", "preparing", "other"])
async def test_a_vote_outside_its_round_does_not_count(storage, end):
    if end == "preparing":
        await storage.games.start(GAME, FIRST_ROUND)
    else:
        await opened(storage, NOON if end == "deadline" else None)
    if end == "reveal":
        await storage.games.reveal(ID, 1)
    guess = replace(GUESS, number=2) if end == "other" else GUESS
    assert await storage.guesses.cast(ID, guess, NOON) is Cast.TOO_LATE
    assert await storage.guesses.of(ID) == ()


ACTS = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 4), st.integers(0, 1)),
        st.just("reveal"),
        st.just("restart"),
    ),
    max_size=12,
)


@given(ACTS)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_the_votes_are_the_last_ones_before_the_end(tmp_path_factory, acts):
    """Compare with a dict: one vote a person, the last one while the round was open."""
    folder = tmp_path_factory.mktemp("juego")
    expected, is_open = {}, True
    runs, current = [], []
    for act in acts:
        if act == "restart":
            runs.append(current)
            current = []
        else:
            current.append(act)
    for number, run in enumerate([*runs, current]):
        async with open_storage(None, folder) as storage:
            if not number:
                await opened(storage)
            for act in run:
                if act == "reveal":
                    assert await storage.games.reveal(ID, 1) is is_open
                    is_open = False
                    continue
                voter, choice = act
                cast = await storage.guesses.cast(
                    ID, replace(GUESS, voter_id=voter, choice=choice), NOON
                )
                assert (cast is Cast.COUNTED) is is_open
                if is_open:
                    expected[voter] = choice
            found = await storage.guesses.of(ID)
            assert {guess.voter_id: guess.choice for guess in found} == expected
            assert await storage.guesses.count(ID, 1) == len(expected)


async def test_votes_at_once_with_the_end_are_all_before_it_or_lost_loudly(storage):
    await opened(storage)
    votes = [
        storage.guesses.cast(ID, replace(GUESS, voter_id=voter), NOON) for voter in range(1, 51)
    ]
    casts = await asyncio.gather(*votes[:25], storage.games.reveal(ID, 1), *votes[25:])
    counted = [cast for cast in casts if cast is Cast.COUNTED]
    assert len(await storage.guesses.of(ID)) == len(counted)


async def test_what_a_person_voted_and_began_is_counted_and_deleted(storage, tmp_path):
    await opened(storage)
    await storage.guesses.cast(ID, GUESS, NOON)
    await storage.guesses.cast(ID, TYPED, NOON)
    ana, luis = await storage.user_data(ANA), await storage.user_data(LUIS)
    assert (ana.games, ana.guesses, luis.games, luis.guesses) == (1, 1, 0, 1)
    (seen,) = await storage.games_of(LUIS, 5)
    assert (seen.is_host, seen.text, seen.guesses) == (False, "", (TYPED,))
    (own,) = await storage.games_of(ANA, 5)
    assert (own.is_host, own.text, own.guesses) == (True, GAME.request.prompt, (GUESS,))
    await storage.delete_user(LUIS)
    assert await storage.guesses.of(ID) == (GUESS,)
    await storage.delete_user(ANA)
    assert await storage.games.get(ID) is None
    assert await storage.games.rounds(ID) == ()
    assert (await storage.user_data(ANA)).is_empty


async def test_nothing_of_a_deleted_game_stays_in_the_file(tmp_path):
    secret = "xilofonista"
    async with open_storage(None, tmp_path) as storage:
        await opened(storage)
        await storage.guesses.cast(ID, replace(TYPED, word=secret), NOON)
        assert secret in everything_stored(tmp_path)
        await storage.games.delete(ID)
    async with open_storage(None, tmp_path) as storage:
        for _ in range(200):
            if secret not in everything_stored(tmp_path):
                break
            await asyncio.sleep(0.02)
    assert secret not in everything_stored(tmp_path)


async def test_old_and_too_large_games_are_deleted_unless_they_go_on(storage):
    await opened(storage)
    day = timedelta(days=1)
    assert await storage.games.prune(30, 0, NOON + 31 * day) == 0
    await storage.games.end(ID)
    assert await storage.games.prune(30, 10**6, NOON + 29 * day) == 0
    size = await storage.games.size_bytes()
    assert size > 500
    assert await storage.games.prune(30, size, NOON) == 0
    assert await storage.games.prune(30, size - 1, NOON) == 1
    await opened(storage)
    assert await storage.games.prune(30, 10**6, NOON + 61 * day) == 1

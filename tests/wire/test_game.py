"""A game over the wire: fifty people vote at once, and no end of a process costs or doubles one."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from tests.wire.asking import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST, CLASS = 1, range(1, 51)
LETTERS = "ABCDE"
GAP_S = 1.5
_CLOCK_S = 0.005
"""What the record's clock may be off."""


def is_dealt(result: Any) -> bool:
    return "¿Qué palabra sigue?" in result.text


def is_revealed(result: Any) -> bool:
    return "Salió «" in result.text


def stored(data_dir: Any, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data_dir / "unicornio.db")) as connection, connection:
        return connection.execute(query, values).fetchall()


def votes_of(data_dir: Any, message: Any, number: int = 1) -> dict[int, int]:
    """Read who voted for what in the game of a message."""
    query = "SELECT voter_id, choice FROM guesses WHERE game_id = ? AND number = ?"
    return dict(stored(data_dir, query, game_id(message), number))


def game_id(message: Any) -> str:
    ids = (item.get("custom_id", "") for item in message.message.walk())
    return next(found.split(":")[2] for found in ids if found.startswith("u:adivina-"))


async def vote(d: Any, message: Any, choices: dict[int, str]) -> list[Any]:
    """Let people vote at once: user → letter."""
    return await asyncio.gather(
        *(
            d.click(message, label=letter, user=user, quiet=SOON_S)
            for user, letter in choices.items()
        )
    )


def ids(d: Any, choices: dict[int, str]) -> dict[int, int]:
    return {int(d.user(user)["id"]): LETTERS.index(letter) for user, letter in choices.items()}


async def shows(message: Any, text: str) -> bool:
    for _ in range(150):
        if text in message.text:
            return True
        await asyncio.sleep(0.1)
    return False


def gaps(d: Any, message: Any) -> list[float]:
    """Return the seconds between the edits of a message, by whatever token or route they came."""
    message_id = str(message.message.id)
    times = [
        one.t
        for one in d.requests
        if one.method == "PATCH"
        and one.status == 200
        and (one.path.endswith(f"/messages/{message_id}") or one.result is message)
    ]
    assert len(times) > 2, [repr(one) for one in d.requests[-20:]]
    return [later - earlier for earlier, later in pairwise(times)]


async def test_fifty_people_vote_at_once_and_a_crash_before_the_end_costs_and_doubles_nothing(
    wire, start_bot, data_dir, problems
):
    d = wire
    await start_bot()
    asked = {"texto": "Toda la vida es", "rondas": 2}
    game = await d.slash("adivina", asked, user=HOST, until=is_dealt)
    assert is_dealt(game), game.text
    unvoted = game.text
    first = {user: LETTERS[user % 5] for user in CLASS}
    answers = await vote(d, game, first)
    for answer, letter in zip(answers, first.values(), strict=True):
        assert answer.ephemeral
        assert f"Has votado **{letter}**" in answer.text
    assert await shows(game, "**50** votos"), game.text
    assert votes_of(data_dir, game) == ids(d, first)
    # The count is all that the message has learnt.
    assert game.text.replace("**50** votos", "Sin votos todavía") == unvoted
    changed = {user: LETTERS[(user + user // 7) % 5] for user in CLASS}
    # The process dies while the last of them are on their way.
    half = dict(list(changed.items())[:25])
    await vote(d, game, half)
    known = votes_of(data_dir, game)
    assert known == {**ids(d, first), **ids(d, half)}
    await d.stop_bot(signal.SIGKILL)
    assert votes_of(data_dir, game) == known
    await start_bot()
    await vote(d, game, changed)
    assert votes_of(data_dir, game) == ids(d, changed)
    assert min(gaps(d, game)) >= GAP_S - _CLOCK_S, gaps(d, game)
    await d.click(game, label="Ver ya", user=HOST)
    assert await shows(game, "Salió «"), game.text
    assert re.search(r"de 50( \(\+2\))?\b", game.text), game.text
    assert game.text.count("(+2)") <= 1
    assert min(gaps(d, game)) >= GAP_S - _CLOCK_S, gaps(d, game)
    assert await problems() == []
    await d.click(game, label="Siguiente palabra", user=HOST, until=lambda _: len(d.messages) > 1)
    query = "SELECT number, state FROM game_rounds WHERE game_id = ? ORDER BY number"
    for _ in range(100):
        rounds = stored(data_dir, query, game_id(game))
        if rounds[-1] == (2, "open"):
            break
        await asyncio.sleep(0.1)
    assert rounds == [(1, "shown"), (2, "open")]
    for _ in range(100):
        if dealt := [m for m in d.messages.values() if not m.ephemeral and is_dealt(m)]:
            break
        await asyncio.sleep(0.1)
    await vote(d, dealt[-1], first)
    assert votes_of(data_dir, game, 2) == ids(d, first)
    await d.click(dealt[-1], label="Ver ya", user=HOST)
    assert await shows(dealt[-1], "Clasificación"), dealt[-1].text
    assert "y 40 más" in dealt[-1].text
    own = await d.click(dealt[-1], label="Mi puesto", user=3)
    assert own.ephemeral
    assert "de 50**" in own.text
    assert await problems() == []


async def test_a_countdown_that_ended_while_nobody_watched_is_seen_at_the_next_start(
    wire, start_bot, data_dir, problems
):
    d = wire
    asked = {"texto": "Caminante, no hay", "rondas": 1, "segundos": 120}
    game = await d.slash("adivina", asked, user=HOST, channel=1, until=is_dealt)
    assert is_dealt(game), game.text
    choices = {user: LETTERS[user % 5] for user in range(1, 11)}
    await vote(d, game, choices)
    await d.stop_bot(signal.SIGKILL)
    assert not is_revealed(game)
    past = "UPDATE game_rounds SET deadline = '2026-01-01 00:00:00.000000' WHERE game_id = ?"
    stored(data_dir, past, game_id(game))
    await start_bot()
    assert await shows(game, "Salió «"), game.text
    assert "de 10" in game.text
    assert "Clasificación" in game.text
    assert votes_of(data_dir, game) == ids(d, choices)
    late = await d.click(game, label="Mi puesto", user=3)
    assert "de 10**" in late.text
    assert await problems() == []

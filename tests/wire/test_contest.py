"""Ten tries over the wire: a whole class votes at once, and nothing is lost."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.asking import SOON_S, custom_id

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWNER, CLASS = 1, range(1, 51)


def tally(result: Any) -> dict[int, int]:
    """Read the votes off the cards."""
    found = re.findall(r"^\*\*(\d+) · (\d+) votos?\.\*\* ", result.text, re.MULTILINE)
    return {int(number): int(votes) for number, votes in found}


def is_contest(result: Any) -> bool:
    return "**10.** " in result.text and "Inventado por" in result.text


async def vote(d: Any, message: Any, choices: dict[int, int]) -> list[Any]:
    """Let people vote at once: user → number."""
    return await asyncio.gather(
        *(
            d.click(message, label=str(number), user=user, quiet=SOON_S)
            for user, number in choices.items()
        )
    )


async def shows(message: Any, votes: dict[int, int]) -> bool:
    """Wait until the cards have these votes."""
    return await comes(lambda: tally(message) == votes)


async def comes(is_so: Callable[[], bool]) -> bool:
    for _ in range(600):
        if is_so():
            return True
        await asyncio.sleep(0.1)
    return False


def counted(choices: dict[int, int]) -> dict[int, int]:
    numbers = list(choices.values())
    return {number: numbers.count(number) for number in set(numbers)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contest(wire: Any, start_bot: Any) -> Any:
    """Ten tries of user 1."""
    await start_bot()
    asked = {"texto": "La vida es", "tokens": 5, "intentos": 10, "estrategia": "sample"}
    return await wire.slash("continuar", asked, user=OWNER, until=is_contest)


async def test_fifty_people_vote_at_once_and_all_change_their_minds(wire, contest, problems):
    choices = {user: user % 10 + 1 for user in CLASS}
    before = len(contest.edits)
    clicks = await vote(wire, contest, choices)
    assert max(click.latency_ack for click in clicks) < 3, wire.report(clicks)
    assert await shows(contest, counted(choices)), contest.text
    assert "Empatan" in contest.text
    changed = {user: 3 if user % 2 else 8 for user in CLASS}
    await vote(wire, contest, changed)
    assert await shows(contest, counted(changed)), contest.text
    # Few of the hundred votes have an edit of their own, however long they take.
    assert len(contest.edits) - before < len(CLASS)
    assert await problems() == []


async def test_votes_outlive_a_crash_and_are_taken_back(wire, contest, start_bot, problems):
    before = tally(contest)
    await wire.stop_bot(signal.SIGKILL)
    await start_bot()
    await wire.click(contest, label="3", user=1, quiet=SOON_S)
    assert await shows(contest, {**before, 3: before[3] - 1}), contest.text
    assert f"Gana el 8 con {before[8]} votos" in contest.text
    assert await problems() == []


async def test_a_try_that_is_kept_stays_while_people_vote(wire, contest, problems):
    keep = custom_id(contest, "quedarme")
    clicks, _ = await asyncio.gather(
        vote(wire, contest, dict.fromkeys(CLASS, 5)),
        wire.select(contest, "4", custom_id=keep, user=OWNER),
    )
    assert await comes(lambda: "**10.** " not in contest.text), contest.text
    assert all(click.latency_ack < 3 for click in clicks)
    # No vote that is told later brings the others back.
    assert await problems() == []
    assert "**10.** " not in contest.text
    assert contest.text.startswith("**La vida es**")

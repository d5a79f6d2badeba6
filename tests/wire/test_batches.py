"""A file of prompts on the wire: it outlives its process, and calls whoever sent it."""

from __future__ import annotations

import csv
import io
import re
import signal
import sys

import pytest

from tests.wire.asking import is_written, written
from tests.wire.conftest import WIRE_DIR

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = 24
NAME = "frases.csv"
TEXT = "n,texto\n" + "".join(f"{n},La vida {n}\n" for n in range(1, ROWS)) + "24,\n"


async def ask(d, **options):
    sys.path.insert(0, WIRE_DIR)
    try:
        from fakediscord import FileOption
    finally:
        sys.path.remove(WIRE_DIR)
    file = FileOption(NAME, TEXT.encode(), "text/csv")
    given = {"archivo": file, "semilla": 5, "tokens": 30, **options}
    return await d.slash("lote", given, user=1, until=lambda r: is_under_way(r, 1))


def is_under_way(result, least: int) -> bool:
    found = re.search(rf"(\d+) de {ROWS}", result.text)
    return found is not None and int(found[1]) >= least


def calls(d):
    """Return the messages that say an end, newest last."""
    return [m for m in d.messages.values() if "tu lote «frases.csv»" in m.text]


def unexpected(problems):
    """Leave out what is wanted here alone: that somebody is called.

    discord.py names whom by numbers, where the specification has text; Discord takes both.
    """
    known = ("notifies somebody", "allowed_mentions.users.0: ")
    return [text for text in problems if not any(part in text for part in known)]


async def ended(d, result, count: int):
    await d.wait(result, until=lambda _: len(calls(d)) == count, timeout=120)
    return calls(d)[-1]


def rows_of(message):
    (data,) = message.files.values()
    return [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


async def test_a_crash_costs_no_row_and_whoever_sent_it_is_called(wire, start_bot, problems):
    d = wire
    await start_bot()
    whole = await ended(d, await ask(d), 1)
    expected = rows_of(whole)
    assert [row["n"] for row in expected] == [str(n) for n in range(1, ROWS + 1)]
    assert [bool(row["error"]) for row in expected] == [False] * (ROWS - 1) + [True]
    cut_off = await ask(d)
    await d.wait(cut_off, until=lambda r: is_under_way(r, 2), timeout=60)
    await d.stop_bot(signal.SIGKILL)
    assert len(calls(d)) == 1
    await start_bot()
    call = await ended(d, cut_off, 2)
    assert rows_of(call) == expected
    everyone, users, roles = call.pings
    assert (everyone, [*users], [*roles]) == (False, [d.user(1)["id"]], [])
    assert f"Acabado: {ROWS} de {ROWS}" in cut_off.text
    assert unexpected(await problems()) == []


async def test_behind_its_tokens_life_the_end_comes_in_the_channel(wire, problems):
    d = wire
    before = len(calls(d))
    slow = await ask(d, tokens=60)
    d.expire(slow)
    call = await ended(d, slow, before + 1)
    assert call not in slow.messages
    assert [*call.pings[1]] == [d.user(1)["id"]]
    assert len(rows_of(call)) == ROWS
    assert unexpected(await problems(50027)) == []


async def test_somebody_who_asks_meanwhile_does_not_wait_for_it(wire, problems):
    d = wire
    before = len(calls(d))
    file = await ask(d, tokens=200)
    answer = await written(d, user=2)
    assert is_written(answer)
    assert len(calls(d)) == before
    assert "En la cola" not in "".join(text for _, text in answer.edits)
    await d.click(file, label="Detener")
    call = await ended(d, file, before + 1)
    assert "está detenido" in call.text
    assert unexpected(await problems()) == []


async def test_a_wanted_end_says_nothing_and_the_next_start_goes_on(wire, start_bot, problems):
    d = wire
    before = len(calls(d))
    # Long enough not to be at its end already.
    file = await ask(d, tokens=120)
    code, _ = await d.stop_bot(signal.SIGTERM)
    assert code == 0
    assert len(calls(d)) == before
    await start_bot()
    call = await ended(d, file, before + 1)
    assert len(rows_of(call)) == ROWS
    assert "ha acabado" in call.text
    assert unexpected(await problems()) == []

"""A file of prompts on the wire: it outlives its process, and calls whoever sent it.

How quick the machine is decides nothing: what must happen while a file is under way happens while
the test keeps the bot from storing rows, so that no file can end meanwhile.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import signal
import sys

import pytest

from engine.models.catalogue import EMBEDDED
from tests.wire.asking import have_bot, is_written, written
from tests.wire.conftest import WIRE_DIR
from tests.wire.holding import held, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = 12
NAME = "frases.csv"
_STORED = (
    "SELECT count(outcome) FROM batch_rows JOIN batches USING (batch_id) WHERE state='running'"
)


def file_of(rows: int) -> str:
    """Return a file; its last prompt is empty."""
    return "n,texto\n" + "".join(f"{n},La vida {n}\n" for n in range(1, rows)) + f"{rows},\n"


async def ask(d, rows=ROWS, **options):
    """Send a file; return when its message stands."""
    sys.path.insert(0, WIRE_DIR)
    try:
        from fakediscord import FileOption
    finally:
        sys.path.remove(WIRE_DIR)
    file = FileOption(NAME, file_of(rows).encode(), "text/csv")
    given = {"archivo": file, "semilla": 5, "tokens": 30, **options}
    return await d.slash("lote", given, user=1, until=is_shown)


def is_shown(result) -> bool:
    return re.search(r"\d+ de \d+", result.text) is not None


SURE = {"MODELS": EMBEDDED.name}
"""This model is sure of its words: what rows stand beside a row changes none of them."""


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
    """Wait for an end, restarts included; return its call."""
    await d.wait(result, until=lambda _: len(calls(d)) >= count, timeout=240)
    assert len(calls(d)) == count
    return calls(d)[-1]


def rows_of(message):
    (data,) = message.files.values()
    return [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


async def test_a_crash_costs_no_row_and_whoever_sent_it_is_called(
    wire, start_bot, data_dir, problems
):
    d = wire
    await start_bot(**SURE)
    whole = await ended(d, await ask(d), 1)
    expected = rows_of(whole)
    assert [row["n"] for row in expected] == [str(n) for n in range(1, ROWS + 1)]
    assert [bool(row["error"]) for row in expected] == [False] * (ROWS - 1) + [True]
    cut_off = await ask(d)
    await stored(d, data_dir, _STORED)
    with held(data_dir, _STORED) as rows:
        await d.stop_bot(signal.SIGKILL)
    assert 0 < rows < ROWS
    assert len(calls(d)) == 1
    await start_bot(**SURE)
    call = await ended(d, cut_off, 2)
    assert rows_of(call) == expected
    everyone, users, roles = call.pings
    assert (everyone, [*users], [*roles]) == (False, [d.user(1)["id"]], [])
    assert f"Acabado: {ROWS} de {ROWS}" in cut_off.text
    assert unexpected(await problems()) == []


async def test_behind_its_tokens_life_the_end_comes_in_the_channel(
    wire, start_bot, data_dir, problems
):
    d = wire
    await have_bot(d, start_bot, **SURE)
    before = len(calls(d))
    slow = await ask(d, tokens=40)
    with held(data_dir, _STORED) as rows:
        d.expire(slow)
    assert rows < ROWS
    call = await ended(d, slow, before + 1)
    assert call not in slow.messages
    assert [*call.pings[1]] == [d.user(1)["id"]]
    assert len(rows_of(call)) == ROWS
    assert unexpected(await problems(50027)) == []


async def test_somebody_who_asks_meanwhile_does_not_wait_for_it(wire, start_bot, problems):
    d = wire
    await have_bot(d, start_bot, **SURE)
    before = len(calls(d))
    # Minutes of work on any machine, all but the first seconds of it never done.
    file = await ask(d, rows=500, tokens=100)
    answer = await written(d, user=2)
    assert is_written(answer)
    assert len(calls(d)) == before
    assert "En la cola" not in "".join(text for _, text in answer.edits)
    await d.click(file, label="Detener")
    call = await ended(d, file, before + 1)
    assert "está detenido" in call.text
    assert unexpected(await problems()) == []


async def test_a_wanted_end_says_nothing_and_the_next_start_goes_on(
    wire, start_bot, data_dir, problems
):
    d = wire
    await have_bot(d, start_bot, **SURE)
    before = len(calls(d))
    file = await ask(d, tokens=40)
    since = len(d.bot_log())
    with held(data_dir, _STORED) as rows:
        end = asyncio.create_task(d.stop_bot(signal.SIGTERM))
        while "Parando" not in d.bot_log()[since:]:
            assert not end.done()
            await asyncio.sleep(0.02)
    code, _ = await end
    assert rows < ROWS
    assert code == 0
    assert len(calls(d)) == before
    await start_bot(**SURE)
    call = await ended(d, file, before + 1)
    assert len(rows_of(call)) == ROWS
    assert "ha acabado" in call.text
    assert unexpected(await problems()) == []

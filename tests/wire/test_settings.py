"""Two people who change the settings of one server at the same time, and a database in use."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.asking import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAIRS = 17


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def bot(wire: Any, start_bot: Any) -> None:
    await start_bot()


async def opened_form(d: Any, user: int) -> Any:
    panel = await d.slash("ajustes cambiar", {"ambito": "guild"}, user=user, quiet=SOON_S)
    form = await d.select(panel, "sampling", custom_id="u:ajustes-grupo:guild", quiet=SOON_S)
    # Nobody types so fast that discord.py has not heard yet that the form is open.
    await asyncio.sleep(SOON_S)
    return form


def news(result: Any) -> str:
    """Return what a panel says after a form was sent from it."""
    return str(result.source.text)


async def test_what_two_people_save_at_once_is_all_kept(wire, problems):
    for number in range(1, PAIRS + 1):
        forms = await asyncio.gather(*(opened_form(wire, user) for user in (1, 2)))
        temperature, top_k = f"1,{number:02}", str(100 + number)
        saved = await asyncio.gather(
            wire.submit_modal(forms[0], {"temperature": temperature}, quiet=SOON_S),
            wire.submit_modal(forms[1], {"top_k": top_k}, quiet=SOON_S),
        )
        assert ["✓ Guardado" in news(r) for r in saved] == [True, True], [r.text for r in saved]
        shown = await wire.slash("ajustes ver", {"ambito": "guild"}, user=1, quiet=SOON_S)
        assert f"temperatura: **{temperature.rstrip('0')}** · servidor" in shown.text
        assert f"top-k: **{top_k}** · servidor" in shown.text
    assert await problems() == []


async def test_a_busy_database_delays_the_word_saved_not_the_acknowledgement(
    wire, data_dir, problems
):
    form = await opened_form(wire, user=1)
    with closing(sqlite3.connect(data_dir / "unicornio.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        saving = await wire.submit_modal(
            form, {"temperature": "0,3"}, until=lambda r: r.acked, timeout=10
        )
        await asyncio.sleep(1)
        assert saving.latency_ack < 3
        assert "Guardado" not in news(saving)
    await wire.wait(saving, until=lambda r: "✓ Guardado" in news(r), timeout=30)
    assert await problems() == []

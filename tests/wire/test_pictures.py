"""A picture that used to take minutes: the others' pictures and the end do not wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.wire.asking import custom_id, is_explained

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = {"texto": "abcdefghij" * 590, "pasos": 40, "semilla": 1}


def has_files(result: Any) -> bool:
    return bool(result.attachments)


def has_picture(result: Any) -> bool:
    return is_explained(result) and has_files(result)


async def ask_for_table(d: Any, shown: Any, until: Any) -> Any:
    menu = custom_id(shown, "ver-mas")
    return await d.select(shown, "tabla", custom_id=menu, until=until, timeout=60)


async def test_nobody_waits_for_a_hostile_picture(wire, start_bot, problems):
    d = wire
    await start_bot()
    hostile = await d.slash("explicar", HOSTILE, user=1, until=is_explained, timeout=60)
    tables = [asyncio.create_task(ask_for_table(d, hostile, until=has_files)) for _ in range(3)]
    other = await d.slash(
        "explicar", {"texto": "Hola", "pasos": 2}, user=2, until=has_picture, timeout=60
    )
    assert has_picture(other)
    for table in await asyncio.gather(*tables):
        assert len(table.attachments) == 2
    await ask_for_table(d, hostile, until=lambda r: r.latency_ack is not None)
    code, seconds = await d.stop_bot()
    assert code == 0
    assert seconds < 15
    assert "Traceback" not in d.bot_log()
    assert await problems() == []

"""Branches over the wire: a whole class at once, and again after a crash."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.asking import custom_id, is_explained, is_written

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLASS = range(2, 10)


def shown(result: Any) -> str:
    """Return the text of the page that a click answers with, or turns."""
    return "" if result.message is None else result.message.text


def is_tree(result: Any) -> bool:
    return "Ramas desde" in shown(result)


def stands_at_second(message: Any) -> bool:
    """Whether a page, as the menu of its texts says, stands at the second of them."""
    menus = (item.get("placeholder") or "" for item in message.walk())
    return any(text.startswith("Estás en el 2…") for text in menus)


def options(result: Any, action: str) -> list[str]:
    """Return the values of a menu."""
    menu = custom_id(result, action)
    found = (item for item in result.message.walk() if item.get("custom_id") == menu)
    return [option["value"] for option in next(found)["options"]]


async def turned(d: Any, result: Any, *, texts: int, **target: Any) -> Any:
    """Click a page, or choose in it, until its tree has so many texts."""
    said = f"tiene {texts} textos"
    return await d.click(result, label="Actualizar", until=lambda r: said in shown(r), **target)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(wire: Any, start_bot: Any) -> Any:
    """The published branches of a text; its owner is user 1."""
    await start_bot(MAX_PER_USER=100)
    asked = {"texto": "La vida es", "pasos": 4, "semilla": 7, "estrategia": "sample"}
    explained = await wire.slash("explicar", asked, user=1, until=is_explained)
    more = custom_id(explained, "ver-mas")
    own = await wire.select(explained, "rama", custom_id=more, user=1, until=is_tree)
    return await wire.click(own, label="Publicar", user=1, until=lambda r: r.messages)


async def test_a_class_branches_from_one_page_at_once(wire, page, problems):
    d = wire
    assert not page.ephemeral
    menu, tokens = custom_id(page, "seguir-por"), options(page, "seguir-por")
    written = await asyncio.gather(
        *(
            d.select(page, token, custom_id=menu, user=user, until=is_written)
            for user, token in zip(CLASS, tokens, strict=False)
        )
    )
    for r in written:
        assert is_written(r), r.text
        assert "Rama: en el paso" in r.text
        assert not r.ephemeral
    assert len({r.text for r in written}) == len(CLASS)
    await turned(d, page, texts=1 + len(CLASS), user=1)
    assert len(options(page, "ir-a-rama")) == 1 + len(CLASS)
    assert await problems() == []


async def test_after_a_crash_the_tree_is_walked_and_grows(wire, page, start_bot, problems):
    d = wire
    await d.stop_bot(signal.SIGKILL)
    await start_bot(MAX_PER_USER=100)
    menu, tokens = custom_id(page, "seguir-por"), options(page, "seguir-por")
    again = await d.select(page, tokens[-1], custom_id=menu, user=20, until=is_written)
    assert is_written(again)
    own = await turned(d, page, texts=2 + len(CLASS), user=21)
    assert own.ephemeral
    values = options(own, "ir-a-rama")
    assert len(set(values)) == 2 + len(CLASS)
    walking = custom_id(own, "ir-a-rama")
    assert not stands_at_second(own.message)
    await d.select(
        own,
        values[1],
        custom_id=walking,
        user=21,
        until=lambda _: stands_at_second(own.message),
    )
    assert await problems() == []
    await d.stop_bot()

"""The pictures drawn lately: drawn once and in turn, dropped when there are too many."""

import asyncio
import threading
from functools import partial

import pytest
from simcord.components import walk_components

from bot.features.explorer.step.chart import why_chart
from bot.messages.drawing import Drawing
from bot.messages.pictures import PictureCache
from bot.render import sheet
from bot.ui.picture_page import Picture
from tests.bot.explorer_screens import choose, explicar
from tests.bot.render.pictures import STEP

ANA, LUIS, EVA = 1, 2, 3


class Count:
    def __init__(self):
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return str(self.count).encode()


async def test_a_picture_is_drawn_once():
    cache, draw = PictureCache(), Count()
    found = await asyncio.gather(*(cache.get(("a",), draw, ANA) for _ in range(5)))
    assert found == [b"1"] * 5


async def test_the_picture_used_longest_ago_is_dropped():
    cache, draw = PictureCache(limit=2), Count()
    for key in "abac":
        await cache.get((key,), draw, ANA)
    assert await cache.get(("a",), draw, ANA) == b"1"
    assert await cache.get(("b",), draw, ANA) == b"4"


async def test_a_failure_is_not_remembered():
    cache = PictureCache()

    def fail() -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await cache.get(("a",), fail, ANA)
    assert await cache.get(("a",), Count(), ANA) == b"1"


async def test_the_pictures_of_a_deleted_reply_are_dropped():
    cache, draw = PictureCache(), Count()
    for key in (("step", "a", 1), ("notebook", "a", 2), ("step", "b", 1)):
        await cache.get(key, draw, ANA)
    cache.forget("a")
    assert list(cache._pictures) == [("step", "b", 1)]
    cache.forget()
    assert not cache._pictures


async def test_a_picture_whose_reply_is_deleted_while_it_is_drawn_is_not_kept():
    cache = PictureCache()

    def draw() -> bytes:
        cache.forget("a")
        return b"1"

    assert await cache.get(("step", "a"), draw, ANA) == b"1"
    assert not cache._pictures


class Held:
    """A drawing that goes on until it is let go, and says when it has begun."""

    def __init__(self):
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self) -> bytes:
        self.begun.set()
        self.released.wait(60)
        return b"late"

    async def begins(self):
        assert await asyncio.to_thread(self.begun.wait, 60)


async def test_the_pictures_of_one_person_let_the_others_in_between():
    cache, first, order = PictureCache(), Held(), []

    def noted(name):
        order.append(name)
        return b""

    async def ask(person, name):
        await cache.get((name,), partial(noted, name), person)

    running = asyncio.create_task(cache.get(("first",), first, ANA))
    await first.begins()
    asked = [asyncio.create_task(ask(ANA, f"ana {i}")) for i in range(5)]
    await asyncio.sleep(0)
    asked += [asyncio.create_task(ask(LUIS, f"luis {i}")) for i in range(2)]
    await asyncio.sleep(0)
    asked.append(asyncio.create_task(ask(EVA, "eva")))
    await asyncio.sleep(0)
    first.released.set()
    await asyncio.gather(running, *asked)
    assert order.index("eva") <= 2
    assert order.index("luis 0") <= 2
    assert order.index("luis 1") <= 4


async def test_a_picture_without_end_is_given_up_and_the_next_is_drawn():
    endless, drawing = Held(), Drawing(limit_s=0.05)
    cache = PictureCache(drawing=drawing)
    assert await cache.get(("a",), endless, ANA) is None
    drawing._limit_s = 60
    assert await cache.get(("b",), Count(), LUIS) == b"1"
    endless.released.set()
    assert cache.kept(("a",)) is None


async def test_a_hopeless_picture_gives_up_by_itself(monkeypatch):
    monkeypatch.setattr(sheet, "DRAWING_LIMIT_S", 0.0)
    assert await PictureCache().get(("a",), partial(why_chart, STEP), ANA) is None


async def test_the_end_waits_for_no_picture():
    cache, endless = PictureCache(), Held()
    asked = [asyncio.create_task(cache.get((str(i),), endless, i)) for i in range(3)]
    await endless.begins()
    cache.close()
    assert await asyncio.gather(*asked) == [None] * 3
    assert await cache.get(("later",), Count(), ANA) is None
    endless.released.set()


async def test_a_page_without_its_picture_says_it_in_words():
    page = Picture(None, "paso.png", "Paso 1: «*pan*» 20 %")
    assert page.files == ()
    assert page.item.to_component_dict() == {
        "type": 10,
        "content": "-# No pude dibujar la imagen a tiempo. Dice: Paso 1: «\\*pan\\*» 20 %",
    }


@pytest.mark.parametrize("label", [None, "embudo"])
async def test_pages_without_a_picture_still_come(room, label):
    room.bot.pictures.close()
    result = await explicar(room)
    if label is not None:
        await choose(room, result.response, "Ver más", label)
    parts = [*walk_components(result.response.components)]
    said = [part["content"] for part in parts if part["type"] == 10]
    assert any(text.startswith("-# No pude dibujar la imagen a tiempo. Dice: ") for text in said)
    assert not [part for part in parts if part["type"] == 12]
    assert result.response.attachments == []
    assert "▶" in str(parts)

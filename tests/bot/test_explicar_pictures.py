"""The pictures drawn lately: drawn once, dropped when there are too many."""

import asyncio

import pytest

from bot.views.picture_cache import PictureCache


class Drawing:
    def __init__(self):
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return str(self.count).encode()


async def test_a_picture_is_drawn_once():
    cache, draw = PictureCache(), Drawing()
    found = await asyncio.gather(*(cache.get(("a",), draw) for _ in range(5)))
    assert found == [b"1"] * 5


async def test_the_picture_used_longest_ago_is_dropped():
    cache, draw = PictureCache(limit=2), Drawing()
    for key in "abac":
        await cache.get((key,), draw)
    assert await cache.get(("a",), draw) == b"1"
    assert await cache.get(("b",), draw) == b"4"


async def test_a_failure_is_not_remembered():
    cache = PictureCache()

    def fail() -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await cache.get(("a",), fail)
    assert await cache.get(("a",), Drawing()) == b"1"


async def test_the_pictures_of_a_deleted_reply_are_dropped():
    cache, draw = PictureCache(), Drawing()
    for key in (("step", "a", 1), ("notebook", "a", 2), ("step", "b", 1)):
        await cache.get(key, draw)
    cache.forget("a")
    assert list(cache._pictures) == [("step", "b", 1)]
    cache.forget()
    assert not cache._pictures


async def test_a_picture_whose_reply_is_deleted_while_it_is_drawn_is_not_kept():
    cache = PictureCache()

    def draw() -> bytes:
        cache.forget("a")
        return b"1"

    assert await cache.get(("step", "a"), draw) == b"1"
    assert not cache._pictures

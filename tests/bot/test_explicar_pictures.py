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
    found = await asyncio.gather(*(cache.get("a", draw) for _ in range(5)))
    assert found == [b"1"] * 5


async def test_the_picture_used_longest_ago_is_dropped():
    cache, draw = PictureCache(limit=2), Drawing()
    for key in "abac":
        await cache.get(key, draw)
    assert await cache.get("a", draw) == b"1"
    assert await cache.get("b", draw) == b"4"


async def test_a_failure_is_not_remembered():
    cache = PictureCache()

    def fail() -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await cache.get("a", fail)
    assert await cache.get("a", Drawing()) == b"1"

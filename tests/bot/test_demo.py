"""When the page of the demo is published."""

import asyncio

import pytest
import simcord

from bot import demo


class Round:
    """What an engine is seen to do, and what a preview is told, round by round."""

    def __init__(self, rounds):
        self.rounds, self.number, self.waits = rounds, -1, 0
        self.published = []
        self.closed = asyncio.Event()

    @property
    def now(self):
        return self.rounds[self.number] if self.number < len(self.rounds) else {}

    @property
    def is_busy(self):
        self.number += 1
        if self.number >= len(self.rounds) - 1:
            self.closed.set()
        self.waits += self.now.get("waits", 0)
        return self.now.get("is_busy", False)

    async def wait_closed(self):
        await self.closed.wait()

    async def refresh(self):
        self.published.append(self.number)
        if self.now.get("is_refused"):
            raise simcord.SetupError


@pytest.mark.parametrize(
    ("rounds", "published"),
    [
        ([{}, {}, {}], []),
        ([{"is_busy": True}, {"is_busy": True}, {}, {}], [0, 1, 2]),
        ([{}, {"waits": 1}, {}, {}], [1]),
        ([{"waits": 2, "is_refused": True}, {"is_refused": True}, {}, {}], [0, 1, 2]),
    ],
)
async def test_the_page_is_published_until_it_shows_what_the_engine_did(
    monkeypatch, rounds, published
):
    monkeypatch.setattr(demo, "_REFRESH_S", 0.001)
    both = Round(rounds)
    await demo._keep_fresh(both, both)
    assert both.published == published

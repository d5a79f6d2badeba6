"""Whether an engine still decodes, as the one who asks its health sees it."""

from __future__ import annotations

import asyncio

import pytest

from engine import EngineError
from engine.serving import pulse
from engine.serving.pulse import Pulse


class Answering:
    """An engine that answers every request in one way."""

    def __init__(self, code: str | None) -> None:
        self.code = code
        self.asked = 0

    async def generate(self, request):
        self.asked += 1
        if self.code is not None:
            raise EngineError(self.code)


@pytest.mark.parametrize(
    ("code", "is_alive"), [(None, True), ("unsupported", True), ("deadline", False)]
)
async def test_one_that_nobody_has_had_a_token_of_writes_one(code, is_alive):
    engine = Answering(code)
    assert await Pulse(engine).is_alive() == is_alive
    assert engine.asked == 1


async def test_a_token_of_late_is_enough():
    engine = Answering("deadline")
    watch = Pulse(engine)
    watch.beat()
    assert await watch.is_alive()
    assert engine.asked == 0


async def test_a_full_queue_that_moves_is_alive():
    watch = Pulse(Answering("queue_full"))
    asking = asyncio.create_task(watch.is_alive())
    await asyncio.sleep(0.01)
    assert not asking.done()
    watch.beat()
    assert await asking


async def test_a_full_queue_that_stands_still_is_not(monkeypatch):
    monkeypatch.setattr(pulse, "TRIAL_S", 0.3)
    monkeypatch.setattr(pulse, "_LOOK_S", 0.01)
    assert not await Pulse(Answering("queue_full")).is_alive()

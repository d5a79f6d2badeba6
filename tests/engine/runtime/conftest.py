from __future__ import annotations

import asyncio

import pytest

from engine.runtime.local import LocalEngine
from tests.engine.runtime.fakes import FakeBackend, FakeStore


class Bench:
    """A started engine over fakes, with what the tests need to steer it."""

    def __init__(self, **options) -> None:
        self.store = FakeStore()
        self.backend = FakeBackend()
        self.engine = LocalEngine(store=self.store, backend=self.backend, **options)

    async def held(self, prompt: str) -> None:
        await asyncio.to_thread(self.backend.wait_until_held, prompt)

    async def until(self, condition) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 (the state of other threads)
                await asyncio.sleep(0.002)


@pytest.fixture
async def make_bench():
    benches = []

    async def make(**options) -> Bench:
        bench = Bench(**options)
        benches.append(bench)
        await bench.engine.start()
        return bench

    yield make
    for bench in benches:
        for prompt in tuple(bench.backend.allowed):
            bench.backend.release(prompt)
        await bench.engine.close()


@pytest.fixture
async def bench(make_bench):
    return await make_bench()

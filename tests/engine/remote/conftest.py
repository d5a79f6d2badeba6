"""A tiny model in an engine, and the same engine behind real HTTP servers."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from engine import create_engine
from engine.remote.connection import Timeouts
from engine.remote.engine import RemoteEngine
from engine.runtime.generation import Generation
from engine.serving import answers
from engine.serving.app import EngineApp
from engine.serving.hosting import hosted

PATIENT = Timeouts(connect_s=20.0, first_s=60.0, between_s=30.0, status_s=60.0)


@pytest.fixture(scope="session")
def folder(tiny_model):
    return str(tiny_model("gpt2", spread=0.3).tokenizer.name_or_path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(folder):
    engine = create_engine(models=[folder], device="cpu", batch_rows=4)
    await engine.start()
    yield engine
    await engine.close()


class Lent:
    """An engine that servers start and close as they like, and that goes on."""

    def __init__(self, engine):
        self._engine = engine
        self.asked = []

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def stream(self, request):
        self.asked.append(request)
        return self._engine.stream(request)

    async def start(self):
        pass

    async def close(self):
        pass


@asynccontextmanager
async def served(app):
    """Serve an application; yield its address."""
    async with hosted(app, "127.0.0.1", 0, drain_s=0.1) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def remote_engine(*addresses, timeouts=PATIENT, patience_s=2.0):
    engine = RemoteEngine(addresses, timeouts=timeouts, patience_s=patience_s)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def remote(local):
    async with served(EngineApp(Lent(local))) as address, remote_engine(address) as engine:
        yield engine


@pytest.fixture
def slowly(monkeypatch):
    """Let every token take its time, so that something can happen meanwhile."""
    accept = Generation.accept

    def wait(self, logits):
        time.sleep(0.03)
        accept(self, logits)

    monkeypatch.setattr(Generation, "accept", wait)
    monkeypatch.setattr(answers, "FLUSH_S", 0.05)

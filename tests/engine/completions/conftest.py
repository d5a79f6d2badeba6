from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from engine.completions.engine import CompletionsEngine
from engine.models.catalogue import entries
from tests.engine.completions.server import KEY, QUICK, serving


@pytest.fixture
async def server():
    async with serving() as found:
        yield found


@pytest.fixture
async def engine(server):
    async with engine_of(server.url) as found:
        yield found


@asynccontextmanager
async def engine_of(url: str, **options):
    found = CompletionsEngine(
        entries([f"openai:de-prueba@{url}"]),
        keys={url.removeprefix("http://").removesuffix("/v1"): SecretStr(KEY)},
        **{"timeouts": QUICK, **options},
    )
    await found.start()
    try:
        yield found
    finally:
        await found.close()

"""A server whose engine does not start says so, whatever stands in its way."""

from __future__ import annotations

import asyncio

import pytest

from engine import EngineError
from engine.serving.app import EngineApp
from engine.serving.hosting import hosted


class Broken:
    """An engine that does not start."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def start(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "said"),
    [(EngineError("out_of_memory"), "out_of_memory"), (OSError(30, "Read-only"), "Read-only")],
)
async def test_an_engine_that_does_not_start_keeps_nobody_waiting(error, said):
    async with asyncio.timeout(60):
        with pytest.raises(RuntimeError, match=said):
            async with hosted(EngineApp(Broken(error)), "127.0.0.1", 0):
                pass

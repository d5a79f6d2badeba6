"""Asking an engine, and reading what it answers to the end."""

from __future__ import annotations

import pytest

from engine import DecodingParams, EngineError, GenerationRequest


def ask(prompt: str, tokens: int = 4, attempts: int = 1, **fields) -> GenerationRequest:
    params = DecodingParams(strategy="sample", max_new_tokens=tokens, attempts=attempts)
    return GenerationRequest(prompt=prompt, params=params, **fields)


async def failure_of(awaitable) -> EngineError:
    with pytest.raises(EngineError) as caught:
        await awaitable
    return caught.value


async def collect(stream) -> list:
    return [event async for event in stream]

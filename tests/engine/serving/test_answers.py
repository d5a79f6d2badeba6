"""How often the records of a text go, by how many texts there are."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing

import pytest

from engine import GenerationRequest, Queued, ScoreRequest
from engine.serving.answers import ALIVE_S, FLUSH_S, RECORDS_PER_S, Answers


class _Waits:
    """An engine that lets every text wait."""

    is_left = False

    async def stream(self, request):
        yield Queued(position=0)
        await asyncio.Event().wait()

    async def score(self, request):
        try:
            await asyncio.Event().wait()
        finally:
            self.is_left = True


@pytest.mark.parametrize(
    ("texts", "flush_s"), [(0, FLUSH_S), (1, FLUSH_S), (8, FLUSH_S), (12, 0.75), (40, ALIVE_S)]
)
async def test_a_record_is_the_rarer_the_more_texts_are_written(texts, flush_s):
    answers = Answers(_Waits())
    async with AsyncExitStack() as stack:
        for number in range(texts):
            request = GenerationRequest(prompt="Hola", user_id=number)
            records = await stack.enter_async_context(aclosing(answers.records(request)))
            assert (await anext(records))["kind"] == "opened"
        assert answers.flush_s() == flush_s
        assert texts / answers.flush_s() <= max(RECORDS_PER_S, texts / ALIVE_S)
    assert answers.flush_s() == FLUSH_S


async def test_a_call_is_stopped_at_once_where_nobody_reads_on():
    engine = _Waits()
    records = Answers(engine).records(ScoreRequest(prompt="Hola", continuation=" a todos"))
    assert (await anext(records))["kind"] == "opened"
    await asyncio.sleep(0)
    await records.aclose()
    assert engine.is_left

"""Filling through the whole engine: queue, worker, model store."""

from __future__ import annotations

import asyncio

import pytest

from engine import EngineError, create_engine
from engine.filling import FillRequest, find_gaps
from engine.filling.fill import fill
from tests.engine.filling.encoders import FAMILIES

TEXT = "La ___ es sueño, y los <mask> sueños son."


@pytest.fixture
async def engine(folder, tiny_model, tmp_path):
    decoder = tiny_model("gpt2").model.config._name_or_path
    models = [str(decoder), *(str(folder(family)) for family in FAMILIES)]
    engine = create_engine(models=models, device="cpu", data_dir=tmp_path)
    await engine.start()
    yield engine
    await engine.close()


async def test_without_a_model_the_first_encoder_fills(engine, encoder):
    filling = await engine.fill(FillRequest(text=TEXT))
    assert filling.model == next(info.name for info in engine.models() if info.kind == "encoder")
    alone = fill(encoder(FAMILIES[0]), FillRequest(text=TEXT))
    assert (filling.text, filling.gaps) == (alone.text, alone.gaps)
    assert filling.queue_s >= 0
    assert filling.compute_s > 0
    assert engine.stats().completed == 1


async def test_a_decoder_is_refused_with_what_it_can_be_asked_for(engine):
    name = next(info.name for info in engine.models() if info.kind == "decoder")
    with pytest.raises(EngineError) as caught:
        await engine.fill(FillRequest(text=TEXT, model=name))
    error = caught.value
    assert (error.code, error.kind, error.instead) == ("unsupported", "decoder", "generate")


async def test_many_at_once_are_answered_as_one_alone(engine):
    alone = await engine.fill(FillRequest(text=TEXT, model=FAMILIES[2]))
    many = await asyncio.gather(
        *(engine.fill(FillRequest(text=TEXT, model=FAMILIES[2])) for _ in range(6))
    )
    assert {filling.gaps for filling in many} == {alone.gaps}


async def test_a_late_or_cancelled_request_raises(engine):
    with pytest.raises(EngineError) as caught:
        await engine.fill(FillRequest(text=TEXT, deadline_s=0.0))
    assert caught.value.code == "deadline"
    request = FillRequest(text=TEXT)
    task = asyncio.create_task(engine.fill(request))
    while not engine.cancel(request.request_id):  # noqa: ASYNC110 (the scheduler's state)
        await asyncio.sleep(0)
    with pytest.raises(EngineError) as caught:
        await task
    assert caught.value.code == "cancelled"


async def test_another_revision_is_not_taken_for_the_one_asked_for(engine):
    with pytest.raises(EngineError) as caught:
        await engine.fill(FillRequest(text=TEXT, revision="otra"))
    assert caught.value.reason == "revision_changed"


def test_gaps_are_found_without_a_model():
    assert len(find_gaps(TEXT)) == 2

"""An engine that serves an encoder-decoder: streamed, stopped, scored."""

import asyncio

import pytest

from engine import DecodingParams, EngineError, GenerationRequest, ScoreRequest, create_engine
from tests.engine import pairs
from tests.engine.runtime.asking import collect, failure_of

SOURCE = "caminante no hay camino se hace camino al andar"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("par")
    pairs.save("marian", folder, seed=2, eos_token_id=3)
    return folder


@pytest.fixture(params=[1, 8])
async def engine(request, folder):
    engine = create_engine(models=[str(folder)], batch_rows=request.param)
    await engine.start()
    yield engine
    await engine.close()


def asked(text=SOURCE, **params):
    fields = {name: params.pop(name) for name in ("seed", "deadline_s") if name in params}
    settings = {"strategy": "sample", "max_new_tokens": 12, **params}
    return GenerationRequest(prompt=text, params=DecodingParams(**settings), **fields)


async def test_a_stream_ends_with_what_is_answered(engine):
    wanted = asked(attempts=2, top_k=40, seed=4)
    events = await collect(engine.stream(wanted))
    done = events[-1].completion
    last = {e.attempt: e.text for e in events if hasattr(e, "attempt")}
    assert [last[i] for i in sorted(last)] == [a.text for a in done.attempts if a.text]
    again = await engine.generate(wanted)
    assert [a.token_ids for a in again.attempts] == [a.token_ids for a in done.attempts]
    assert done.source_ids
    assert engine.capabilities().kind == "encoder_decoder"


async def test_together_they_come_out_as_alone(engine):
    wanted = [
        asked(SOURCE[: 9 + 5 * i], seed=i, attempts=1 + i % 3, repetition_penalty=1.2)
        for i in range(6)
    ]
    wanted += [asked(strategy="beam", num_beams=3), asked(strategy="greedy")]
    alone = [await engine.generate(one) for one in wanted]
    together = await asyncio.gather(*map(engine.generate, wanted))
    for one, other in zip(alone, together, strict=True):
        assert [a.token_ids for a in one.attempts] == [a.token_ids for a in other.attempts]
        scores = [a.score for a in one.attempts]
        assert [a.score for a in other.attempts] == pytest.approx(scores, abs=1e-3)


async def test_it_stops_when_it_is_told(engine):
    wanted = asked(max_new_tokens=40, min_new_tokens=40)
    stream = engine.stream(wanted)
    async for event in stream:
        # At the first text: of the next one, a tenth of a second later, it may be too late.
        if getattr(event, "tokens", 0) >= 1:
            engine.cancel(wanted.request_id)
        if hasattr(event, "completion"):
            (attempt,) = event.completion.attempts
            assert attempt.finish_reason == "cancelled"
            assert 1 <= len(attempt.token_ids) < 40
    late = await failure_of(engine.generate(asked(deadline_s=0.0)))
    assert late.code == "deadline"


async def test_a_target_is_scored(engine):
    steps = await engine.score(ScoreRequest(prompt=SOURCE, continuation="vida"))
    assert steps
    with pytest.raises(EngineError):
        await engine.score(ScoreRequest(prompt=" ", continuation="vida"))

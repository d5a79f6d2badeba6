"""The default model goes on with texts, whatever stands before it; others say what they do."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine import DecodingParams, EngineError, GenerationRequest, ScoreRequest, create_engine
from engine.explain import LogitLensRequest
from tests.engine import other_kinds


@pytest.fixture
def folders(tmp_path, tiny_model):
    decoder = Path(tiny_model("gpt2").model.config._name_or_path)
    return {
        "encoder": str(other_kinds.save("bert", tmp_path / "codificador")),
        "decoder": str(decoder),
    }


@asynccontextmanager
async def started(*models):
    engine = create_engine(models=models, device="cpu")
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


async def test_the_default_model_goes_on_with_texts(folders, short_request):
    async with started(folders["encoder"], folders["decoder"]) as engine:
        assert [info.is_loaded for info in engine.models()] == [False, True]
        assert engine.capabilities().kind == "decoder"
        completion = await engine.generate(short_request)
        assert completion.model == Path(folders["decoder"]).name
        steps = await engine.score(ScoreRequest(prompt="La vida", continuation=" es sueño"))
        assert steps


async def test_an_encoder_says_what_it_does_instead(folders, short_request):
    async with started(folders["encoder"]) as engine:
        assert engine.capabilities().kind == "encoder"
        calls = (
            engine.generate(short_request),
            engine.explain(LogitLensRequest(context_ids=(5, 6))),
        )
        for call in calls:
            with pytest.raises(EngineError) as error:
                await call
            facts = (error.value.code, error.value.reason, error.value.kind, error.value.instead)
            assert facts == ("unsupported", "kind", "encoder", "fill")


@pytest.fixture
def short_request():
    return GenerationRequest(prompt="La vida es", params=DecodingParams(max_new_tokens=2))

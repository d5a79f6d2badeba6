"""Every kind of question through the whole engine."""

import subprocess
import sys

import pytest

from engine import DecodingParams, EngineError, GenerationRequest, create_engine
from engine.explain import (
    Attention,
    AttentionRequest,
    LogitLens,
    LogitLensRequest,
    Moment,
    Redraw,
    RedrawRequest,
    TokenVectors,
    TokenVectorsRequest,
    WhyNot,
    WhyNotRequest,
)


@pytest.fixture
async def engine(tiny_model):
    engine = create_engine(models=[tiny_model("gpt2").tokenizer.name_or_path])
    await engine.start()
    yield engine
    await engine.close()


async def test_the_engine_answers_every_question(engine):
    params = DecodingParams(strategy="sample", top_k=5, max_new_tokens=6)
    request = GenerationRequest(prompt="La vida es", params=params, seed=4, trace_top_n=3)
    completion = await engine.generate(request)
    moment = Moment.of(request, completion, attempt=0, step=3)
    revision = completion.revision
    why = await engine.explain(WhyNotRequest(moment=moment, word="hidalgo", revision=revision))
    assert isinstance(why, WhyNot)
    assert why.spellings[0].tokens[0].winner.token_id == completion.attempts[0].token_ids[3]
    again = await engine.explain(RedrawRequest(moment=moment, params=params))
    assert isinstance(again, Redraw)
    assert again.step.chosen == completion.attempts[0].token_ids[3]
    attention = await engine.explain(AttentionRequest(context_ids=moment.context_ids))
    assert isinstance(attention, Attention)
    lens = await engine.explain(LogitLensRequest(context_ids=moment.context_ids))
    assert isinstance(lens, LogitLens)
    vectors = await engine.explain(TokenVectorsRequest(context_ids=moment.context_ids))
    assert isinstance(vectors, TokenVectors)
    assert engine.capabilities().attention


async def test_a_question_that_does_not_fit_is_refused(engine):
    with pytest.raises(EngineError) as error:
        await engine.explain(AttentionRequest(context_ids=(5, 6), layer=9))
    assert error.value.field == "layer"
    with pytest.raises(EngineError) as error:
        await engine.explain(LogitLensRequest(context_ids=(5, 6), model="otro"))
    assert error.value.code == "unknown_model"


def test_importing_the_explanations_does_not_import_torch():
    code = (
        "import sys, engine.explain; sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

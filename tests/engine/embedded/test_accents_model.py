"""The encoder-decoder that ships: it loads like any other, and gives back what was left out."""

import asyncio
import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from engine import DecodingParams, GenerationRequest, create_engine
from engine.embedded import ACCENTS_FOLDER
from engine.embedded.spelling import Speller, measure
from engine.explain import TokensRequest
from engine.letters import bare, hurried

TEXT = (Path(__file__).parent / "careful_sentences.txt").read_text(encoding="utf-8")
LINES = TEXT.splitlines()
RECALL, PRECISION, MARKS = 0.90, 0.98, 0.77
"""Below what was measured, so that rounding of another machine does not matter."""


@pytest.fixture(scope="module")
def speller():
    return Speller(ACCENTS_FOLDER)


@pytest.fixture(scope="module")
def answers():
    return asyncio.run(_write())


async def _write():
    engine = create_engine(models=("unicornio-tildes",), device="cpu", max_queue=100)
    await engine.start()
    params = DecodingParams(max_new_tokens=60)
    requests = [GenerationRequest(prompt=hurried(line), params=params) for line in LINES]
    done = await asyncio.gather(*map(engine.generate, requests))
    await engine.close()
    return [completion.attempts[0] for completion in done]


def test_it_is_small_and_free():
    files = (path for path in ACCENTS_FOLDER.iterdir() if path.is_file())
    assert sum(path.stat().st_size for path in files) <= 15_000_000
    assert "license: apache-2.0" in (ACCENTS_FOLDER / "README.md").read_text(encoding="utf-8")
    record = json.loads((ACCENTS_FOLDER / "training.json").read_text(encoding="utf-8"))
    assert 3e6 < record["parameters"] < 12e6
    assert AutoModelForSeq2SeqLM.from_pretrained(ACCENTS_FOLDER).dtype == torch.bfloat16


@pytest.mark.parametrize("text", ["¿El niño comió piña?", "—Sí —dijo—.", "3,5 €\nOtra línea 🦄"])
def test_every_text_survives_the_tokenizer(text):
    tokenizer = AutoTokenizer.from_pretrained(ACCENTS_FOLDER)
    ids = tokenizer(text).input_ids
    assert tokenizer.is_fast
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_what_was_left_out_comes_back(speller):
    figures = measure(TEXT, speller, {})
    assert figures["words"] > 200
    assert figures["accents.recall"] > RECALL
    assert figures["accents.precision"] > PRECISION
    assert figures["marks.all"] > MARKS
    assert figures["copy_errors.guarded"] == 0.0


def test_the_letters_of_the_source_come_out(answers):
    for line, attempt in zip(LINES, answers, strict=True):
        assert attempt.finish_reason == "eos"
        assert bare(attempt.text) == bare(line)


def test_the_engine_writes_what_the_plain_model_does_under_the_same_guard(speller, answers):
    plain = speller([hurried(line) for line in LINES], is_guarded=True)
    same = sum(text == attempt.text for text, attempt in zip(plain, answers, strict=True))
    assert same >= len(LINES) - 1


LONG = (
    "ayer por la tarde mi hermana y yo fuimos al centro a comprar un regalo para mi madre que "
    "cumple cincuenta el proximo sabado estuvimos mas de dos horas buscando algo que le gustara "
    "pero no encontramos nada que nos pareciera bien al final decidimos entrar en una libreria "
    "que hay cerca de la estacion y alli nos enseñaron varios libros de cocina y de jardineria "
    "mi hermana penso que seria mejor comprarle una planta porque a mi madre le encantan las "
    "flores asi que salimos otra vez a la calle y caminamos hasta el mercado donde por fin "
    "encontramos unas orquideas preciosas"
)


def test_of_a_long_text_it_reads_what_it_has_learnt_to_read():
    completion, known_before, known_after = asyncio.run(_one(LONG))
    assert known_before == known_after == 128
    (attempt,) = completion.attempts
    assert completion.truncated_tokens > 0
    assert 100 < completion.prompt_tokens <= 128
    assert attempt.finish_reason == "eos"
    assert f"{bare(LONG)} ".startswith(f"{bare(attempt.text)} ")
    assert not {*"¡!¿?"} & {*attempt.text}


async def _one(text):
    engine = create_engine(models=("unicornio-tildes",), device="cpu")
    await engine.start()
    try:
        params = DecodingParams(max_new_tokens=250)
        cut = await engine.explain(TokensRequest(text=text))
        completion = await engine.generate(GenerationRequest(prompt=text, params=params))
        return completion, cut.n_positions, engine.models()[0].source_positions
    finally:
        await engine.close()

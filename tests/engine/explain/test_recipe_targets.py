"""The scripts of what encoder-decoders write: they turn the same source into the same tokens."""

import json
import subprocess
import sys

import pytest

from engine.explain.recipe import recipe
from tests.engine import pairs
from tests.engine.explain.scripts import DRIVER, EVERYTHING, FOR_PEOPLE
from tests.engine.tiny import complete, request

SOURCE = "La vida es sueño, <b>y los sueños</b>, sueños son."
CASES = {
    "greedy": {"repetition_penalty": 1.2},
    "people": FOR_PEOPLE,
    "beam": {
        "strategy": "beam",
        "num_beams": 3,
        "attempts": 3,
        "no_repeat_ngram_size": 2,
        "length_penalty": 0.6,
    },
    "beam_sample": {"strategy": "beam_sample", "num_beams": 3, "temperature": 1.5, "seed": 3},
    "sample": {"strategy": "sample", "attempts": 2, "seed": 9, **EVERYTHING},
    "people_sample": {"strategy": "sample", "temperature": 2, "stop": ("a",), **FOR_PEOPLE},
    "ranked": {"strategy": "sample_and_rank", "attempts": 3, "top_k": 50},
    "prefix": {"strategy": "sample", "top_k": 30, "prefix_ids": (5, 9, 40)},
    "contrastive": {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6},
    "diverse": {
        "strategy": "diverse_beam",
        "num_beams": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
        "attempts": 4,
    },
    "cut": {"prompt": "Caminante, no hay camino. " * 12, "max_new_tokens": 3},
}


@pytest.fixture(scope="module", params=pairs.FAMILIES)
def outputs(request, tmp_path_factory):
    """Run the script of every answer of a model that demands tokens and rules some out."""
    folder = tmp_path_factory.mktemp(request.param)
    pairs.save(request.param, folder, seed=1)
    path = folder / "generation_config.json"
    stated = json.loads(path.read_text())
    own = {"forced_bos_token_id": 45, "forced_eos_token_id": 0, "bad_words_ids": [[1]]}
    path.write_text(json.dumps({**stated, "num_beams": 6, "top_k": 1, **own}))
    loaded = pairs.load(folder)
    assert ("num_beams", "6") in loaded.info.own_settings
    scripts = tmp_path_factory.mktemp("recetas")
    (scripts / "driver.py").write_text(DRIVER)
    for name, params in CASES.items():
        asked = wanted(**params)
        (scripts / f"{name}.py").write_text(recipe(asked, complete(loaded, asked)))
    names = [f"{name}.py" for name in CASES]
    command = [sys.executable, "driver.py", str(folder), *names]
    result = subprocess.run(command, cwd=scripts, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return dict(zip(CASES, result.stdout.split("<<<>>>\n")[1:], strict=True))


def wanted(*, prompt=SOURCE, max_new_tokens=7, **params):
    return request(prompt, max_new_tokens=max_new_tokens, **params)


def test_every_script_writes_the_same_tokens(outputs):
    for name, output in outputs.items():
        lines = output.splitlines()
        attempts = sum(line.startswith("Intento") for line in lines)
        assert attempts >= 1, name
        assert lines.count("Los mismos tokens que en Discord.") == attempts, (name, output)

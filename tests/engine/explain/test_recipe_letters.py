"""The scripts of a model that keeps the letters of its source: they write the same tokens."""

import subprocess
import sys

import pytest

from engine.explain.recipe import recipe
from engine.spellings import SPELLINGS_FILE, Spellings
from tests.engine import pairs
from tests.engine.explain.scripts import DRIVER
from tests.engine.tiny import complete, request

CASES = {
    "greedy": {"repetition_penalty": 1.2},
    "beam": {"strategy": "beam", "num_beams": 3, "attempts": 2},
    "sample": {"strategy": "sample", "temperature": 1.5, "seed": 9, "plain_text": True},
}


@pytest.mark.parametrize("lines", [(), ("\tniño\t", "\tel él\t", "\tcomió\t", "\tél\tniño")])
def test_every_script_writes_the_same_tokens(tmp_path, lines):
    folder = tmp_path / "model"
    pairs.save("marian", folder, same_letters=True, seed=1)
    if lines:
        Spellings(lines).write(folder / SPELLINGS_FILE)
    loaded = pairs.load(folder)
    (tmp_path / "driver.py").write_text(DRIVER)
    for name, params in CASES.items():
        asked = request("el niño comio 3,5 piñas", max_new_tokens=12, **params)
        script = recipe(asked, complete(loaded, asked))
        assert "class SameLetters(LogitsProcessor)" in script
        (tmp_path / f"{name}.py").write_text(script)
    command = [sys.executable, "driver.py", str(folder), *(f"{name}.py" for name in CASES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outputs = done.stdout.split("<<<>>>\n")[1:]
    assert len(outputs) == len(CASES)
    for name, output in zip(CASES, outputs, strict=True):
        assert "Los mismos tokens que en Discord." in output, (name, output)

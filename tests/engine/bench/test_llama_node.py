"""npm's llama.cpp is asked line by line, for everybody at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.bench.llama_node import PACKAGE, LlamaNode
from engine.bench.workload import Workload

WORK = Workload(
    prompt="a",
    prompt_ids=(1,),
    text_ids=tuple(range(2, 41)),
    prompt_tokens=16,
    new_tokens=3,
    is_sampled=True,
)
PROGRAM = """
import json, sys
assert sys.argv[1].endswith("llama_node.mjs") and sys.argv[2].endswith("model.gguf")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    texts = json.loads(line)
    assert all(len(text["ids"]) == 16 and text["topP"] == 0.9 for text in texts)
    assert len({text["seed"] for text in texts}) == len(texts)
    print(json.dumps({"written": sum(text["newTokens"] for text in texts)}), flush=True)
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for Node and for a folder in which npm has installed the package."""
    (tmp_path / "npm" / "node_modules" / PACKAGE).mkdir(parents=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    node = programs / "node"
    node.write_text(f"#!{sys.executable}\n{PROGRAM}", encoding="utf-8")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    return tmp_path / "npm"


async def test_everybody_is_served_in_one_turn(npm: Path, tmp_path: Path) -> None:
    rival = LlamaNode(tmp_path / "model.gguf", 4, 19, npm, tmp_path)
    try:
        assert rival.name == "llama.cpp, node-llama-cpp, model"
        assert await rival.serve(WORK, 4) == 12
        assert await rival.serve(WORK, 1) == 3
        assert (tmp_path / "node_modules" / PACKAGE).is_dir()
    finally:
        rival.close()


async def test_a_program_that_ends_ends_the_bench(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended"):
        LlamaNode(tmp_path / "nothing", 4, 19, npm, tmp_path)


def test_where_npm_has_not_installed_it_it_says_how_to(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="npm install node-llama-cpp"):
        LlamaNode(tmp_path / "model.gguf", 4, 19, tmp_path, tmp_path)

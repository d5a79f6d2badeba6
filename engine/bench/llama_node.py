"""llama.cpp as npm brings it, in node-llama-cpp: a binary that nobody has to build."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.bench.workload import TEMPERATURE, TOP_P, Workload
from engine.runtime.threads import available_cores

PACKAGE = "node-llama-cpp"
_SCRIPT = "llama_node.mjs"
_PACKAGES = "node_modules"
_ROOM = 32
"""Positions beyond a prompt and its answer, so that no context is ever shifted."""


class LlamaNode:
    """llama.cpp in a process of Node, which puts the texts of all users into one batch.

    Args:
        file: A GGUF file.
        users: Most that it will serve at once.
        tokens: Longest prompt and answer together.
        folder: Where `npm install node-llama-cpp` was run.
        scratch: For the program that Node runs.

    Raises:
        SystemExit: It does not start.
    """

    def __init__(self, file: Path, users: int, tokens: int, folder: Path, scratch: Path) -> None:
        program = shutil.which("node")
        if program is None or not has_package(folder):
            raise SystemExit(f"{PACKAGE} is not installed: npm install {PACKAGE}, or --npm FOLDER")
        self.name = f"llama.cpp, {PACKAGE}, {file.stem}"
        # A module looks for packages where it lies.
        script = scratch / _SCRIPT
        script.write_text(files("engine.bench").joinpath(_SCRIPT).read_text("utf-8"), "utf-8")
        packages = scratch / _PACKAGES
        if not packages.exists():
            packages.symlink_to((folder / _PACKAGES).resolve())
        numbers = map(str, (users, tokens + _ROOM, available_cores()))
        self._process = subprocess.Popen(
            [program, str(script), str(file.resolve()), *numbers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        sampling = {"topP": TOP_P, "topK": 0, "minP": 0} if work.is_sampled else {}
        texts = [
            {
                "ids": [*work.prompt_ids, *work.rest_of(user)],
                "newTokens": work.new_tokens,
                "temperature": TEMPERATURE if work.is_sampled else 0,
                "seed": user,
                **sampling,
            }
            for user in range(users)
        ]
        return await asyncio.to_thread(self._ask, texts)

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate()

    def _ask(self, texts: list[dict[str, Any]]) -> int:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(texts) + "\n")
            self._process.stdin.flush()
        return int(self._answer()["written"])

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self.close()
            raise SystemExit(f"{PACKAGE} ended")
        return json.loads(line)


def has_package(folder: Path) -> bool:
    """Tell whether npm has installed it there."""
    return (folder / _PACKAGES / PACKAGE).is_dir()

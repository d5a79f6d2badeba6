"""The unmodified bot process against a fake Discord on the wire.

The fake is not part of this repository: `WIRE_DIR` names its folder; without it these tests are
skipped. A start takes seconds, so that the tests of a module share one process where they can.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tests.engine import tiny

ROOT = Path(__file__).parents[2]
WIRE_DIR = os.environ.get("WIRE_DIR", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(280))
            if not WIRE_DIR:
                item.add_marker(pytest.mark.skip(reason="WIRE_DIR names no fake Discord"))


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 with random weights, large enough for a text to take a while."""
    folder = tmp_path_factory.mktemp("modelo")
    tokenizer = tiny.byte_level_tokenizer()
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=384,
        n_layer=6,
        n_head=6,
        n_positions=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire() -> AsyncIterator[Any]:
    """The fake Discord of a module."""
    async with fake_discord() as d:
        yield d


@asynccontextmanager
async def fake_discord(**options: Any) -> AsyncIterator[Any]:
    """Run a fake Discord; heartbeats are frequent, to notice a stalled event loop."""
    sys.path.insert(0, WIRE_DIR)
    try:
        from fakediscord import FakeDiscord
    finally:
        sys.path.remove(WIRE_DIR)
    async with FakeDiscord(
        rest_latency=(0.02, 0.08),
        gateway_latency=(0.01, 0.03),
        channels=50,
        heartbeat_interval=1.0,
        **options,
    ) as d:
        _check_once(d)
        yield d


def _check_once(d: Any) -> None:
    """Remember what Discord's specification says of a body: every test asks about all before it."""
    check, said = d.openapi.request_errors, {}

    def errors(method: str, path: str, body: object) -> list[str]:
        key = (method, path, json.dumps(body, sort_keys=True))
        if key not in said:
            said[key] = check(method, path, body)
        return said[key]

    d.openapi.request_errors = errors


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datos")


@pytest.fixture(scope="module")
def start_bot(wire: Any, model_folder: Path, data_dir: Path) -> Callable[..., Awaitable[None]]:
    """Start `python -m bot` with only the three keys that it needs, and whatever else is given."""

    async def start(*, wait: bool = True, **env: object) -> None:
        (data_dir / "none.env").touch()
        # A test that failed half-way must not fail those after it.
        if wire.proc is not None and wire.proc.returncode is None:
            await wire.stop_bot(signal.SIGKILL)
        await wire.start_bot(
            [sys.executable, "-m", "bot", "--env-file", str(data_dir / "none.env")],
            env={"MODELS": model_folder, "DATA_DIR": data_dir, **env},
            cwd=ROOT,
            ready_timeout=120,
            sync_grace=60,
            nice=0,
            wait=wait,
        )

    return start


@pytest.fixture
def problems(wire: Any) -> Callable[..., Awaitable[list[str]]]:
    """Say what Discord or a person would object to since the test began.

    The arguments of the returned function are error codes that the test provokes.
    """
    before = set(wire.problems())

    async def since(*expected: int) -> list[str]:
        await _settled(wire)
        return [text for text in wire.problems(expect_errors=expected) if text not in before]

    return since


async def _settled(wire: Any) -> None:
    """Wait until nothing is on its way: a message is shown once more behind a choice's answer.

    What was asked of a process that is gone, or is called off, is never answered.
    """
    end = time.monotonic() + 10
    asked = -1
    while time.monotonic() < end and asked != len(wire.requests):
        asked = len(wire.requests)
        await asyncio.sleep(0.4)

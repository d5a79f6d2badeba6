"""Checkpoints, GGUF files and stores for the tests of the model layer."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.loaded import LoadedModel
from engine.models.store import ModelStore

Edit = Callable[[dict], dict]


@pytest.fixture(scope="session")
def originals(tiny_model: Callable[..., LoadedModel]) -> Callable[[str], Path]:
    """Give the saved folder of a tiny model; it is shared, so it must not be changed."""
    return lambda family: Path(tiny_model(family).model.config._name_or_path)


@pytest.fixture
def checkpoint(originals: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """Copy a tiny checkpoint into a folder of its own."""

    def copy(name: str = "modelo", family: str = "gpt2") -> Path:
        return Path(shutil.copytree(originals(family), tmp_path / name))

    return copy


@pytest.fixture
def store(tmp_path: Path) -> Callable[..., ModelStore]:
    """Build a store on the CPU with a data folder of its own."""

    def build(*models: object, **options: object) -> ModelStore:
        texts = [str(model) for model in models]
        return ModelStore(texts, **{"device": "cpu", "data_dir": tmp_path / "data", **options})

    return build


def edit_json(path: Path, **changes: object) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(value | changes), encoding="utf-8")


def rename_tensor(path: Path, old: str, new: str) -> None:
    """Give a tensor of a safetensors file another name of the same length."""
    assert len(old) == len(new)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = data[8 : 8 + length].replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    path.write_bytes(data[:8] + header + data[8 + length :])

from __future__ import annotations

import json
import os
import shutil

import pytest

from engine.errors import ModelUnavailable
from engine.models import checkpoint as module
from engine.models.checkpoint import inspect
from tests.engine.models.conftest import edit_json


def reason_of(folder) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        inspect("m", folder)
    assert caught.value.model == "m"
    return caught.value


def test_facts_are_read_from_the_headers(checkpoint):
    facts = inspect("m", checkpoint())
    # GPT-2: tied embeddings 320×32, positions 64×32, two layers, final norm.
    layer = 4 * 32 + (32 * 96 + 96) + (32 * 32 + 32) + (32 * 128 + 128) + (128 * 32 + 32)
    assert facts.parameters == 320 * 32 + 64 * 32 + 2 * layer + 2 * 32
    assert facts.tied_parameters == 320 * 32
    assert facts.weights_bytes > 4 * facts.parameters
    assert facts.config["model_type"] == "gpt2"
    assert facts.display_name == "modelo"


def test_a_missing_folder(tmp_path):
    assert reason_of(tmp_path / "nada").reason == "not_found"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("config.json", "missing_file"), ("model.safetensors", "missing_file")],
)
def test_a_missing_file(checkpoint, name, reason):
    folder = checkpoint()
    (folder / name).unlink()
    error = reason_of(folder)
    assert (error.reason, error.path) == (reason, str(folder / name))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "flax_model.msgpack"])
def test_unsafe_formats_are_refused(checkpoint, name):
    folder = checkpoint()
    (folder / "model.safetensors").rename(folder / name)
    error = reason_of(folder)
    assert (error.reason, error.path) == ("unsafe_format", str(folder / name))


def test_no_tokenizer(checkpoint):
    folder = checkpoint()
    (folder / "tokenizer.json").unlink()
    assert reason_of(folder).reason == "no_tokenizer"


@pytest.mark.parametrize("text", ["{", "[1]", "\ud800"])
def test_a_broken_configuration(checkpoint, text):
    folder = checkpoint()
    (folder / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    error = reason_of(folder)
    assert (error.reason, error.path) == ("corrupt", str(folder / "config.json"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:5],
        lambda data: b"\xff" * 8 + data[8:],
        lambda data: data[:8] + b"?" + data[9:],
        lambda data: b"\x02" + bytes(7) + b"[]",
        lambda data: b"\x08" + bytes(7) + b'{"a": 1}',
    ],
)
def test_broken_weights(checkpoint, damage):
    folder = checkpoint()
    path = folder / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    error = reason_of(folder)
    assert (error.reason, error.path) == ("corrupt", str(path))
    assert error.__cause__ is not None


def shard(folder) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    halves = (names[::2], names[1::2])
    files = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    for file, half in zip(files, halves, strict=True):
        save_file({name: tensors[name] for name in half}, folder / file, {"format": "pt"})
    weight_map = {n: file for file, half in zip(files, halves, strict=True) for n in half}
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_shards_are_counted_together_and_none_may_be_missing(checkpoint):
    folder = checkpoint()
    whole = inspect("m", folder)
    shard(folder)
    assert inspect("m", folder).parameters == whole.parameters
    (folder / "model-00002-of-00002.safetensors").unlink()
    error = reason_of(folder)
    assert error.reason == "missing_file"
    assert error.path.endswith("model-00002-of-00002.safetensors")


@pytest.mark.parametrize("weight_map", [None, {"a": 1}])
def test_a_broken_index(checkpoint, weight_map):
    folder = checkpoint()
    shard(folder)
    edit_json(folder / "model.safetensors.index.json", weight_map=weight_map)
    assert reason_of(folder).reason == "corrupt"


def flip_byte(path, offset: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(offset, os.SEEK_END)
        byte = stream.read(1)[0]
        stream.seek(offset, os.SEEK_END)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.parametrize("whole_bytes", [1 << 30, 100_000], ids=["small", "large"])
def test_the_revision_changes_with_the_content_only(checkpoint, tmp_path, monkeypatch, whole_bytes):
    monkeypatch.setattr(module, "_WHOLE_FILE_BYTES", whole_bytes)
    folder = checkpoint()
    revision = inspect("m", folder).revision
    assert len(revision) == 8
    assert int(revision, 16) >= 0
    moved = shutil.copytree(folder, tmp_path / "moved")
    assert inspect("m", moved).revision == revision
    flip_byte(moved / "model.safetensors", -1)
    changed = inspect("m", moved).revision
    edit_json(moved / "config.json", eos_token_id=5)
    assert len({revision, changed, inspect("m", moved).revision}) == 3


def test_causal_masks_of_old_checkpoints_are_not_parameters(checkpoint):
    import torch
    from safetensors.torch import load_file, save_file

    folder = checkpoint()
    before = inspect("m", folder).parameters
    tensors = load_file(folder / "model.safetensors")
    tensors["transformer.h.0.attn.bias"] = torch.ones(1, 1, 64, 64)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert inspect("m", folder).parameters == before


@pytest.mark.parametrize("family", ["llama", "gptj"])
def test_an_output_layer_of_its_own_is_not_tied(checkpoint, family):
    assert inspect("m", checkpoint(family=family)).tied_parameters == 0

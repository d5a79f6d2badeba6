from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError, ModelUnavailable
from engine.models import conversion, memory
from engine.models.gguf_header import read_gguf_header
from tests.engine.models.gguf_files import write_gguf


@pytest.fixture
def original(originals) -> Path:
    return originals("qwen2")


@pytest.fixture
def file(original, tmp_path) -> Path:
    """A rounded GGUF file beside files that are none of its business."""
    folder = tmp_path / "descargas"
    folder.mkdir()
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<otro>"}')
    write_gguf(folder / "pequeño.gguf", original, is_rounded=True)
    return folder / "pequeño.gguf"


@pytest.fixture
def conversions(monkeypatch) -> list[str]:
    seen = []
    real = conversion._save_converted

    def save(model, *args):
        seen.append(model)
        real(model, *args)

    monkeypatch.setattr(conversion, "_save_converted", save)
    return seen


def test_a_rounded_file_gives_the_dequantised_weights(original, store, tmp_path):
    from transformers import AutoModelForCausalLM

    path = tmp_path / "pequeño.gguf"
    expected = write_gguf(path, original, is_rounded=True)
    loaded = store(path).get(str(path))
    (converted,) = tmp_path.rglob("conversion.json")
    state = AutoModelForCausalLM.from_pretrained(converted.parent).state_dict()
    for name, tensor in expected.items():
        assert np.array_equal(state[name].numpy(), tensor), name
    assert loaded.display_name == "Pequeño (Q8_0)"
    assert len(loaded.revision) == 8
    assert loaded.n_positions == 64
    assert loaded.eos_ids == {loaded.tokenizer.eos_token_id}


def test_the_tokenizer_is_the_original_one(original, store, file):
    from transformers import AutoTokenizer

    reference = AutoTokenizer.from_pretrained(original)
    tokenizer = store(file).get(str(file)).tokenizer
    for text in ("La vida es sueño. ", "  ¿ñ?\n\n漢🦄\x00\t", "<|fin|>"):
        assert tokenizer(text)["input_ids"] == reference(text)["input_ids"]
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids) == reference.decode(ids) == text
    assert tokenizer.bos_token == reference.bos_token


def test_an_exact_file_computes_as_its_original(original, store, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    path = tmp_path / "exacto.gguf"
    write_gguf(path, original, is_rounded=False)
    loaded = store(path).get(str(path))
    reference = AutoModelForCausalLM.from_pretrained(original, dtype=torch.float32)
    ids = torch.tensor([[5, 9, 200, 31]])
    (converted,) = tmp_path.rglob("conversion.json")
    state = AutoModelForCausalLM.from_pretrained(converted.parent).state_dict()
    assert all(torch.equal(state[name], value) for name, value in reference.state_dict().items())
    # Whichever kernels were the quickest when it was loaded add in their own order.
    assert torch.allclose(loaded.model(ids).logits, reference(ids).logits, atol=1e-5, rtol=0)
    assert loaded.display_name == "Pequeño"


def test_it_is_converted_once(store, file, conversions, monkeypatch):
    seen = []
    first = store(file, on_preparation=lambda *event: seen.append(event)).get(str(file))
    shares = [share for _, phase, share in seen if phase == "convert"]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)

    def unreadable(*args):
        raise AssertionError("hashed again")

    monkeypatch.setattr("engine.models.preparation._digest", unreadable)
    assert store(file).get(str(file)).revision == first.revision
    assert conversions == [file.name]


def test_a_file_that_moved_is_recognised_by_its_content(store, file, conversions):
    revision = store(file).get(str(file)).revision
    (file.parent / "otro").mkdir()
    moved = file.rename(file.parent / "otro" / file.name)
    assert store(moved).get(str(moved)).revision == revision
    assert conversions == [file.name]


@pytest.fixture
def folder(store, file, conversions, tmp_path) -> Path:
    """A finished conversion."""
    store(file).get(str(file))
    return next((tmp_path / "data" / "models").glob("*/"))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("kind", ["flipped", "shortened", "missing"])
def test_a_damaged_conversion_is_redone(store, file, conversions, folder, name, kind):
    path = folder / name
    data = path.read_bytes()
    match kind:
        case "flipped":
            path.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
        case "shortened":
            path.write_bytes(data[:-1])
        case "missing":
            path.unlink()
    store(file).get(str(file))
    assert len(conversions) == 2
    assert path.read_bytes() == data


@pytest.mark.parametrize("text", ["", "[]", '{"format": 0}'])
def test_an_unfinished_conversion_is_redone(store, file, conversions, folder, text):
    (folder / conversion.MANIFEST).write_text(text)
    store(file).get(str(file))
    assert len(conversions) == 2


def test_what_a_killed_process_left_is_cleared(store, file, conversions, tmp_path, folder):
    leftover = folder.parent / f".{folder.name}-abc123"
    leftover.mkdir()
    (leftover / "model.gguf").write_bytes(b"half")
    shutil.rmtree(folder)
    store(file).get(str(file))
    assert {path.name for path in folder.parent.iterdir() if path.is_dir()} == {folder.name}


def reason_of(store, file) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        store(file).get(str(file))
    return caught.value


def no_folders(tmp_path: Path) -> bool:
    return not any(path.is_dir() for path in (tmp_path / "data" / "models").iterdir())


def test_a_disk_known_to_be_too_small(store, file, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(conversion.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    error = reason_of(store, file)
    assert error.reason == "no_space"
    assert error.available_bytes == 1 < error.needed_bytes
    assert no_folders(tmp_path)


@pytest.mark.parametrize("kind", ["system", "safetensors"])
def test_a_disk_that_fills_up_on_the_way(store, file, tmp_path, monkeypatch, kind):
    from safetensors import SafetensorError
    from transformers import PreTrainedModel

    full = {
        "system": OSError(28, "No space left on device"),
        "safetensors": SafetensorError("I/O error: No space left on device (os error 28)"),
    }[kind]

    def fail(*args, **kwargs):
        raise full

    monkeypatch.setattr(PreTrainedModel, "save_pretrained", fail)
    error = reason_of(store, file)
    assert error.reason == "no_space"
    assert error.__cause__ is full
    assert no_folders(tmp_path)


def test_a_data_folder_that_cannot_be_written(store, file, tmp_path):
    (tmp_path / "data").write_text("a file")
    assert reason_of(store, file).reason == "no_access"


def test_too_little_memory_to_convert(store, file, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda device: 7)
    with pytest.raises(EngineError) as caught:
        store(file).get(str(file))
    assert (caught.value.code, caught.value.available_bytes) == ("out_of_memory", 7)
    assert caught.value.needed_bytes > 7
    assert no_folders(tmp_path)


def test_a_file_that_is_not_there(store, tmp_path):
    assert reason_of(store, tmp_path / "nada.gguf").reason == "not_found"


@pytest.mark.parametrize("size", [0, 3, 30, 500, 5000, -1])
def test_a_broken_file(store, file, size):
    file.write_bytes(file.read_bytes()[:size])
    error = reason_of(store, file)
    assert error.reason == "corrupt"
    assert isinstance(error.__cause__, ValueError)


def test_an_unknown_architecture(store, original, tmp_path):
    path = tmp_path / "raro.gguf"
    write_gguf(path, original, is_rounded=False, architecture="nunca_visto")
    assert reason_of(store, path).reason == "unsupported_architecture"


def test_the_header_is_read_without_the_tensors(file, original):
    header = read_gguf_header(file)
    assert (header.architecture, header.name) == ("qwen2", "Pequeño")
    assert header.quantisation == "Q8_0"
    from engine.models.checkpoint import inspect

    assert header.parameters == inspect("m", original).parameters


@pytest.mark.parametrize(
    "data",
    [b"GGML" + bytes(40), b"GGUF\x01" + bytes(40), b"GGUF\x03" + bytes(19)],
    ids=["magic", "version", "no architecture"],
)
def test_what_is_no_gguf_file(tmp_path, data):
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="gguf"):
        read_gguf_header(path)

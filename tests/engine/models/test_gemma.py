"""The real model, where its package is installed: converted once for all these tests."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from engine.models.catalogue import GEMMA, GEMMA_FILE
from engine.models.store import ModelStore
from tests.recording import unrecorded

pytestmark = pytest.mark.skipif(not GEMMA_FILE.is_installed, reason="Gemma is not installed")

PROMPT = (
    "En un descubrimiento impactante, un grupo de científicos encontró una manada de unicornios "
    "que vivía en"
)
# Ids of the published Gemma 3 tokenizer.
KNOWN_IDS = {
    "Hello world": [2, 9259, 1902],
    "El amor es eterno mientras": [2, 4976, 26513, 1115, 187961, 26565],
}
TEXTS = (
    "El amor es eterno mientras dura. ",
    "¿Qué? ¡Ñandú! «comillas» — 3,14 €",
    " uno  dos   tres    cuatro",
    "línea\n\notra\n\tsangrada\r\n",
    "🦄🐴👩‍👩‍👧‍👦 漢字 한국어 русский 𐍈𓀀",
    "a\x00b\x07c\u200b\ufeff\u00a0",
    "def f(x):\n    return x * 2\n\n\n\nprint(f(3))",
    "<b>negrita</b>",
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder for 1.4 GB that are not kept."""
    folder = tmp_path_factory.mktemp("datos")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def phases():
    return []


@pytest.fixture(scope="module")
def loaded(data_dir, phases):
    store = ModelStore(
        [GEMMA.name],
        device="cpu",
        data_dir=data_dir,
        on_preparation=lambda *event: phases.append(event),
    )
    # The tiny files of other tests walk the same lines, and not for hundreds of megabytes.
    with unrecorded():
        return store.get(GEMMA.name)


def test_it_is_described_as_rounded_on_disk(loaded):
    assert loaded.display_name == "gemma-3-270m (Q4_K_M)"
    assert loaded.revision == "a5fd3b62"
    info = loaded.info
    assert (info.family, info.licence, info.parameters) == ("Gemma 3", "Gemma", 268_098_176)
    assert (loaded.n_positions, loaded.vocab_size, loaded.eos_ids) == (32_768, 262_144, {1})


def test_the_first_start_shows_its_progress(loaded, phases):
    names = [phase for _, phase, _ in phases]
    assert list(dict.fromkeys(names)) == ["join", "convert", "load"]
    for phase in ("join", "convert"):
        shares = [share for _, name, share in phases if name == phase]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_the_weights_are_exactly_the_dequantised_ones(loaded, data_dir):
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize
    from safetensors.torch import load_file

    from engine.models.gguf_header import read_gguf_header

    path = data_dir / "gemma.gguf"
    GEMMA_FILE.join(path, lambda share: None)
    tensors = {tensor.name: tensor for tensor in read_gguf_header(path).tensors}
    data = np.memmap(path, dtype=np.uint8, mode="r")
    (converted,) = data_dir.rglob("model.safetensors")
    state = load_file(converted)
    # Tied to the embeddings, which are there once.
    assert "lm_head.weight" not in state
    modules = {
        "token_embd": "model.embed_tokens",
        "blk.0.attn_q": "model.layers.0.self_attn.q_proj",
        "blk.5.ffn_down": "model.layers.5.mlp.down_proj",
        "blk.17.attn_v": "model.layers.17.self_attn.v_proj",
    }
    for name, module in modules.items():
        tensor = tensors[f"{name}.weight"]
        blocks = data[tensor.start : tensor.start + tensor.size_bytes]
        values = dequantize(blocks, GGMLQuantizationType(tensor.type_id)).reshape(tensor.shape)
        assert np.array_equal(values, state[f"{module}.weight"].numpy()), name
    # llama.cpp stores Gemma's norms with the 1 added that transformers adds when it computes.
    norm = tensors["output_norm.weight"]
    values = data[norm.start : norm.start + norm.size_bytes].view(np.float32)
    assert np.array_equal(values - 1, state["model.norm.weight"].numpy())


def test_the_tokenizer_is_right(loaded):
    tokenizer = loaded.tokenizer
    for text, ids in KNOWN_IDS.items():
        assert tokenizer(text)["input_ids"] == ids
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        assert ids[0] == 2
        assert tokenizer.decode(ids, skip_special_tokens=True) == text
    # Byte fallback: what is not in the vocabulary is spelled in bytes.
    assert tokenizer.convert_ids_to_tokens(tokenizer("\u0378")["input_ids"])[1:] == [
        "<0xCD>",
        "<0xB8>",
    ]


def test_it_writes_spanish(loaded):
    inputs = loaded.tokenizer(PROMPT, return_tensors="pt")
    ids = loaded.model.generate(**inputs, max_new_tokens=16, do_sample=False)[0]
    text = loaded.tokenizer.decode(ids, skip_special_tokens=True)
    assert text.startswith(f"{PROMPT} el mismo lugar")


def test_later_starts_only_load(loaded, data_dir):
    import torch

    seen = []
    store = ModelStore(
        [GEMMA.name], device="cpu", data_dir=data_dir, on_preparation=lambda *e: seen.append(e)
    )
    again = store.get(GEMMA.name)
    assert {phase for _, phase, _ in seen} == {"load"}
    old, new = loaded.model.state_dict(), again.model.state_dict()
    assert old.keys() == new.keys()
    assert all(torch.equal(old[name], new[name]) for name in old)
    inputs = [loaded.tokenizer(text)["input_ids"] for text in TEXTS]
    assert inputs == [again.tokenizer(text)["input_ids"] for text in TEXTS]

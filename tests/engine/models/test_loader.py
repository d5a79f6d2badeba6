from __future__ import annotations

import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.errors import EngineError, ModelUnavailable
from engine.models.kinds import kind_of, stated_kind
from engine.models.loader import resolve_device
from tests.engine.models.conftest import edit_json, rename_tensor
from tests.engine.runtime.panics import panic_of
from tests.engine.tiny import byte_level_tokenizer, complete, request

IDS = torch.tensor([[5, 9, 200]])


def test_a_folder_is_loaded_in_float32_and_described(checkpoint, store):
    folder = checkpoint()
    edit_json(folder / "config.json", dtype="bfloat16")
    loaded = store(folder).get(str(folder))
    model = loaded.model
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}
    assert not model.training
    assert (loaded.name, loaded.display_name) == ("modelo", "modelo")
    assert (loaded.precision, loaded.device) == ("exact", "cpu")
    assert (loaded.n_positions, loaded.vocab_size) == (64, 320)
    assert loaded.eos_ids == {loaded.tokenizer.eos_token_id}
    assert loaded.has_cache
    info = loaded.info
    assert info.family == "GPT-2"
    assert info.revision == loaded.revision
    assert set(info.eos_ids) == loaded.eos_ids != set()
    original = AutoModelForCausalLM.from_pretrained(folder)
    assert info.parameters == sum(tensor.numel() for tensor in original.parameters())


@pytest.mark.parametrize("family", ["gpt_neo", "gptj", "llama", "gemma3_text", "openai-gpt"])
def test_other_families(checkpoint, store, originals, family):
    folder = checkpoint(family=family)
    loaded = store(folder).get(str(folder))
    assert loaded.n_positions == 64
    assert loaded.has_cache == (family != "openai-gpt")
    reference = AutoModelForCausalLM.from_pretrained(originals(family), dtype=torch.float32)
    assert torch.allclose(loaded.model(IDS).logits, reference(IDS).logits, atol=1e-4)


ROBERTAS = ("roberta", "xlm-roberta", "camembert", "roberta-prelayernorm", "data2vec-text", "xmod")


@pytest.mark.parametrize("family", ROBERTAS)
def test_positions_that_begin_behind_the_padding_are_not_counted(tmp_path, store, family):
    tokenizer = byte_level_tokenizer()
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        eos_token_id=0,
        is_decoder=True,
        initializer_range=0.4,
        **({"languages": ["es_XX"], "default_language": "es_XX"} if family == "xmod" else {}),
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / family)
    tokenizer.save_pretrained(tmp_path / family)
    loaded = store(tmp_path / family).get(str(tmp_path / family))
    assert loaded.n_positions == loaded.info.n_positions == 64
    completion = complete(loaded, request("La vida es sueño. " * 30, max_new_tokens=8))
    assert (completion.prompt_tokens, len(completion.attempts[0].token_ids)) == (56, 8)
    assert completion.truncated_tokens > 100
    prompt = torch.tensor([completion.prompt_ids])
    # As the model itself numbers them; `generate` alone would begin with 0.
    positions = torch.arange(2, 58)[None]
    written = loaded.model.generate(
        prompt, position_ids=positions, max_new_tokens=8, do_sample=False, pad_token_id=1
    )
    assert written[0, 56:].tolist() == list(completion.attempts[0].token_ids)


def test_a_tokenizer_with_more_tokens_than_the_model_is_told(checkpoint, store, caplog):
    folder = checkpoint()
    store(folder).get(str(folder))
    assert "does not know" not in caplog.text
    tokenizer = byte_level_tokenizer()
    tokenizer.add_special_tokens({"pad_token": "<relleno>"})
    tokenizer.save_pretrained(folder)
    store(folder).get(str(folder))
    assert "1 tokens that the model does not know, such as <relleno>" in caplog.text


@pytest.mark.parametrize("precision", ["fast", "turbo"])
def test_a_model_says_how_it_computes_and_not_how_it_was_asked_to(
    checkpoint, store, caplog, precision
):
    folder = checkpoint()
    exact = store(folder).get(str(folder))
    caplog.set_level("INFO", logger="engine.models.loader")
    rounded = store(folder, precision=precision).get(str(folder))
    info = rounded.info
    assert rounded.precision == info.precision
    assert (rounded.vocab_size, info.parameters) == (exact.vocab_size, exact.info.parameters)
    number = {"exact": "float32", "fast": "float16", "turbo": "int8"}[info.precision]
    assert any(kernel.endswith(number) for kernel in info.kernels.split(" + "))
    assert all(": " in product for product in info.products)
    # What calls itself rounded is; what calls itself exact computes in float32, with the kernel
    # that was the quickest when it was loaded: two loads may add in another order.
    is_exact = torch.allclose(rounded.model(IDS).logits, exact.model(IDS).logits, atol=1e-5, rtol=0)
    assert is_exact == (info.precision == "exact")
    line = [message for message in caplog.messages if " computes " in message][-1]
    assert f"with {info.kernels}: {info.precision}" in line
    assert (f"{precision} was asked for" in line) == (info.precision != precision)


def test_the_weights_survive_their_file(checkpoint, store):
    folder = checkpoint()
    loaded = store(folder).get(str(folder))
    before = loaded.model(IDS).logits
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\x00" * 30_000)
    assert torch.equal(loaded.model(IDS).logits, before)


def test_a_tokenizer_neither_cuts_nor_pads(checkpoint, store):
    folder = checkpoint()
    cut = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
    pad = {"direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "x"}
    pad |= {"strategy": {"Fixed": 30}, "pad_to_multiple_of": None}
    edit_json(folder / "tokenizer.json", truncation=cut, padding=pad)
    backend = store(folder).get(str(folder)).tokenizer.backend_tokenizer
    assert (backend.truncation, backend.padding) == (None, None)


@pytest.mark.parametrize(("stated", "expected"), [(7, {7}), ([7, 9], {7, 9}), ([7, 999_999], {7})])
def test_end_tokens_may_be_one_or_many(checkpoint, store, stated, expected):
    folder = checkpoint()
    edit_json(folder / "config.json", eos_token_id=stated)
    edit_json(folder / "generation_config.json", eos_token_id=stated)
    assert store(folder).get(str(folder)).eos_ids == expected


def test_end_tokens_fall_back_to_the_tokenizer(checkpoint, store):
    folder = checkpoint()
    edit_json(folder / "config.json", eos_token_id=None)
    (folder / "generation_config.json").unlink()
    loaded = store(folder).get(str(folder))
    assert loaded.eos_ids == {loaded.tokenizer.eos_token_id}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, "unsupported_architecture"),
        ({"model_type": "nunca_visto"}, "unsupported_architecture"),
        (
            {"model_type": "remoto", "auto_map": {"AutoModelForCausalLM": "code.Model"}},
            "unsupported_architecture",
        ),
        ({"model_type": "gpt2", "quantization_config": {}}, "unsupported_architecture"),
        ({"model_type": "bert", "architectures": ["BertModel"]}, "no_language_model"),
        ({"model_type": "bert"}, "no_language_model"),
        ({"model_type": "t5", "architectures": ["T5EncoderModel"]}, "no_language_model"),
        (
            {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"]},
            "no_language_model",
        ),
        (
            {
                "model_type": "bart",
                "architectures": ["BartForCausalLM"],
                "is_encoder_decoder": True,
            },
            "no_language_model",
        ),
    ],
)
def test_only_native_language_models_are_accepted(config, reason):
    with pytest.raises(ModelUnavailable) as caught:
        kind_of("m", config)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "gpt2"},
        {"model_type": "gpt2", "architectures": ["GPT2Model"]},
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]},
        {"model_type": "bert", "architectures": ["BertLMHeadModel"], "is_decoder": True},
        {
            "model_type": "phi3",
            "architectures": ["Phi3ForCausalLM"],
            "auto_map": {"AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"},
        },
    ],
)
def test_native_causal_models_are_decoders(config):
    assert kind_of("m", config) == "decoder"


@pytest.mark.parametrize(
    ("model_type", "architecture", "kind"),
    [
        ("bert", "BertForMaskedLM", "encoder"),
        ("distilbert", "DistilBertForMaskedLM", "encoder"),
        ("roberta", "RobertaForMaskedLM", "encoder"),
        ("roberta", "RobertaForCausalLM", "decoder"),
        ("marian", "MarianMTModel", "encoder_decoder"),
        ("t5", "T5ForConditionalGeneration", "encoder_decoder"),
        ("m2m_100", "M2M100ForConditionalGeneration", "encoder_decoder"),
        ("ctrl", "CTRLLMHeadModel", "decoder"),
    ],
)
def test_the_kind_is_told_by_the_configuration(tmp_path, model_type, architecture, kind):
    config = {"model_type": model_type, "architectures": [architecture]}
    config["is_encoder_decoder"] = kind == "encoder_decoder"
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert kind_of("m", config) == stated_kind(tmp_path) == kind
    del config["is_encoder_decoder"]
    assert kind_of("m", config) == kind


def test_code_beside_a_native_model_is_not_run(checkpoint, store):
    folder = checkpoint()
    (folder / "code.py").write_text("raise AssertionError('run')")
    edit_json(folder / "config.json", auto_map={"AutoModelForCausalLM": "code.Model"})
    edit_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": [None, "code.Tok"]})
    loaded = store(folder).get(str(folder))
    assert type(loaded.model).__name__ == "GPT2LMHeadModel"


def reason_of(store, folder) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        store(folder).get(str(folder))
    assert caught.value.__cause__ is not None or caught.value.error
    return caught.value


def test_a_missing_tensor_is_not_filled_with_noise(checkpoint, store):
    folder = checkpoint()
    rename_tensor(folder / "model.safetensors", "transformer.wpe.weight", "transformer.xxx.weight")
    error = reason_of(store, folder)
    assert error.reason == "corrupt"
    assert "wpe" in error.error


def test_weights_of_another_shape(checkpoint, store):
    folder = checkpoint()
    edit_json(folder / "config.json", n_embd=64)
    assert reason_of(store, folder).reason == "corrupt"


def test_absurd_settings(checkpoint, store):
    folder = checkpoint()
    edit_json(folder / "config.json", activation_function="no_such_function")
    assert reason_of(store, folder).reason == "corrupt"


@pytest.mark.parametrize("text", ["{", "{}", '{"version": "1.0", "model": {"type": "BPE"}}'])
def test_a_broken_tokenizer(checkpoint, store, text):
    folder = checkpoint()
    (folder / "tokenizer.json").write_text(text)
    assert reason_of(store, folder).reason == "no_tokenizer"


@pytest.mark.parametrize(
    ("raised", "code", "reason"),
    [
        (MemoryError(), "out_of_memory", None),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
            "out_of_memory",
            None,
        ),
        (OSError(28, "No space left on device"), "model_unavailable", "no_space"),
        (PermissionError(13, "Permission denied"), "model_unavailable", "no_access"),
        (KeyError("x"), "model_unavailable", "corrupt"),
        (panic_of(), "model_unavailable", "corrupt"),
    ],
)
def test_what_the_libraries_raise_is_typed_and_chained(
    checkpoint, store, monkeypatch, raised, code, reason
):
    from transformers import AutoModelForCausalLM

    def fail(*args, **kwargs):
        raise raised

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", fail)
    folder = checkpoint()
    with pytest.raises(EngineError) as caught:
        store(folder).get(str(folder))
    assert (caught.value.code, caught.value.reason) == (code, reason)
    assert caught.value.__cause__ is raised


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert resolve_device("cpu") == resolve_device("auto") == "cpu"
    with pytest.raises(EngineError) as caught:
        resolve_device("cuda")
    assert (caught.value.code, caught.value.field) == ("invalid_params", "device")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [resolve_device(name) for name in ("auto", "cuda:1")] == ["cuda", "cuda:1"]
    with pytest.raises(EngineError):
        resolve_device("cuda:2")

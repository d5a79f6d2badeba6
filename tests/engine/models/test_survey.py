from dataclasses import replace

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
)

from engine.errors import ModelUnavailable
from engine.models import loader, memory, survey
from engine.models.catalogue import CATALOGUE, Entry, FolderSource
from engine.models.checkpoint import inspect
from tests.engine.tiny import SHAPES, byte_level_tokenizer

BERT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
}
T5 = {
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}
SHAPES_BY_KIND = {
    "gpt2": (AutoModelForCausalLM, SHAPES["gpt2"]),
    "llama": (AutoModelForCausalLM, SHAPES["llama"]),
    "bert": (AutoModelForMaskedLM, BERT),
    "t5": (AutoModelForSeq2SeqLM, T5),
}


@pytest.fixture(params=SHAPES_BY_KIND)
def folder(request, tmp_path):
    auto_class, shape = SHAPES_BY_KIND[request.param]
    tokenizer = byte_level_tokenizer()
    config = AutoConfig.for_model(request.param, vocab_size=len(tokenizer), **shape)
    auto_class.from_config(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def entry(folder):
    return Entry(name="m", source=FolderSource(path=folder))


def test_a_network_without_weights_is_counted_as_its_file_is(folder):
    checkpoint = inspect("m", folder)
    network = survey.skeleton("m", folder)
    assert {parameter.device.type for parameter in network.parameters()} == {"meta"}
    assert survey.count_parameters(network) == checkpoint.parameters + checkpoint.tied_parameters


def test_the_estimate_is_what_is_asked_for_at_load(folder, tmp_path):
    checkpoint = inspect("m", folder)
    loaded = loader.load(entry(folder), checkpoint, "cpu")
    assert survey.needed_bytes(entry(folder), tmp_path) == loaded.info.needed_bytes


def test_what_is_not_here_is_not_known_and_not_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.models.hub.fetch", None)
    assert survey.needed_bytes(entry(tmp_path / "nada"), tmp_path) is None
    assert survey.needed_bytes(CATALOGUE["gpt-j-6b"], tmp_path) is None


def test_what_cannot_be_read_is_not_known(tmp_path):
    (tmp_path / "config.json").write_text("{")
    assert survey.needed_bytes(entry(tmp_path), tmp_path) is None
    (tmp_path / "config.json").write_text('{"model_type": "de-otro-mundo"}')
    assert survey.needed_bytes(entry(tmp_path), tmp_path) is None
    with pytest.raises(ModelUnavailable):
        survey.skeleton("m", tmp_path)


def test_a_model_goes_whole_to_the_first_device_that_holds_it():
    assert survey.place(10, {"cuda": 10, "cpu": 99}) == "cuda"
    assert survey.place(10, {"cuda": 9, "cpu": 99}) == "cpu"
    assert survey.place(10, {"cuda": 9, "cpu": 5}) is None


def test_other_threads_build_real_tensors_meanwhile(folder):
    network = survey.skeleton("m", folder)
    assert torch.zeros(1).device.type == "cpu"
    assert network.device.type == "meta"


def test_the_store_tells_before_a_load(store, checkpoint):
    models = store(str(checkpoint()), "gpt-j-6b")
    models.survey()
    here, elsewhere = models.infos()
    assert here.needed_bytes > models.free_memory().working_bytes == memory.MARGIN_BYTES
    assert not here.is_loaded
    assert elsewhere.needed_bytes is None
    with models.use(here.name):
        loaded = models.infos()[0]
    assert loaded == replace(loaded, is_loaded=True, needed_bytes=here.needed_bytes)


def test_what_idle_models_would_give_back_is_told(store, checkpoint, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda device: 1000)
    models = store(str(checkpoint()), device="cpu")
    assert models.free_memory().reclaimable_bytes == 0
    monkeypatch.setattr(memory, "available_bytes", lambda device: 10**12)
    models.get(models.names[0])
    free = models.free_memory()
    assert (free.device, free.available_bytes) == ("cpu", 10**12)
    assert free.reclaimable_bytes == 4 * models.infos()[0].parameters


def test_without_room_on_the_gpu_a_model_goes_to_the_cpu(store, checkpoint, monkeypatch):
    used = []
    real = loader.load

    def load(entry, checkpoint, device, *args, **options):
        used.append(device)
        return real(entry, checkpoint, "cpu", *args, **options)

    monkeypatch.setattr(loader, "load", load)
    monkeypatch.setattr(loader, "resolve_device", lambda device: "cuda")
    free = {"cuda": 1000, "cpu": 10**12}
    monkeypatch.setattr(memory, "available_bytes", free.get)
    folder = str(checkpoint())
    store(folder, device="auto").get(None)
    free["cuda"] = 10**12
    store(folder, device="auto").get(None)
    assert used == ["cpu", "cuda"]

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ModelUnavailable
from engine.models import catalogue, preparation
from engine.models.catalogue import FolderSource, GgufSource, HubSource, describe
from engine.models.store import ModelStore
from engine.program_gaps import GAP_TOKENS
from tests.engine.tiny import byte_level_tokenizer


@pytest.mark.parametrize(
    ("text", "source", "alias"),
    [
        ("gpt2", HubSource(repo="openai-community/gpt2"), "gpt2"),
        ("spanish-gpt2", HubSource(repo="mrm8488/spanish-gpt2"), "spanish-gpt2"),
        ("mrm8488/spanish-gpt2", HubSource(repo="mrm8488/spanish-gpt2"), "spanish-gpt2"),
        (
            "spanish-gpt2@refs/pr/1",
            HubSource(repo="mrm8488/spanish-gpt2", revision="refs/pr/1"),
            "spanish-gpt2",
        ),
        ("someone/model", HubSource(repo="someone/model"), None),
        ("someone/model@v1.0", HubSource(repo="someone/model", revision="v1.0"), None),
        ("/no/such/folder", FolderSource(path=Path("/no/such/folder")), None),
        ("./folder", FolderSource(path=Path("folder")), None),
        ("models/tiny.GGUF", GgufSource(path=Path("models/tiny.GGUF")), None),
        ("what is this?", FolderSource(path=Path("what is this?")), None),
    ],
)
def test_what_a_configured_string_means(text, source, alias):
    entry = describe(text)
    assert (entry.name, entry.source, entry.alias) == (text, source, alias)


def test_an_existing_relative_folder_is_not_taken_for_a_repository(tmp_path, monkeypatch):
    (tmp_path / "someone" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert describe("someone/model").source == FolderSource(path=Path("someone/model"))
    assert describe("someone/model").display_name == "model"


def test_every_catalogue_entry_is_found_by_its_alias_and_has_a_licence():
    for alias, entry in catalogue.CATALOGUE.items():
        assert describe(alias) is entry
        assert alias == entry.name
        assert describe(entry.alias) is entry
        assert entry.licence
        assert entry.display_name


def test_every_family_of_the_lesson_has_a_name_and_says_what_it_is_asked_for():
    kinds = {entry.family: entry.kind for entry in catalogue.CATALOGUE.values()}
    families = {
        "decoder": ("GPT-1", "GPT-2", "GPT-Neo", "GPT-J"),
        "encoder": ("BERT", "DistilBERT", "RoBERTa"),
        "encoder_decoder": ("Marian", "T5", "M2M100"),
    }
    for kind, names in families.items():
        assert [kinds[name] for name in names] == [kind] * len(names)
    assert describe("Helsinki-NLP/opus-mt-es-en").kind == "encoder_decoder"
    assert describe("beto@main").kind == describe("beto").kind == "encoder"


def test_the_embedded_model_serves_if_its_weights_exist(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "EMBEDDED_FOLDER", tmp_path)
    assert not catalogue.has_embedded()
    (tmp_path / "config.json").touch()
    assert not catalogue.has_embedded()
    (tmp_path / "model.safetensors").touch()
    assert catalogue.installed()[-1] is catalogue.EMBEDDED


def test_the_embedded_model_has_a_name_for_people_and_one_for_code():
    assert describe("embedded") is describe("unicornio-9m") is catalogue.EMBEDDED


def test_importing_the_model_layer_does_not_import_torch():
    code = (
        "import sys, engine.models.store\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_best_that_is_installed_comes_first_and_is_the_default(monkeypatch):
    monkeypatch.setattr(catalogue, "has_embedded", lambda: True)
    installed = replace(catalogue.GEMMA_FILE, distributions=())
    monkeypatch.setattr(catalogue, "GEMMA_FILE", installed)
    assert catalogue.installed_names() == ("gemma-3-270m", "unicornio-9m")
    assert ModelStore(()).resolve(None) == "gemma-3-270m"


def test_gemma_serves_alone_if_only_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "EMBEDDED_FOLDER", tmp_path)
    installed = replace(catalogue.GEMMA_FILE, distributions=())
    monkeypatch.setattr(catalogue, "GEMMA_FILE", installed)
    assert catalogue.installed() == (catalogue.GEMMA,)
    missing = replace(catalogue.GEMMA_FILE, distributions=("not-installed-at-all",))
    monkeypatch.setattr(catalogue, "GEMMA_FILE", missing)
    assert catalogue.installed() == ()


def test_the_embedded_model_asked_for_by_name_without_its_weights(tmp_path, monkeypatch, store):
    monkeypatch.setattr(catalogue, "EMBEDDED_FOLDER", tmp_path)
    monkeypatch.setattr(preparation, "EMBEDDED_FOLDER", tmp_path)
    entry = replace(catalogue.EMBEDDED, source=FolderSource(path=tmp_path))
    monkeypatch.setattr(catalogue, "CATALOGUE", {"embedded": entry})
    with pytest.raises(ModelUnavailable) as caught:
        store("embedded").get("embedded")
    assert caught.value.reason == "not_installed"


def names_of(*models):
    return list(catalogue.entries(models))


def test_what_lies_in_a_folder_goes_by_its_last_part(tmp_path):
    folder, file = str(tmp_path / "mi-gpt2"), str(tmp_path / "otro.gguf")
    found = catalogue.entries((folder, file, "gpt2"))
    assert list(found) == ["mi-gpt2", "otro.gguf", "gpt2"]
    assert found["mi-gpt2"].source == FolderSource(path=tmp_path / "mi-gpt2")
    assert found["mi-gpt2"].aliases == (folder,)
    assert str(tmp_path) not in found["otro.gguf"].name


def test_the_root_of_the_disk_is_a_folder_too():
    assert names_of("/") == ["/"]


def test_two_of_one_name_take_as_many_folders_as_they_need():
    assert names_of("/a/x/m", "/b/x/m", "/b/y/m") == ["a/x/m", "b/x/m", "y/m"]
    assert names_of("/srv/gpt2", "gpt2") == ["srv/gpt2", "gpt2"]
    assert names_of("/srv/unicornio-9m") == ["srv/unicornio-9m"]
    assert names_of("/m", "/a/m") == ["m", "a/m"]
    assert names_of("/a/m", "/a/../a/m") == ["m"]


def test_a_model_is_asked_for_by_its_name_or_by_its_path(tmp_path):
    path = str(tmp_path / "mi-gpt2")
    models = ModelStore((path,))
    assert models.resolve("mi-gpt2") == models.resolve(path) == models.resolve(None) == "mi-gpt2"
    (info,) = models.infos()
    assert (info.name, info.display_name, info.aliases) == ("mi-gpt2", "mi-gpt2", (path,))
    with pytest.raises(ModelUnavailable) as caught:
        models.get("mi-gpt2")
    assert caught.value.model == "mi-gpt2"


def test_companions_stand_behind_what_is_configured_if_their_weights_exist(tmp_path, monkeypatch):
    here = replace(catalogue.EMBEDDED_GAPS, source=FolderSource(path=tmp_path))
    absent = replace(catalogue.EMBEDDED_ACCENTS, source=FolderSource(path=tmp_path / "no"))
    monkeypatch.setattr(catalogue, "COMPANIONS", (here, absent))
    assert catalogue.with_companions(["gpt2"]) == ("gpt2",)
    (tmp_path / "config.json").touch()
    (tmp_path / "model.safetensors").touch()
    assert catalogue.with_companions(["gpt2"]) == ("gpt2", here.name)
    assert catalogue.with_companions([here.name]) == (here.name,)
    assert catalogue.with_companions([])[-1] == here.name


@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("bigcode/starcoderbase-1b", "code"),
        ("Qwen/Qwen2.5-Coder-0.5B", "code"),
        ("alguien/CodeLlama-7b", "code"),
        ("codegen-350m-mono", "code"),
        ("tiny-starcoder-py", "code"),
        ("alguien/bert-decoder", None),
        ("alguien/encoder-decoder", None),
        ("alguien/gpt2-small-spanish", None),
        ("gpt2", "text"),
        ("ctrl", "text"),
    ],
)
def test_a_name_may_say_that_a_model_writes_programs(name, writes):
    assert describe(name).writes == writes


def test_a_folder_says_family_programs_and_gaps_before_it_is_loaded(checkpoint, store):
    folder = checkpoint("mi-modelo", "codegen")
    tokenizer = byte_level_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": list(GAP_TOKENS[1])})
    tokenizer.save_pretrained(folder)
    (info,) = store(folder).infos()
    assert not info.is_loaded
    assert (info.family, info.writes, info.gap_tokens) == ("CodeGen", "code", GAP_TOKENS[1])
    (info,) = store(checkpoint("programas-code")).infos()
    assert (info.family, info.writes, info.gap_tokens) == ("GPT-2", "code", ())
    (info,) = store(checkpoint("otro")).infos()
    assert (info.family, info.writes) == ("GPT-2", "text")

"""The names that people know the models by, and no folder of the machine."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.asking.options import model_autocomplete
from bot.features.models.words import model_blocks
from bot.messages.errors import text_of
from bot.render.model_names import known_model, model_info, shown_name, without_folders
from engine import EngineError, ModelUnavailable
from tests.bot.scripted import ScriptedEngine

PATH = "/srv/secreto/mi-gpt2"


@pytest.fixture
def engine(monkeypatch):
    engine = ScriptedEngine()
    default, other = engine.models()
    local = replace(other, name="mi-gpt2", display_name="mi-gpt2", aliases=(PATH,))
    monkeypatch.setattr(engine, "models", lambda: (default, local))
    return engine


@pytest.mark.parametrize("typed", ["mi-gpt2", "Mi-GPT2", PATH, f" {PATH} "])
def test_a_model_is_known_by_its_name_and_by_what_was_stored(engine, typed):
    assert known_model(engine, typed) == "mi-gpt2"


def test_a_stored_path_is_shown_as_the_name(engine):
    assert shown_name(engine, PATH) == "mi-gpt2"
    assert shown_name(engine, "/srv/secreto/gone") == "gone"
    assert shown_name(engine, "org/gone") == "org/gone"
    assert model_info(engine, PATH) is engine.models()[1]
    assert known_model(engine, "/srv/secreto/gone") is None


@pytest.mark.parametrize("path", [PATH, "./secreto/mi-gpt2", "~/secreto/mi-gpt2/"])
def test_errors_name_no_folder(path):
    for error in (
        ModelUnavailable(path, "corrupt", path=f"{path}/config.json", error=f"{path}: x"),
        EngineError("unknown_model", model=path),
    ):
        assert "secreto" not in text_of(error)
    assert without_folders(path) == "mi-gpt2"


def test_the_list_of_models_names_no_folder(engine):
    assert "secreto" not in "".join(model_blocks(engine.models()))


async def test_an_accent_is_the_same_composed_or_not(engine, monkeypatch):
    info = replace(engine.models()[0], name="modelos/an\u0303ejo", display_name="Añejo")
    monkeypatch.setattr(engine, "models", lambda: (info,))
    assert known_model(engine, "a\u00f1ejo") == known_model(engine, "an\u0303ejo") == info.name
    assert known_model(engine, "anejo") is None
    interaction = SimpleNamespace(client=SimpleNamespace(engine=engine))
    assert [c.value for c in await model_autocomplete(interaction, "an\u0303e")] == [info.name]

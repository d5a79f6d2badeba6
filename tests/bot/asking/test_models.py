"""Which model serves a call, and what is said where one of another kind was named."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.asking.models import chosen_model, default_model, stored_model
from bot.messages.errors import UserError, report, text_of
from engine import EngineError
from engine.models.kinds import CALLS
from engine.status import WRITERS
from tests.bot.scripted import ScriptedEngine

NAMES = {
    "unicornio-huecos": "encoder",
    "gemma": "decoder",
    "unicornio-tildes": "encoder_decoder",
    "gpt-3": "remote",
    "hub/nuevo": None,
}
KINDS = {"/continuar": WRITERS, "/rellenar": ("encoder",), "/transformar": ("encoder_decoder",)}
DOES = {
    "generate": ("sigue textos", "/continuar"),
    "fill": ("rellena huecos", "/rellenar"),
    "transform": ("transforma textos", "/transformar"),
}


def engine_of(**kinds):
    info = ScriptedEngine().models()[0]
    infos = tuple(
        replace(info, name=name, display_name=name, kind=kind) for name, kind in kinds.items()
    )
    return SimpleNamespace(models=lambda: infos)


ALL = engine_of(**NAMES)


def test_the_default_is_the_first_that_can_whatever_stands_before_it():
    assert default_model(ALL).name == "gemma"
    assert default_model(ALL, ("encoder",)).name == "unicornio-huecos"
    assert default_model(ALL, ("encoder_decoder",)).name == "unicornio-tildes"
    assert default_model(engine_of(nuevo=None, huecos="encoder")).name == "nuevo"


@pytest.mark.parametrize("command", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_another_kind_is_answered_with_its_command(command, name):
    kinds, kind = KINDS[command], NAMES[name]
    if kind is None or kind in kinds:
        assert chosen_model(ALL, name, kinds).name == name
        return
    with pytest.raises(UserError) as error:
        chosen_model(ALL, name, kinds)
    does, instead = DOES[CALLS[kind]]
    does_not = {
        "/continuar": "no sigue",
        "/rellenar": "no rellena",
        "/transformar": "no transforma",
    }
    text = error.value.text
    assert f"«{name}» {does}, {does_not[command]}" in text
    assert text.endswith(f"prueba {instead}.")


def test_the_sentence_for_a_gap_filler_word_by_word():
    with pytest.raises(UserError) as error:
        chosen_model(ALL, "Unicornio-Huecos", WRITERS)
    assert error.value.text == (
        "El modelo «unicornio-huecos» rellena huecos, no sigue textos: prueba /rellenar."
    )


def test_an_unknown_name_lists_only_what_fits():
    with pytest.raises(UserError) as error:
        chosen_model(ALL, "otro*", ("encoder",))
    assert "«otro\\*»" in error.value.text
    assert "unicornio-huecos, hub/nuevo" in error.value.text
    assert "gemma" not in error.value.text


@pytest.mark.parametrize(
    ("kinds", "words"), [(WRITERS, "siga textos"), (("encoder",), "rellene huecos")]
)
def test_where_there_is_none_of_a_kind_it_is_said(kinds, words):
    with pytest.raises(UserError) as error:
        default_model(engine_of(tildes="encoder_decoder"), kinds)
    assert words in error.value.text
    assert "/modelos" in error.value.text


def test_a_stored_model_that_cannot_serve_is_left_with_a_sentence():
    assert stored_model(ALL, "gemma", WRITERS) == ("gemma", None)
    name, note = stored_model(ALL, "unicornio-huecos", WRITERS)
    assert name is None
    assert "de los ajustes rellena huecos, no sigue textos; uso el de por defecto" in note
    assert "/rellenar" in note
    name, note = stored_model(ALL, "se-fue", WRITERS)
    assert name is None
    assert "ya no está aquí" in note
    # Whoever has a favourite that writes has not asked for it to fill gaps.
    assert stored_model(ALL, "gemma", ("encoder",)) == (None, None)


def test_the_engine_s_own_refusal_names_the_command_too(caplog):
    caplog.set_level("INFO")
    error = EngineError(
        "unsupported", reason="kind", model="/srv/modelos/huecos", kind="encoder", instead="fill"
    )
    said = "El modelo «huecos» rellena huecos, no hace otra cosa: prueba /rellenar."
    assert text_of(error) == report(error) == said
    assert [record.levelname for record in caplog.records] == ["INFO"]

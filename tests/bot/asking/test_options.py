"""The shared decoding options: parsing, autocomplete, and how they are declared."""

from types import SimpleNamespace

import discord
import pytest
import simcord
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.layers import parse_number
from bot.asking.options import (
    call_settings,
    decimal_choices,
    decoding_options,
    model_autocomplete,
    temperature_autocomplete,
    top_p_autocomplete,
)
from bot.messages.errors import UserError
from bot.render.settings import number_text
from bot.styles import LADDER, STYLES
from bot.texts import options as texts
from engine import STRATEGIES, DecodingParams
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import open_world

INTERACTION = SimpleNamespace(client=SimpleNamespace(engine=ScriptedEngine()))


def test_only_what_was_named_is_in_the_call():
    assert call_settings() == {}
    assert call_settings(
        estilo="mad",
        modelo="otro",
        estrategia="sample",
        temperatura="0,9",
        top_k=0,
        top_p="0.5",
        beams=2,
        sin_repetir=3,
        tokens=20,
        intentos=4,
    ) == {
        "style": "mad",
        "model": "otro",
        "strategy": "sample",
        "temperature": 0.9,
        "top_k": 0,
        "top_p": 0.5,
        "num_beams": 2,
        "no_repeat_ngram_size": 3,
        "max_new_tokens": 20,
        "attempts": 4,
    }


def test_the_proposals_name_the_styles_whose_values_they_are():
    for field, proposals, article in (
        ("temperature", texts.TEMPERATURES, "la"),
        ("top_p", texts.TOP_PS, "el"),
    ):
        named = {value: why for value, why in proposals.items() if why.startswith(f"{article} de ")}
        for value, why in named.items():
            label = why.removeprefix(f"{article} de ")
            (style,) = (style for style in STYLES.values() if style.label == label)
            assert value == number_text(style.settings[field])
    heats = [number_text(STYLES[name].settings["temperature"]) for name in LADDER]
    assert set(heats) <= set(texts.TEMPERATURES)


def test_an_unknown_style_is_refused_with_those_that_there_are():
    with pytest.raises(UserError) as caught:
        call_settings(estilo="salvaje*")
    assert caught.value.text == (
        "No conozco el estilo «salvaje\\*». Hay: Preciso, Equilibrado, Creativo, Loco, Lección."
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("temperatura", "9", "«temperatura» tiene que ser un número entre 0 y 5"),
        ("temperatura", "nan", "«temperatura» tiene que ser un número entre 0 y 5"),
        ("top_p", "1,1", "«top-p» tiene que ser un número mayor que 0 y como mucho 1"),
        ("top_k", -1, "«top-k» tiene que ser un número entero, 0 o más"),
        ("beams", 9, "«beams» tiene que ser un número entero entre 1 y 8"),
        ("sin_repetir", 11, "«sin repetir» tiene que ser un número entero entre 0 y 10"),
        ("intentos", 11, "«intentos» tiene que ser un número entero entre 1 y 10"),
    ],
)
def test_out_of_range_is_refused_with_the_range_and_what_to_do(option, value, said):
    with pytest.raises(UserError) as caught:
        call_settings(**{option: value})
    assert caught.value.text.startswith(said)
    assert caught.value.text.endswith(
        f"has escrito «{value}». Cámbialo y prueba otra vez.".replace("«-", "«\\-")
    )


async def test_proposals_are_spanish_decimals_filtered_by_what_was_typed():
    all_of_them = await temperature_autocomplete(INTERACTION, "")
    assert [choice.name for choice in all_of_them][:3] == [
        "0 · greedy: siempre la más probable",
        "0,3 · la de Preciso",
        "0,5 · la de Equilibrado",
    ]
    typed = await temperature_autocomplete(INTERACTION, "0.7")
    assert [(choice.name, choice.value) for choice in typed] == [
        ("0,7 · lo que has escrito", "0,7"),
        ("0,75 · la del cuaderno", "0,75"),
    ]
    assert [choice.value for choice in await top_p_autocomplete(INTERACTION, ",9")] == [
        "0,9",
        "0,95",
        "0,99",
    ]
    assert await top_p_autocomplete(INTERACTION, "dos") == []


@pytest.mark.parametrize(
    ("field", "proposals"), [("temperature", texts.TEMPERATURES), ("top_p", texts.TOP_PS)]
)
def test_every_proposal_is_valid(field, proposals):
    for value in proposals:
        parse_number(field, value)


@given(st.text())
def test_autocomplete_never_fails_nor_exceeds_discords_limits(current):
    for field, proposals in (("temperature", texts.TEMPERATURES), ("top_p", texts.TOP_PS)):
        choices = decimal_choices(field, current, proposals)
        assert len(choices) <= 25
        assert all(1 <= len(c.name) <= 100 and 1 <= len(c.value) <= 100 for c in choices)
        for choice in choices:
            parse_number(field, choice.value)


async def test_models_are_proposed_by_either_name():
    assert [(c.name, c.value) for c in await model_autocomplete(INTERACTION, "")] == [
        ("guion (de prueba) · el de por defecto", "guion"),
        ("otro", "otro"),
    ]
    assert [c.value for c in await model_autocomplete(INTERACTION, "PRUEBA")] == ["guion"]
    assert await model_autocomplete(INTERACTION, "gpt9") == []


def test_a_command_gets_the_options_that_it_declares():
    @app_commands.command(name="prueba", description="Prueba")
    @decoding_options
    async def prueba(
        interaction: discord.Interaction,
        estrategia: str | None = None,
        temperatura: str | None = None,
        tokens: int | None = None,
    ) -> None: ...

    parameters = {parameter.name: parameter for parameter in prueba.parameters}
    assert [c.value for c in parameters["estrategia"].choices] == list(STRATEGIES)
    assert parameters["temperatura"].autocomplete
    assert str(parameters["tokens"].description) == texts.OPTION_TOKENS


def test_every_field_has_a_name_and_every_text_fits():
    fields = {*DecodingParams.__dataclass_fields__, "model", "style"}
    assert set(texts.FIELD_NAMES) == fields - {"bad_words"}
    descriptions = [value for name, value in vars(texts).items() if name.startswith("OPTION_")]
    assert all(len(text) <= 100 for text in descriptions)
    assert all(len(name) <= 100 for name in texts.STRATEGY_CHOICES.values())


@pytest.mark.parametrize("ceiling", [16, 256])
async def test_discord_is_told_how_long_a_text_may_be_here(tmp_path, ceiling):
    lengths = {
        "continuar": ("tokens", 4096),
        "comparar": ("tokens", 4096),
        "explicar": ("pasos", 40),
    }
    overrides = {"max_new_tokens": ceiling, "default_max_new_tokens": 16}
    async with open_world(tmp_path, **overrides) as room:
        for name, (option, most) in lengths.items():
            command = room.bot.tree.get_command(name).to_dict(room.bot.tree)
            limits = {
                o["name"]: (o.get("min_value"), o.get("max_value")) for o in command["options"]
            }
            assert limits[option] == (1, min(most, ceiling))
            assert next(iter(limits)) == "texto"
        await room.ana.slash(room.channel, "explicar", texto="Hola", pasos=16, top_p="0,9")
        assert room.engine.requests[0].params.max_new_tokens == 16
        with pytest.raises(simcord.SetupError):
            await room.continuar(tokens=ceiling + 1)

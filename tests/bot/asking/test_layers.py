"""Precedence of the layers, what a call implies, and what is said about it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.layers import FIELDS, lay, merge, parse_number, with_known_model
from bot.asking.needed import BEAMS_WHEN_UNSAID
from bot.config import Settings
from bot.messages.errors import UserError, text_of
from bot.storage.records import Preferences
from bot.styles import STYLED, STYLES, settings_of
from engine import RANGES, STRATEGIES, SWITCHES, DecodingParams, EngineError
from tests.bot.scripted import ScriptedEngine

TEMPERATURE_ZERO = "Temperatura 0 es greedy: siempre sale la palabra más probable."
INSTALLATION = Settings(
    default_style="lesson", default_strategy="sample", default_temperature=0.8, default_top_p=0.9
)
STYLED_INSTALLATION = Settings(default_style="creative")
NOTHING = Preferences()


def merged(call=None, *, guild=None, user=None, limit=256, installation=INSTALLATION):
    layers = [Preferences(params=layer or {}) for layer in (guild, user)]
    bounded = installation.model_copy(update={"max_new_tokens": limit})
    return merge(bounded, *layers, call or {})


def test_the_nearest_layer_decides_and_its_origin_is_known():
    result = merged(
        {"temperature": 0.3},
        guild={"temperature": 1.5, "top_k": 10, "top_p": 0.5},
        user={"temperature": 1.2, "top_k": 20},
    )
    assert (result.params.temperature, result.origins["temperature"]) == (0.3, "call")
    assert (result.params.top_k, result.origins["top_k"]) == (20, "user")
    assert (result.params.top_p, result.origins["top_p"]) == (0.5, "guild")
    assert (result.params.max_new_tokens, result.origins["max_new_tokens"]) == (60, "installation")
    assert result.notes == ()


@pytest.mark.parametrize(
    ("call", "strategy"),
    [
        ({"temperature": 0.5}, "sample"),
        ({"top_k": 3}, "sample"),
        ({"top_p": 0.5}, "sample"),
        ({"num_beams": 3}, "beam"),
        ({"num_beams": 1}, "greedy"),
        ({"num_beams": 3, "temperature": 0.5}, "beam"),
        ({"strategy": "greedy", "temperature": 0.5}, "greedy"),
        ({"strategy": "sample", "num_beams": 3}, "sample"),
        ({"no_repeat_ngram_size": 2}, "greedy"),
        ({}, "greedy"),
    ],
)
def test_naming_a_value_implies_its_strategy_unless_one_is_named(call, strategy):
    result = merged(call, user={"strategy": "greedy"})
    assert result.params.strategy == strategy
    assert result.origins["strategy"] == (
        "user" if strategy == "greedy" and "strategy" not in call else "call"
    )


@pytest.mark.parametrize(
    ("call", "notes"),
    [
        (
            {"strategy": "greedy", "temperature": 0.5},
            ("En greedy la temperatura no cuenta; la he ignorado.",),
        ),
        (
            {"strategy": "greedy", "temperature": 1.0},
            ("En greedy la temperatura no cuenta; la he ignorado.",),
        ),
        (
            {"strategy": "greedy", "temperature": 0.5, "top_k": 4, "top_p": 0.5},
            ("En greedy la temperatura, el top-k y el top-p no cuentan; los he ignorado.",),
        ),
        (
            {"num_beams": 4, "top_p": 0.5},
            ("En haces el top-p no cuenta; lo he ignorado.",),
        ),
        (
            {"strategy": "sample", "num_beams": 4},
            ("En muestreo los beams no cuentan; los he ignorado.",),
        ),
        (
            {"temperature": 0.0},
            ("Temperatura 0 es greedy: siempre sale la palabra más probable.",),
        ),
        (
            {"temperature": 0.0, "top_k": 5},
            (
                "Temperatura 0 es greedy: siempre sale la palabra más probable.",
                "En greedy el top-k no cuenta; lo he ignorado.",
            ),
        ),
        ({"strategy": "greedy", "temperature": 0.0}, ()),
        (
            {"strategy": "greedy", "attempts": 3},
            ("En greedy todos los intentos saldrían iguales: hago uno.",),
        ),
        (
            {"num_beams": 4, "attempts": 6},
            ("Con 4 haces hay como mucho 4 intentos: te doy 4.",),
        ),
        ({"strategy": "beam"}, ("No has dicho cuántos haces: uso 5.",)),
        (
            {"strategy": "beam", "num_beams": 1},
            ("Con un solo haz, haces (beam search) es greedy.",),
        ),
        ({"strategy": "beam_sample", "temperature": 0.0, "num_beams": 1}, (TEMPERATURE_ZERO,)),
        (
            {"strategy": "beam_sample", "temperature": 0.0, "num_beams": 2},
            ("Con temperatura 0 el dado no cuenta: es haces (beam search).",),
        ),
        (
            {"strategy": "beam_sample", "num_beams": 1},
            ("Con 1 haz, haces con dado es muestreo.",),
        ),
        (
            {"strategy": "contrastive"},
            (
                "No has dicho cuántas candidatas: top-k 4.",
                "No has dicho cuánto pesa el parecido: alfa 0,6.",
            ),
        ),
        (
            {"strategy": "contrastive", "top_k": 3, "temperature": 2.0, "attempts": 2},
            (
                "No has dicho cuánto pesa el parecido: alfa 0,6.",
                "En contrastiva todos los intentos saldrían iguales: hago uno.",
                "En contrastiva la temperatura no cuenta; la he ignorado.",
            ),
        ),
        (
            {"strategy": "contrastive", "top_k": 1},
            (
                "No has dicho cuánto pesa el parecido: alfa 0,6.",
                "Sin alfa, o con menos de 2 candidatas (top-k), la contrastiva es greedy.",
                "En greedy el top-k no cuenta; lo he ignorado.",
            ),
        ),
        (
            {"strategy": "sample_and_rank"},
            ("No has dicho cuántos intentos: escribo 5 y los ordeno.",),
        ),
        ({"strategy": "sample_and_rank", "attempts": 1}, ()),
        (
            {"strategy": "diverse_beam"},
            (
                "No has dicho cuántos haces: uso 5.",
                "No has dicho cuántos intentos: te doy 5, tantos como grupos.",
            ),
        ),
        ({"strategy": "diverse_beam", "num_beams": 4, "attempts": 2}, ()),
        (
            {"strategy": "diverse_beam", "num_beams": 1, "attempts": 1},
            ("Con un solo haz, haces (beam search) es greedy.",),
        ),
    ],
)
def test_what_does_nothing_is_said_when_the_call_named_it(call, notes):
    assert merged(call).notes == notes


def test_what_diverse_beams_need_follows_what_was_said():
    result = merged({"strategy": "diverse_beam", "num_beams": 4})
    params = result.params
    assert (params.num_beams, params.num_beam_groups, params.attempts) == (4, 4, 4)
    assert params.diversity_penalty == 1.0
    assert result.origins["num_beam_groups"] == "call"
    stored = {"strategy": "diverse_beam", "num_beams": 6, "num_beam_groups": 2}
    params = merged(user=stored).params
    assert (params.num_beams, params.num_beam_groups, params.attempts) == (6, 2, 2)
    single = {**stored, "num_beam_groups": 1, "diversity_penalty": 0.5, "attempts": 2}
    again = merged({"strategy": "diverse_beam"}, guild=single)
    assert again.params.num_beam_groups == 6


@pytest.mark.parametrize(
    ("beams", "groups", "possible"), [(5, 2, 5), (6, 4, 6), (4, 8, 4), (8, 3, 4), (6, 3, 3)]
)
def test_groups_are_made_equal(beams, groups, possible):
    stored = {"num_beam_groups": groups, "diversity_penalty": 0.5, "attempts": 2}
    result = merged({"strategy": "diverse_beam", "num_beams": beams}, user=stored)
    assert result.params.num_beam_groups == possible
    note = f"{beams} haces no se reparten en {groups} grupos iguales: hago {possible}."
    assert (note in result.notes) == (possible != groups)
    silent = merged(user={**stored, "strategy": "diverse_beam", "num_beams": beams})
    assert silent.params.num_beam_groups == possible
    assert silent.notes == ()


@given(beams=st.integers(1, 8), groups=st.integers(1, 8), attempts=st.integers(1, 10))
def test_the_engine_takes_whatever_diverse_beams_are_stored(beams, groups, attempts):
    stored = {
        "strategy": "diverse_beam",
        "num_beams": beams,
        "num_beam_groups": groups,
        "attempts": attempts,
    }
    params = merged(user=stored).params
    assert params == params.resolved()
    if params.strategy == "diverse_beam":
        assert params.num_beams % params.num_beam_groups == 0
        assert params.num_beam_groups > 1
        assert 1 <= params.attempts <= params.num_beams


def test_the_nearest_stop_texts_count():
    assert merged().params.stop == ()
    assert merged(guild={"stop": ("FIN",)}).params.stop == ("FIN",)
    result = merged(guild={"stop": ("FIN",)}, user={"stop": ()})
    assert (result.params.stop, result.origins["stop"]) == ((), "user")


def test_stored_values_without_effect_are_silent():
    result = merged(user={"strategy": "greedy", "temperature": 0.5, "attempts": 4})
    assert result.notes == ()
    assert result.params.attempts == 1
    assert merged(user={"temperature": 0.0}).notes == ()


def test_attempts_never_exceed_what_the_strategy_gives():
    assert merged({"attempts": 6}).params.attempts == 6
    assert merged({"attempts": 6, "num_beams": 4}).params.attempts == 4
    assert merged({"attempts": 6, "strategy": "greedy"}).params.attempts == 1


def test_beam_search_without_beams_takes_several_even_after_a_style():
    style = {"strategy": "sample", "num_beams": 1}
    assert merged({"strategy": "beam"}, user=style).params.num_beams == BEAMS_WHEN_UNSAID
    own_choice = merged(user={"strategy": "beam", "num_beams": 1})
    assert own_choice.params.strategy == "greedy"


def test_too_many_tokens_are_refused_in_a_call_and_lowered_elsewhere():
    for tokens in (101, 0):
        said = f"«tokens» tiene que ser un número entero entre 1 y 100; has escrito «{tokens}»"
        with pytest.raises(UserError, match=said):
            merged({"max_new_tokens": tokens}, limit=100)
    assert merged({"max_new_tokens": 100}, limit=100).params.max_new_tokens == 100
    assert merged(user={"max_new_tokens": 200}, limit=100).params.max_new_tokens == 100


@pytest.mark.parametrize(
    ("limit", "own", "stored", "kept"),
    [
        (16, None, 256, 24),
        (16, None, 24, 24),
        (16, None, 9, 9),
        (256, None, 256, 64),
        (256, 100, 256, 100),
        (4096, None, 256, 256),
    ],
)
def test_the_end_of_a_sentence_has_a_ceiling_too(limit, own, stored, kept):
    admin = INSTALLATION.model_copy(update={"default_sentence_end_tokens": own})
    for layer in ("guild", "user"):
        asked = {layer: {"sentence_end_tokens": stored}}
        result = merged(limit=limit, installation=admin, **asked)
        assert result.params.sentence_end_tokens == kept
        said = f"Aquí hay como mucho {kept} tokens de más para acabar la frase: te doy {kept}."
        assert result.notes == ((said,) if kept < stored else ())


def test_no_style_is_lowered_by_the_ceiling():
    for style in STYLES:
        assert merged({"style": style}, limit=1).notes == ()


def test_a_value_out_of_range_is_refused_in_spanish():
    with pytest.raises(UserError, match="«temperatura» tiene que ser un número entre 0 y 5"):
        merged({"temperature": 7.0})


def numbers(field):
    allowed = RANGES[field]
    if allowed.integer:
        return st.integers(int(allowed.low), int(min(allowed.high, 300)))
    return st.floats(
        allowed.low, allowed.high, exclude_min=allowed.low_open, exclude_max=allowed.high_open
    )


LAYERS = st.fixed_dictionaries(
    {},
    optional={
        **{field: numbers(field) for field in RANGES},
        "strategy": st.sampled_from(STRATEGIES),
        "early_stopping": st.sampled_from([False, True, "never"]),
        **{field: st.booleans() for field in SWITCHES},
        "style": st.sampled_from([*STYLES]),
    },
)


def test_a_strategy_that_does_not_exist_is_refused_in_spanish():
    with pytest.raises(EngineError) as refusal:
        merged({"strategy": "@everyone"})
    assert text_of(refusal.value).startswith("«estrategia» no puede valer «@\u200beveryone»")


@given(guild=LAYERS, user=LAYERS, call=LAYERS)
def test_any_valid_layers_merge_into_valid_settings(guild, user, call):
    result = merged(call, guild=guild, user=user, limit=4096)
    assert set(result.origins) == {*FIELDS, "model", "style"}
    assert result.params == result.params.resolved()
    assert result.params.strategy != "greedy" or result.params.attempts == 1
    assert result.params.strategy != "beam" or result.params.attempts <= result.params.num_beams
    for name, value in call.items():
        assert result.origins[name] == "call"
        if name == "num_beam_groups" and result.params.strategy == "diverse_beam":
            kept = result.params.num_beam_groups
            changed = f" no se reparten en {value} grupos iguales: hago {kept}."
            assert (kept != value) == any(note.endswith(changed) for note in result.notes)
        elif name == "style":
            assert result.style == value
        elif name not in ("strategy", "attempts"):
            assert getattr(result.params, name) == value


def laid_by_hand(*layers):
    values = {field: getattr(DecodingParams(), field) for field in FIELDS}
    for layer in layers:
        if "style" in layer:
            values.update(settings_of(layer["style"]))
        values.update(layer)
    return values


@given(guild=LAYERS, user=LAYERS)
def test_laying_is_the_plain_precedence_and_a_style_hides_what_is_farther(guild, user):
    for installation in (INSTALLATION, STYLED_INSTALLATION):
        laid = lay(installation, Preferences(params=guild), Preferences(params=user, model="otro"))
        expected = laid_by_hand(installation.default_settings, guild, user)
        assert laid.values == {**expected, "model": "otro"}
        assert laid.origins["model"] == "user"


@given(guild=LAYERS, user=LAYERS, style=st.sampled_from([*STYLES]))
def test_a_style_of_the_call_is_that_style_whatever_is_stored(guild, user, style):
    installation = Settings(default_style="mad", default_temperature=0.1, default_top_k=3)
    laid = lay(installation, Preferences(params=guild), Preferences(params=user), {"style": style})
    assert {name: laid.values[name] for name in STYLED} == settings_of(style)
    assert {laid.origins[name] for name in (*STYLED, "style")} == {"call"}


@given(
    style=st.sampled_from([*STYLES]),
    user=LAYERS,
    temperature=numbers("temperature"),
    top_k=numbers("top_k"),
)
def test_a_setting_named_with_a_style_is_set_over_it(style, user, temperature, top_k):
    call = {"style": style, "temperature": temperature, "top_k": top_k}
    laid = lay(INSTALLATION, NOTHING, Preferences(params=user), call)
    asked = {"strategy": "sample", "temperature": temperature, "top_k": top_k}
    assert {name: laid.values[name] for name in STYLED} == settings_of(style) | asked


def test_the_installations_keys_are_set_over_its_own_style_only():
    installation = Settings(default_style="creative", default_temperature=0.4)
    own = merged(installation=installation)
    assert (own.style, own.params.temperature) == ("creative", 0.4)
    assert own.params.top_p == STYLES["creative"].settings["top_p"]
    assert merged({"style": "creative"}, installation=installation).params.temperature != 0.4
    assert merged(user={"style": "mad"}, installation=installation).params.temperature != 0.4


def test_a_style_keeps_lengths_and_stop_texts():
    stored = {"max_new_tokens": 33, "attempts": 2, "min_new_tokens": 4, "stop": ("FIN",)}
    params = merged({"style": "mad"}, user=stored).params
    assert {name: getattr(params, name) for name in stored} == stored


@pytest.mark.parametrize(
    ("call", "params"),
    [
        ({}, {}),
        ({"temperature": 0.7}, {"strategy": "sample", "temperature": 0.7}),
        ({"top_k": 50, "top_p": 0.5}, {"strategy": "sample", "top_k": 50, "top_p": 0.5}),
        ({"num_beams": 5}, {"strategy": "beam", "num_beams": 5}),
        ({"no_repeat_ngram_size": 2}, {"no_repeat_ngram_size": 2}),
    ],
)
def test_the_lesson_is_exactly_what_was_asked(call, params):
    result = merged({"style": "lesson", **call}, installation=STYLED_INSTALLATION)
    assert result.params == DecodingParams(max_new_tokens=60, **params)


@given(st.text())
def test_any_typed_text_is_a_valid_number_or_a_spanish_refusal(typed):
    for field, allowed in RANGES.items():
        refusals = []
        try:
            value = parse_number(field, typed)
        except UserError as error:
            refusals.append(error.text)
        assert all(text.startswith("«") for text in refusals)
        assert refusals or allowed.contains(value)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("temperature", "0,9", 0.9),
        ("temperature", " 0.9 ", 0.9),
        ("top_p", ",9", 0.9),
        ("length_penalty", "-1,5", -1.5),
        ("top_k", "50", 50),
    ],
)
def test_numbers_are_read_as_people_type_them(field, typed, value):
    assert parse_number(field, typed) == value


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (
            "temperature",
            "mucho",
            "«temperatura» tiene que ser un número entre 0 y 5; has escrito «mucho».",
        ),
        ("top_p", "0", "«top-p» tiene que ser un número mayor que 0 y como mucho 1"),
        ("epsilon_cutoff", "1", "«corte épsilon» tiene que ser un número desde 0 y menor que 1"),
        ("top_k", "-1", "«top-k» tiene que ser un número entero, 0 o más"),
        ("num_beams", "2,5", "«beams» tiene que ser un número entero entre 1 y 8"),
        ("num_beams", "1_0", "«beams» tiene que ser un número entero entre 1 y 8"),
    ],
)
def test_a_bad_number_says_the_range(field, typed, said):
    with pytest.raises(UserError) as caught:
        parse_number(field, typed)
    assert caught.value.text.startswith(said)


def test_a_typed_text_cannot_break_the_message():
    with pytest.raises(UserError) as caught:
        parse_number("temperature", "**@everyone** " + "a" * 200)
    assert "@everyone" not in caught.value.text
    assert len(caught.value.text) < 250


def with_model(model, origin):
    base = merged()
    return dataclasses.replace(base, model=model, origins={**base.origins, "model": origin})


def test_models_are_known_by_any_of_their_names():
    engine = ScriptedEngine()
    for typed in ("guion", "GUION (de prueba)", " guion "):
        assert with_known_model(engine, with_model(typed, "call")).model == "guion"
    assert with_known_model(engine, with_model(None, "installation")).model is None


def test_an_unknown_model_is_refused_in_a_call_and_forgotten_elsewhere():
    with pytest.raises(UserError) as caught:
        with_known_model(ScriptedEngine(), with_model("gpt*9*", "call"))
    assert caught.value.text == (
        "No tengo ningún modelo llamado «gpt\\*9\\*». Aquí hay: guion, otro. Míralos con /modelos."
    )
    result = with_known_model(ScriptedEngine(), with_model("gpt9", "user"))
    assert result.model is None
    assert result.origins["model"] == "installation"
    assert result.notes == (
        "El modelo «gpt9» de los ajustes ya no está aquí; uso el de por defecto.",
    )

"""A style and what was changed over it, in words."""

import pytest

from bot.render.style import style_text
from bot.styles import STYLES, settings_of
from engine import DecodingParams


def params_of(style, **changes):
    return DecodingParams(**{**settings_of(style), **changes})


@pytest.mark.parametrize("style", sorted({*STYLES} - {"lesson"}))
def test_a_pure_style_is_its_name_whatever_its_length(style):
    params = params_of(style, max_new_tokens=7, attempts=3, stop=("FIN",), bad_words=("x",))
    assert style_text(style, params) == STYLES[style].label


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"temperature": 1.2}, "con temperatura 1,2"),
        ({"temperature": 1.0}, "con temperatura 1"),
        ({"temperature": 1.2, "top_k": 50}, "con temperatura 1,2 y top-k 50"),
        ({"top_p": 1.0}, "sin top-p"),
        ({"temperature": 1.2, "top_p": 1.0}, "con temperatura 1,2, sin top-p"),
        ({"strategy": "greedy"}, "con greedy"),
        ({"strategy": "contrastive", "penalty_alpha": 0.6, "top_k": 4}, None),
        ({"num_beams": 4}, ""),
        ({"early_stopping": True, "strategy": "beam", "num_beams": 5}, None),
        ({"no_repeat_ngram_size": 7}, "con la regla de no repetir grupos de 7"),
        ({"sentence_end_tokens": 5}, "con fin de frase 5"),
        ({"sentence_end_tokens": 0}, "sin fin de frase"),
        ({"temperature": 1.2, "top_k": 9, "top_h": 0.4, "min_p": 0.3}, "con 4 ajustes cambiados"),
    ],
)
def test_single_settings_are_named(changes, said):
    text = style_text("balanced", params_of("balanced", **changes))
    assert text.startswith("Equilibrado")
    if said is not None:
        assert text == "Equilibrado" + (f", {said}" if said else "")


@pytest.mark.parametrize(
    ("switch", "is_on", "said"),
    [
        ("whole_word_start", True, "con la regla de palabra entera"),
        ("whole_word_start", False, "sin la regla de palabra entera"),
        ("plain_text", False, "sin la regla de texto llano"),
    ],
)
def test_a_switch_is_told_by_its_name(switch, is_on, said):
    is_changed = settings_of("balanced")[switch] != is_on
    text = style_text("balanced", params_of("balanced", **{switch: is_on}))
    assert text == ("Equilibrado" + (f", {said}" if is_changed else ""))


def test_beams_are_told_with_their_number():
    params = params_of("balanced", strategy="beam", num_beams=5)
    assert style_text("balanced", params) == "Equilibrado, con haces de 5"


def test_the_lesson_says_what_was_asked():
    assert style_text("lesson", DecodingParams()) == "Lección: greedy"
    params = DecodingParams(strategy="sample", temperature=0.7, top_k=50)
    assert style_text("lesson", params) == "Lección: muestreo, T 0,7, top-k 50"


@pytest.mark.parametrize("style", [None, "de antes"])
def test_a_text_without_a_known_style_is_told_by_its_settings(style):
    params = DecodingParams(strategy="sample", temperature=0.7)
    assert style_text(style, params) == "muestreo, T 0,7"

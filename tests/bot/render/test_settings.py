"""Settings as Spanish words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.settings import out_of_range, range_text, settings_line, value_text
from engine import RANGES, DecodingParams


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({}, "greedy"),
        ({"strategy": "sample"}, "muestreo, T 1"),
        ({"strategy": "sample", "temperature": 0.8, "top_p": 0.9}, "muestreo, T 0,8, top-p 0,9"),
        ({"strategy": "sample", "temperature": 0.0, "top_p": 0.9}, "greedy"),
        (
            {"strategy": "sample", "top_k": 50, "min_p": 0.05, "epsilon_cutoff": 0.0003},
            "muestreo, T 1, top-k 50, min-p 0,05, épsilon 0,0003",
        ),
        ({"strategy": "beam", "num_beams": 1}, "greedy"),
        (
            {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6, "min_new_tokens": 5},
            "contrastiva, alfa 0,6, top-k 4, mínimo 5",
        ),
        ({"strategy": "sample_and_rank", "top_k": 40}, "mejor de varios, T 1, top-k 40"),
        (
            {"strategy": "beam_sample", "num_beams": 3, "top_p": 0.9},
            "3 haces con dado, T 1, top-p 0,9",
        ),
        (
            {
                "strategy": "beam",
                "num_beams": 5,
                "length_penalty": -0.5,
                "early_stopping": True,
                "no_repeat_ngram_size": 2,
            },
            "haces de 5, longitud −0,5, parada temprana, sin repetir 2",
        ),
        ({"repetition_penalty": 1.2, "top_k": 4}, "greedy, penalización 1,2"),
        (
            {
                "strategy": "diverse_beam",
                "num_beams": 6,
                "num_beam_groups": 3,
                "diversity_penalty": 0.5,
                "length_penalty": 2.0,
            },
            "6 haces diversos en 3 grupos, longitud 2, diversidad 0,5",
        ),
        ({"strategy": "diverse_beam", "num_beams": 4}, "haces de 4"),
        ({"stop": ("FIN",)}, "greedy, 1 texto de fin"),
        (
            {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": 20},
            "greedy, palabra entera, texto llano, fin de frase 20",
        ),
        ({"strategy": "sample", "stop": ("FIN", "\n")}, "muestreo, T 1, 2 textos de fin"),
    ],
)
def test_the_line_names_what_shaped_the_text(params, line):
    assert settings_line(DecodingParams(**params)) == line


def test_values_are_spanish():
    assert value_text("strategy", "sample") == "muestreo"
    assert value_text("early_stopping", True) == "temprana"
    assert value_text("early_stopping", "never") == "completa"
    assert value_text("temperature", 0.75) == "0,75"
    assert value_text("top_k", 50) == "50"
    assert value_text("model", "guion") == "guion"
    assert value_text("stop", ("FIN", "Ana: ", "\n\n")) == "«FIN», «Ana:␣», «⏎⏎»"
    assert value_text("stop", ()) == "ninguno"
    assert value_text("plain_text", True) == "sí"
    assert value_text("whole_word_start", False) == "no"
    assert len(value_text("stop", ("x" * 50,) * 9)) <= 200


def test_every_range_has_its_sentence():
    texts = {field: range_text(field) for field in RANGES}
    assert texts["temperature"] == "un número entre 0 y 5"
    assert texts["length_penalty"] == "un número entre −5 y 5"
    assert texts["eta_cutoff"] == "un número desde 0 y menor que 1"
    assert all(text.startswith("un número") for text in texts.values())
    assert range_text("max_new_tokens", 256) == "un número entero entre 1 y 256"


@given(st.text(max_size=5000))
def test_a_refusal_is_short_whatever_was_typed(typed):
    assert len(out_of_range("temperature", typed)) < 300

import numpy as np
import pytest

from engine.embedded.pivots import Pivots, around

LINE = "Esta casa no está aquí, ¿o sí?"
TEXTS = {
    "prose": ["El árbol está allí.", "", LINE] * 3,
    "literature": ["Nadie habló de esta casa.", ""],
}


@pytest.fixture
def pivots(tmp_path):
    return Pivots(TEXTS, tmp_path / "pivots.npz", seed=0)


def test_words_that_could_have_an_accent_are_found_with_and_without(pivots):
    dice = np.random.default_rng(0)
    assert len(pivots) == len({"arbol", "esta", "alli", "aqui", "si"})
    found = [pivots.snippet(dice) for _ in range(300)]
    assert any("Esta" in snippet for snippet in found)
    assert any("de esta" in snippet for snippet in found)
    assert any("¿o sí?" in snippet for snippet in found)
    assert "Nadie habló" not in found


def test_the_places_are_kept_in_a_file(pivots, tmp_path):
    again = Pivots({"prose": TEXTS["prose"], "literature": []}, tmp_path / "pivots.npz", seed=1)
    assert len(again) == len(pivots)


def test_rare_words_come_more_often_than_they_would(pivots):
    dice = np.random.default_rng(0)
    found = [pivots.snippet(dice) for _ in range(600)]
    share = sum("está" in s or "sta casa" in s for s in found) / len(found)
    assert share < 0.85


@pytest.mark.parametrize(
    ("before", "behind", "expected"),
    [
        (0, 0, "está"),
        (1, 0, "no está"),
        (0, 1, "está aquí,"),
        (3, 3, "Esta casa no está aquí, ¿o sí?"),
    ],
)
def test_words_around_a_place(before, behind, expected):
    assert around(LINE, LINE.index("está"), before, behind) == expected


def test_a_word_in_a_long_text_has_its_neighbours():
    text = "uno dos tres " * 50 + "aquí " + "cuatro cinco " * 50
    assert around(text, text.index("aquí"), 2, 1) == "dos tres aquí cuatro"
    assert around("aquí", 0, 3, 3) == "aquí"


def test_the_words_to_decide_are_found_with_and_without_accents(pivots):
    text = "Aquí esta el ÁRBOL, si."
    found = [text[start:end] for start, end in pivots.decisions(text)]
    assert found == ["Aquí", " esta", " ÁRBOL", ", si"]
    assert pivots.decisions("nada") == []

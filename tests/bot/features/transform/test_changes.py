"""What a restored text differs in: counted by kind, the changed words named."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.transform.changes import change_line, changes_of

PAIRS = {
    "tildes": ("la cancion", "La canción", {"accents": 1, "capitals": 1}),
    "enye": ("el ano que viene", "el año que viene", {"enyes": 1}),
    "dieresis": ("la ciguena", "la cigüeña", {"enyes": 1, "diaereses": 1}),
    "question": ("como se llama", "¿Cómo se llama?", {"accents": 1, "capitals": 1, "questions": 2}),
    "signs": ("hola ana que tal", "Hola, Ana; ¡qué tal!", {"accents": 1, "capitals": 2,
              "commas": 1, "signs": 1, "exclamations": 2}),
    "gone": ("hola,, ana", "hola, ana", {"gone": 1}),
    "decomposed": ("cancion", "cancio\u0301n", {"accents": 1}),
    "same": ("Ya está.", "Ya está.", {}),
    "a word": ("uno dos tres cuatro cinco", "uno dos tres cuatro seis", {"words": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("source", "result", "counts"), PAIRS.values(), ids=PAIRS)
def test_each_change_is_counted_by_its_kind(source, result, counts):
    assert dict(changes_of(source, result).counts) == counts


@pytest.mark.parametrize("result", ["The song that I like most", "Die Katze", "", "…"])
def test_of_another_text_nothing_is_said(result):
    assert changes_of("la cancion que mas me gusta", result) is None
    assert change_line("la cancion que mas me gusta", result) is None


def test_the_line_names_what_changed():
    line = change_line("la cancion que mas me gusta es esa", "La canción que más me gusta es esa.")
    assert line == "2 tildes, 1 mayúscula y 1 punto: **La**, **canción**, **más**"
    assert change_line("Ya está.", "Ya está.") == "Sin cambios: ya estaba así."


def test_a_long_list_is_cut_and_says_how_much_is_left():
    words = [f"cancion{i}" for i in range(40)]
    line = change_line(" ".join(words), " ".join(words).replace("cion", "ción"))
    assert line.startswith("40 tildes: **canción0**")
    assert line.endswith("y 32 más")


def test_the_words_are_escaped():
    assert "**a\\_é**" in change_line("a_e", "a_é")


spanish = st.text("abcdeénñoóuúüEÑ ,.¿?¡!", min_size=1, max_size=60)


def without_marks(text):
    plain = unicodedata.normalize("NFD", text.lower())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char for char in kept if char.isalnum() or char == " ")


@settings(max_examples=100, deadline=None)
@given(spanish.filter(lambda text: any(map(str.isalnum, text))))
def test_a_stripped_text_has_only_lost_marks_capitals_and_signs(text):
    found = changes_of(without_marks(text), text)
    if found is not None and "words" not in found.counts:
        composed = unicodedata.normalize("NFD", text)
        assert found.counts["enyes"] == composed.count("\u0303")
        assert found.counts["accents"] == composed.count("\u0301")
        assert found.counts["capitals"] == sum(map(str.isupper, text))
        assert found.counts["commas"] == text.count(",")
        assert "gone" not in found.counts

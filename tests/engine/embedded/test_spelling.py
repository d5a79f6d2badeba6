import pytest

from engine.embedded.spelling import (
    Word,
    accents,
    capitals,
    changes,
    marks,
    pieces,
    usual_forms,
    words,
)


def test_words_have_the_marks_around_them():
    assert words("¿Qué? —Sí… «3,5», dijo.") == [
        Word("Qué", "¿", "?"),
        Word("—Sí", "", "…"),
        Word("«3,5»", "", ","),
        Word("dijo", "", "."),
    ]
    assert words("Hola , tú ...") == [Word("Hola", "", ","), Word("tú", "", "…")]


def test_pieces_are_whole_sentences():
    text = "Una frase. " * 40 + "\nOtra."
    found = list(pieces(text))
    assert len(found) > 2
    assert all(len(piece) <= 320 and piece.endswith(".") for piece in found)
    assert " ".join(found).split() == text.split()


def pairs(meant, written):
    return list(zip(words(meant), words(written), strict=True))


def test_accents_are_found_and_given():
    found = accents(pairs("Él está aquí o no", "el está aqui ó no"))
    assert found == {
        "accents.wanted": 3.0,
        "accents.recall": pytest.approx(1 / 3),
        "accents.precision": 0.5,
        "accents.words": 0.4,
    }


def test_capitals_are_found_and_given():
    found = capitals(pairs("La ONU y Ana", "La onu Y Ana"))
    assert found == {
        "capitals.recall": pytest.approx(2 / 3),
        "capitals.precision": pytest.approx(2 / 3),
    }


def test_marks_count_in_their_place():
    found = marks(pairs("¿Qué, tú? No.", "¿Qué tú, no."))
    assert found["marks.¿"] == 1.0
    assert found["marks.,"] == 0.0
    assert found["marks.?"] == 0.0
    assert found["marks.."] == 1.0
    assert found["marks.opening"] == 1.0
    assert found["marks.all"] == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("written", "count"), [("El niño.", 0), ("El nino", 1), ("El", 1), ("El el niño", 1)]
)
def test_other_letters_are_counted(written, count):
    assert changes("el niño", written) == count


def test_the_usual_form_is_the_most_frequent():
    assert usual_forms(["Más más mas. Sí", "si si"]) == {"mas": "más", "si": "si"}

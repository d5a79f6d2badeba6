import pytest

from engine.sentences import ends_paragraph, ends_sentence

ENDS = (
    "Fin.",
    "¿Seguro?",
    "¡Qué bien! ",
    "Y entonces…",
    "Y entonces...",
    "Dijo «ven».",
    "Dijo «ven.»",
    'Gritó: "¡fuera!"',
    "(Ya está.)\n",
    "Nació en 1990.",
    "pan, vino, etc.",
    "en los EE. UU.",
    "una palabra .",
    "Ha acabado. »\n\n",
    "Fin.\u00a0",
)
GOES_ON = (
    "",
    "   ",
    "»",
    "La",
    "uno, dos,",
    "Hola:",
    "Vino la Sra.",
    "el DR.",
    "con J.",
    "por ejemplo, p. ej.",
    "3.",
    "Cuesta 12.",
    "cuesta 1.250.",
    "vino el Sr.»",
    "un título\n",
)


@pytest.mark.parametrize("text", ENDS)
def test_a_sentence_ends_with_its_mark_and_what_closes_it(text):
    assert ends_sentence(text)


@pytest.mark.parametrize("text", GOES_ON)
def test_it_ends_nowhere_else(text):
    assert not ends_sentence(text)
    assert not ends_paragraph(text)


def test_a_paragraph_ends_with_an_empty_line_behind_something_complete():
    assert ends_paragraph("El principio\n\n")
    assert ends_paragraph("«El principio» \n \n")
    for text in ("\n\n", "Ingredientes:\n\n", "uno,\n\n", "El principio\n", "El principio"):
        assert not ends_paragraph(text)

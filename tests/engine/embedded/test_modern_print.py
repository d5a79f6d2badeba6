"""Old print in today's writing, and what must stay as it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedded.modern_print import TURNS_WITH_HYPHEN, in_modern_print


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("—¿Quiere V. sentarse?", "—¿Quiere usted sentarse?"),
        ("—V. no sabe nada. V. es joven.", "—Usted no sabe nada. Usted es joven."),
        ("Voy con Vd. Nada temo.", "Voy con usted. Nada temo."),
        ("¿Van Vds., señores?", "¿Van ustedes, señores?"),
        ("D. Pedro vino con D.ª Rita.", "Don Pedro vino con doña Rita."),
        ("—Sr. D. Félix, el Dr. Juan espera.", "—Señor don Félix, el doctor Juan espera."),
        ("Habló al Sr. virrey y al Sr. de Torres.", "Habló al señor virrey y al señor de Torres."),
        ("—¡Incorregible!—gritó Minia.", "—¡Incorregible! —gritó Minia."),
        ("—¿Y él?—preguntó Luis.—¡Qué raro!", "—¿Y él? —preguntó Luis—. ¡Qué raro!"),
        ("Vino --dijo-- tarde.", "Vino —dijo— tarde."),
    ],
)
def test_what_is_printed_otherwise_today(old, new):
    assert in_modern_print(old) == new


@pytest.mark.parametrize(
    "text",
    [
        "Suplico a V. M. que lo mande.",
        "El emperador Carlos V. Una vez en la Goleta…",
        "Fue el D. de Alba.",
        "La guerra franco-prusiana de 1870-71.",
        "- Harina, 200 g\n- Sal",
        "«Sí —dijo—, ya voy.»",
        "",
    ],
)
def test_what_stays(text):
    assert in_modern_print(text) == text


def test_a_document_whose_talk_begins_with_hyphens_gets_dashes():
    turn = "-¿Sancho? -dijo él-. Ven-te acá, bien-hechor -que te espero-, y tú también."
    document = "\n".join([turn] * (TURNS_WITH_HYPHEN + 1))
    line = "—¿Sancho? —dijo él—. Ven-te acá, bien-hechor —que te espero—, y tú también."
    assert in_modern_print(document).splitlines() == [line] * (TURNS_WITH_HYPHEN + 1)


_PIECES = st.sampled_from(["V. ", "D. ", "-No. ", "—Sí", "Sr. D. Juan", " Vd.", "D.ª Ana"])


@given(st.lists(st.text(alphabet="abñ.-—¿?!«»,:;\n ") | _PIECES).map("".join))
def test_every_paragraph_stays_one(text):
    assert in_modern_print(text).count("\n") == text.count("\n")


@given(st.text(alphabet="abñN.-—¿?!«»,:;\n "))
def test_nothing_but_dashes_and_spaces_changes_where_nobody_is_addressed(text):
    def without_signs(document):
        return re.sub(r"[ .—-]", "", document)

    assert without_signs(in_modern_print(text)) == without_signs(text)

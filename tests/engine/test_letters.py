import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.letters import bare, hurried, plain

TEXTS = st.text("aAáÁüÜñÑ3,. ¿?¡!«»—()…:;\n🦄İß", max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Quién es usted? —preguntó.", "quien es usted —pregunto"),
        ("3,5 pingüinos a las 12:30...", "3,5 pinguinos a las 12:30"),
        ("«¿Qué?», (¡no!)", "«que» (no)"),
        ("El niño … duerme", "el niño duerme"),
        ("www.unicornio.es, sí.", "www.unicornio.es si"),
    ],
)
def test_the_letters_are_what_a_writer_in_a_hurry_leaves(text, expected):
    assert bare(text) == expected
    assert hurried(text) == expected


@given(TEXTS)
def test_what_is_typed_in_a_hurry_has_the_same_letters(text):
    typed = hurried(text)
    assert bare(typed) == bare(text)
    assert hurried(typed) == typed
    assert typed.count("\n") == text.count("\n")


@given(TEXTS)
def test_a_careful_writer_leaves_nothing_out(text):
    def never(_):
        return False

    kept = hurried(text, leaves_out=never, lowers=never, unaccents=never)
    assert kept.split() == text.split()


def test_accents_alone_may_be_left_out():
    def never(_):
        return False

    typed = hurried("¿Él está aquí, Ángel?", leaves_out=never, lowers=never)
    assert typed == "¿El esta aqui, Angel?"


def test_a_letter_stays_one_letter():
    assert [plain(letter) for letter in "ÁñÑüİß"] == ["a", "ñ", "ñ", "u", "İ", "ß"]

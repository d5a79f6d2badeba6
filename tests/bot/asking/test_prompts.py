"""What a prompt must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.prompts import checked_prompt
from bot.messages.errors import UserError
from engine.words import WordList

NOTHING = WordList(())


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "␣", " ␣␣", "\u3000"])
def test_blank_text_is_refused(text):
    with pytest.raises(UserError, match="No me has dado ningún texto"):
        checked_prompt(text, NOTHING)


def test_the_open_box_at_the_end_is_a_space():
    assert checked_prompt("El perro␣", NOTHING) == "El perro "
    assert checked_prompt("a ␣ b", NOTHING) == "a ␣ b"


@given(st.text().filter(lambda text: text.strip() and not text.endswith("␣")))
def test_a_prompt_is_never_stripped(text):
    assert checked_prompt(text, NOTHING) == text


@pytest.mark.parametrize(
    ("text", "is_blocked"),
    [
        ("Una PUTA mierda", True),
        ("computadora", False),
        ("disputa", False),
        ("¡puta!", True),
        ("puta\nmadre", True),
        ("STRASSE straße", True),
        ("ca.ca", True),
        ("caxca", False),
        ("hijo de tal", True),
        ("hijo de tales", False),
        ("hijo  de\ntal", True),
        ("_puta_", True),
        ("cabro\u0301n", True),
        ("cabron", False),
    ],
)
def test_words_are_matched_whole_and_in_any_case(text, is_blocked):
    words = ("puta", "Straße", "ca.ca", "hijo de tal", "cabrón")
    assert WordList(words).is_in(text) is is_blocked


@pytest.mark.parametrize(
    ("entry", "text", "is_blocked"),
    [
        ("🖕", "toma🖕🏽ya", True),
        ("🖕", "toma ya 🖖", False),
        ("❤️", "te ❤ mucho", True),
        ("❤", "te ❤️ mucho", True),
        (":(", "vaya:(", True),
        (":(", "vaya: (no)", False),
        ("🖕 tonto", "TONTO", True),
    ],
)
def test_signs_are_found_wherever_they_stand(entry, text, is_blocked):
    assert WordList((entry,)).is_in(text) is is_blocked


def test_a_blocked_word_is_not_repeated():
    with pytest.raises(UserError) as refusal:
        checked_prompt("qué puta vida", WordList(("puta",)))
    assert refusal.value.text == "Ese texto lleva una palabra que este servidor no permite."

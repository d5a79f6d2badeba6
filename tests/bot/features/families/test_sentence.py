"""Which words are read, and which is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.families.sentence import (
    GAP,
    MOST_CHARACTERS,
    MOST_WORDS,
    hideable,
    sentence_of,
    shortened,
)
from bot.messages.errors import UserError
from engine.filling.gaps import find_gaps

TEXT = "El gato duerme en el tejado de la casa."


def test_the_hidden_word_has_two_sides_and_is_left_out_of_what_a_decoder_sees():
    sentence = sentence_of(TEXT)
    assert (sentence.hidden, sentence.word) == (2, "duerme")
    assert sentence.left == "El gato"
    assert sentence.with_gap == "El gato ___ en el tejado de la casa."
    assert sentence.text == TEXT


@pytest.mark.parametrize("gap", ["___", "[MASK]", "<mask>", "[mask]"])
def test_a_sentence_with_a_gap_is_refused(gap):
    with pytest.raises(UserError, match="sin huecos"):
        shortened(f"El gato {gap} en el tejado.")


def test_signs_around_the_hidden_word_stay():
    sentence = sentence_of("Dijo: «¡extraordinario!», y se fue", 1)
    assert sentence.word == "extraordinario"
    assert sentence.left == "Dijo: «¡"
    assert sentence.with_gap == "Dijo: «¡___!», y se fue"


@pytest.mark.parametrize("word", ["0ꯣ", "हिन्दी", "e\u0301l", "\u0301a", "l’e\u0301lan"])
def test_the_marks_of_letters_are_hidden_with_them(word):
    sentence = sentence_of(f"una {word}, sí", 1)
    assert sentence.word == word
    assert len(find_gaps(sentence.with_gap)) == 1


def test_any_word_with_letters_but_the_first_can_be_hidden():
    assert hideable("El — gato, ¿duerme?") == (2, 3)
    assert sentence_of(TEXT, 5).word == "tejado"
    assert sentence_of(TEXT, 0).hidden == sentence_of(TEXT, 99).hidden == 2


def test_a_long_text_is_cut_at_a_word():
    text, is_cut = shortened(" ".join(f"palabra{i}" for i in range(30)))
    assert is_cut
    assert text == " ".join(f"palabra{i}" for i in range(11))
    assert len(text) <= MOST_CHARACTERS
    assert shortened(f"{TEXT}\n\n  Fin") == (f"{TEXT} Fin", False)


@pytest.mark.parametrize("text", ["Hola", "El gato", "¡ ¿ ?", "a" * 200 + " b c d"])
def test_what_has_no_two_sides_is_refused(text):
    with pytest.raises(UserError) as error:
        shortened(text)
    assert "al menos 3 palabras" in error.value.text


@given(st.lists(st.text(min_size=1, max_size=30), max_size=20).map(" ".join), st.integers(0, 20))
def test_any_text_is_refused_or_has_one_gap_that_can_be_filled(text, place):
    try:
        shown, _ = shortened(text)
    except UserError:
        return
    sentence = sentence_of(shown, place)
    assert 3 <= len(sentence.words) <= MOST_WORDS
    assert sentence.hidden in hideable(shown)
    assert sentence.with_gap.replace(GAP, sentence.word, 1) == sentence.text or GAP in shown
    assert sentence.text.startswith(sentence.left)
    if "_" not in shown and "[" not in shown and "<" not in shown:
        (gap,) = find_gaps(sentence.with_gap)
        assert sentence.with_gap[gap.start : gap.end] == GAP

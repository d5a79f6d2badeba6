from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from engine.embedded.lone_sentences import lone_sentences
from engine.embedded.masked import LONE_LENGTHS, TOKENIZER_FILE
from engine.embedded.train import Training
from tests.engine.embedded.recipes import MASKED_RECIPE

TOKENIZER = Tokenizer.from_file(str(TOKENIZER_FILE))


def encoded(text):
    return np.array(TOKENIZER.encode(text).ids, np.uint16)


def found_in(text, lengths=range(2, 40)):
    found = lone_sentences(TOKENIZER, encoded(text), list(lengths))
    return {TOKENIZER.decode(row.tolist()) for rows in found.values() for row in rows}


def test_sentences_are_cut_out_without_dashes_and_what_stood_around_them():
    text = (
        "<|endoftext|>Era de noche. Luis llegó tarde.\n"
        "—¿Qué hora es? —preguntó Ana—. ¡No lo sé!\n«Ven conmigo.» Y se fue…\nSin punto"
    )
    assert found_in(text) == {
        "Era de noche.", "Luis llegó tarde.", "¿Qué hora es?", "¡No lo sé!", "Y se fue…",
    }  # fmt: skip


def test_a_point_inside_a_word_ends_nothing():
    assert found_in("Usa Python 3.11 en tu casa. Así va bien.") == {
        "Usa Python 3.11 en tu casa.", "Así va bien.",
    }  # fmt: skip


def test_each_is_there_once_and_as_long_as_it_says():
    ids = encoded("¿Qué hora es? ¿Qué hora es?\n—¿Qué hora es?\n")
    found = lone_sentences(TOKENIZER, ids, [5, 6])
    assert found[5].tolist() == [TOKENIZER.encode("¿Qué hora es?").ids]
    assert found[6].shape == (0, 6)


@given(st.text("Aaeiñs .?!…—«»\n¿¡", max_size=60))
@settings(max_examples=200, deadline=None)
def test_what_is_cut_out_stands_in_the_text_and_is_encoded_as_if_alone(text):
    ids = encoded(text)
    for length, rows in lone_sentences(TOKENIZER, ids, [3, 5, 8]).items():
        for row in rows.tolist():
            sentence = TOKENIZER.decode(row)
            assert sentence in text
            assert TOKENIZER.encode(sentence).ids == row
            assert len(row) == length
            assert sentence[-1] in ".?!…"


@pytest.mark.parametrize("lone_share", [0.0, 1.0])
def test_the_share_of_lone_sentences_is_kept(corpus, tmp_path, lone_share):
    recipe = replace(MASKED_RECIPE, lone_share=lone_share)
    objective = Training(recipe, corpus, tmp_path, "cpu").objective
    dice = np.random.default_rng(0)
    for _ in range(5):
        masked, places, targets = objective.draw(dice)
        length = masked.shape[1]
        assert (length in LONE_LENGTHS) == bool(lone_share)
        if lone_share:
            assert places.shape[1] == max(1, round(length * recipe.short_masked_share))
            whole = masked.scatter(1, places, targets)
            rows = set(map(tuple, objective.lone[length].tolist()))
            assert all(tuple(row) in rows for row in whole.tolist())

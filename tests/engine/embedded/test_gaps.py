import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.embedded import FOLDER
from engine.embedded.gaps import Gap, Neighbours, choose, decoder_guesses, encoder_guesses
from engine.embedded.token_words import TokenWords


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def test_gaps_are_words_of_one_token(tokenizer):
    words = TokenWords(tokenizer.backend_tokenizer)
    ids = np.array(tokenizer("El perro duerme, ¿no?, debajo de la mesa 3.").input_ids, np.uint16)
    gaps, share = choose(ids, words, 100)
    shown = [tokenizer.decode([gap.word]).strip() for gap in gaps]
    assert [word for word in shown if not word.isalpha()] == []
    assert {"perro", "de", "la", "mesa"} <= set(shown)
    assert 0.5 < share <= 1
    assert choose(ids, words, 2)[0] == [gaps[0], gaps[-1]]


def test_neighbours_are_counted():
    training = np.array([1, 2, 3, 9, 1, 4, 3, 9, 1, 4, 3, 9, 1, 5, 6, 7, 5, 3], np.uint16)
    neighbours = Neighbours(training, 10)
    scores = neighbours.scores(1, 3)
    assert scores[4] > scores[2] > 1
    assert scores[4] == pytest.approx(2, abs=1)
    assert 0 < scores[5] < 1
    (guessed,) = neighbours.guesses([Gap((1, 0, 3), 1)], np.arange(10))
    assert guessed[:2].tolist() == [4, 2]


def test_between_strangers_what_suits_both_is_guessed():
    training = np.array([1, 2, 9, 9, 2, 3, 9, 1, 4, 9, 5, 3, 9], np.uint16)
    scores = Neighbours(training, 10).scores(1, 3)
    assert scores.max() < 1
    assert scores.argmax() == 2


def test_a_decoder_sees_the_left_side_only(tokenizer):
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    ids = tuple(tokenizer("Había una vez un rey").input_ids)
    other = (*ids[:3], *ids[:2])
    (first,), (second,) = (
        decoder_guesses(model, [Gap(text, 2)], np.arange(8192)) for text in (ids, other)
    )
    assert first.tolist() == second.tolist()


def test_an_encoder_is_asked_about_the_gap():
    def encoder(input_ids):
        logits = torch.zeros(*input_ids.shape, 10)
        logits[0, (input_ids[0] == 9).nonzero().item(), 7] = 5.0
        return type("Output", (), {"logits": logits})

    (guessed,) = encoder_guesses(encoder, 9, [Gap((1, 2, 3), 1)], np.arange(9))
    assert guessed[0] == 7

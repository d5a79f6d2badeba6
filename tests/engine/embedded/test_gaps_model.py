"""The encoder that ships: it loads like any other, and sees more than a decoder does."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from engine.embedded import FOLDER, GAPS_FOLDER
from engine.embedded.gaps import best, choose, decoder_guesses, encoder_guesses
from engine.embedded.token_words import TokenWords

TEXTS = Path(__file__).parent
GAPS = 600
FIRST, FIVE, READ_WELL = 0.42, 0.66, 17
"""Below what was measured, so that rounding of another machine does not matter."""
ACCEPTED = (
    "leche azúcar agua pan amigos ella él ellos hielo",
    "hora día tal cosa tiempo",
    "noches tardes días noticias",
    "casa ciudad habitación calle familia",
    "mesa cama casa ventana puerta silla escalera",
    "ver hacer poner",
    "frío calor tiempo viento sol ruido",
    "cabeza mano espalda boca garganta vida",
    "noche mañana tarde estación",
    "campo parque patio jardín suelo agua bosque",
    "año",
    "puerta ventana boca",
    "fue fui vino llamó llegó fueron vi vio",
    "pan agua algo carne dinero café vino",
    "están estaban tienes tiene guarda pusiste",
    "está estaba canta sabe",
    "desde hace",
    "Francia España Italia",
    "fría azul salada muy frío",
    "tiempo dinero ganas nada",
)


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(GAPS_FOLDER)


@pytest.fixture(scope="module")
def model():
    return AutoModelForMaskedLM.from_pretrained(GAPS_FOLDER, dtype=torch.float32).eval()


def test_it_is_small_and_free():
    weights = sum(path.stat().st_size for path in GAPS_FOLDER.glob("*.safetensors"))
    assert weights <= 15_000_000
    assert "license: apache-2.0" in (GAPS_FOLDER / "README.md").read_text(encoding="utf-8")
    record = json.loads((GAPS_FOLDER / "training.json").read_text(encoding="utf-8"))
    assert 3e6 < record["parameters"] < 12e6
    assert AutoModelForMaskedLM.from_pretrained(GAPS_FOLDER).dtype == torch.bfloat16


def test_its_tokens_are_those_of_the_decoder(tokenizer):
    plain = AutoTokenizer.from_pretrained(FOLDER)
    text = "¿El niño comió piña? «Sí», dijo."
    assert tokenizer.is_fast
    assert tokenizer(text).input_ids == plain(text).input_ids
    assert tokenizer.decode(tokenizer(text).input_ids) == text


@pytest.mark.parametrize("text", ["el café con [MASK].", "¿[MASK] hora es?", "[MASK] días."])
def test_a_gap_is_one_token_that_takes_the_space_before_it(tokenizer, text):
    ids = tokenizer(text).input_ids
    assert ids.count(tokenizer.mask_token_id) == 1
    before = text.split("[MASK]")[0].rstrip()
    place = ids.index(tokenizer.mask_token_id)
    assert tokenizer.decode(ids[:place]) == before


def test_both_sides_say_more_than_one(tokenizer, model):
    words = TokenWords(tokenizer.backend_tokenizer)
    text = (TEXTS / "modern_prose.txt").read_text(encoding="utf-8")
    ids = np.array(tokenizer(text, verbose=False).input_ids)
    gaps, _ = choose(ids, words, GAPS)
    candidates = np.flatnonzero(words.is_word(np.arange(len(tokenizer))))
    decoder = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    ours = encoder_guesses(model, tokenizer.mask_token_id, gaps, candidates)
    theirs = decoder_guesses(decoder, gaps, candidates)
    first, five = hits(gaps, ours)
    assert first > FIRST
    assert five > FIVE
    assert first > hits(gaps, theirs)[0] + 0.03


def hits(gaps, rows):
    found = np.array([gap.word == row for gap, row in zip(gaps, rows, strict=True)])
    return found[:, 0].mean(), found.any(1).mean()


def test_everyday_gaps_read_well(tokenizer, model):
    words = TokenWords(tokenizer.backend_tokenizer)
    candidates = np.flatnonzero(words.is_word(np.arange(len(tokenizer))))
    fitting = 0
    lines = (TEXTS / "everyday_gaps.txt").read_text(encoding="utf-8").splitlines()
    for line, accepted in zip(lines, ACCEPTED, strict=True):
        ids = torch.tensor([tokenizer(line).input_ids])
        with torch.inference_mode():
            logits = model(input_ids=ids).logits[ids == tokenizer.mask_token_id][0]
        guesses = {tokenizer.decode([i]).strip() for i in best(logits.numpy(), candidates)}
        fitting += bool(guesses & set(accepted.split()))
    assert fitting >= READ_WELL

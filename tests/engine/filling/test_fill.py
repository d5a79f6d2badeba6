from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline

from engine import EngineError
from engine.filling import FILL_ORDERS, Filling, FillRequest
from engine.filling.fill import fill
from tests.engine.filling.encoders import FAMILIES, LIMIT, load
from tests.engine.tiny import CORPUS

WORDS = sorted({word for line in CORPUS for word in line.split()})
TEXT = "La ___ es sueño, y los <mask> sueños son."


def random_text(dice):
    """Words with one to three gaps among them, some beside signs."""
    words = dice.sample(WORDS, dice.randint(3, 7))
    for place in dice.sample(range(len(words)), dice.randint(1, 3)):
        words[place] = dice.choice(["___", "[MASK]", "<mask>", "¿___?", "(___),"])
    return " ".join(words)


def with_mask(text, mask):
    for written in ("___", "[MASK]", "<mask>"):
        text = text.replace(written, "\0")
    return text.replace("\0", mask)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_candidates_are_those_of_the_pipeline(folder, encoder, family):
    reference = pipeline("fill-mask", model=str(folder(family)), top_k=7, device="cpu")
    dice = random.Random(family)
    for _ in range(30):
        text = random_text(dice)
        filling = fill(encoder(family), FillRequest(text=text, top_n=7))
        rows = reference(with_mask(text, reference.tokenizer.mask_token))
        rows = rows if isinstance(rows[0], list) else [rows]
        assert len(rows) == len(filling.gaps)
        for row, gap in zip(rows, filling.gaps, strict=True):
            assert [c.token_id for c in gap.candidates] == [choice["token"] for choice in row]
            assert [c.raw_rank for c in gap.candidates] == list(range(1, 8))
            expected = [choice["score"] for choice in row]
            assert [c.raw_prob for c in gap.candidates] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_hidden_gap_is_that_of_a_text_which_ends_there(folder, encoder, family):
    tokenizer = AutoTokenizer.from_pretrained(folder(family))
    model = AutoModelForMaskedLM.from_pretrained(folder(family)).eval()
    filling = fill(encoder(family), FillRequest(text=TEXT))
    for gap, start in zip(filling.gaps, (3, 23), strict=True):
        assert (gap.start, gap.has_right) == (start, True)
        before = with_mask(TEXT[:start], tokenizer.mask_token) + tokenizer.mask_token
        ids = torch.tensor([tokenizer(before)["input_ids"]])
        place = (ids[0] == tokenizer.mask_token_id).nonzero()[-1].item()
        with torch.inference_mode():
            probs = model(input_ids=ids).logits[0, place].softmax(-1)
        best = probs.sort(descending=True, stable=True)
        assert [c.token_id for c in gap.hidden_candidates] == best.indices[:5].tolist()
        for candidate in (*gap.candidates, *gap.hidden_candidates):
            expected = probs[candidate.token_id].item()
            assert candidate.hidden_prob == pytest.approx(expected, abs=1e-6)
            rank = best.indices.tolist().index(candidate.token_id) + 1
            assert candidate.hidden_rank == rank
        entropy = -(probs.double() * probs.double().log2()).sum().item()
        assert gap.hidden_entropy_bits == pytest.approx(entropy, abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_hidden_where_nothing_stands_on_the_right(encoder, family):
    (gap,) = fill(encoder(family), FillRequest(text="La vida es ___ ")).gaps
    if gap.has_right:
        # A byte-level vocabulary has a token for the blank behind.
        assert family == "roberta"
        return
    assert gap.candidates == gap.hidden_candidates
    assert gap.entropy_bits == gap.hidden_entropy_bits


@pytest.mark.parametrize("family", FAMILIES)
def test_the_orders_fill_one_gap_after_another(encoder, family):
    loaded = encoder(family)
    found = {
        order: fill(loaded, FillRequest(text="El ___ y la ___ son ___.", order=order))
        for order in FILL_ORDERS
    }
    assert [gap.turn for gap in found["independent"].gaps] == [0, 0, 0]
    assert [gap.turn for gap in found["left_to_right"].gaps] == [0, 1, 2]
    assert sorted(gap.turn for gap in found["most_certain"].gaps) == [0, 1, 2]
    first = found["left_to_right"].gaps[0]
    assert first.candidates == found["independent"].gaps[0].candidates
    surest = next(gap for gap in found["most_certain"].gaps if gap.turn == 0)
    alone = found["independent"].gaps
    assert surest.candidates[0].raw_prob == max(gap.candidates[0].raw_prob for gap in alone)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("order", ["left_to_right", "most_certain"])
def test_what_fills_a_gap_is_read_by_those_after_it(encoder, family, order):
    loaded = encoder(family)
    filling = fill(loaded, FillRequest(text="El ___ y la ___ son ___.", order=order))
    tokenizer = loaded.tokenizer
    ids = tokenizer(
        f"El {tokenizer.mask_token} y la {tokenizer.mask_token} son {tokenizer.mask_token}."
    )["input_ids"]
    places = [i for i, token in enumerate(ids) if token == tokenizer.mask_token_id]
    for number in sorted(range(3), key=lambda number: filling.gaps[number].turn):
        gap = filling.gaps[number]
        with torch.inference_mode():
            logits = loaded.model(input_ids=torch.tensor([ids])).logits[0, places[number]]
        assert gap.candidates[0].token_id == logits.argmax().item()
        assert gap.candidates[0].raw_prob == pytest.approx(
            logits.softmax(-1).max().item(), abs=1e-6
        )
        assert gap.chosen is not None
        ids[places[number]] = gap.chosen.token_id


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_fits_to_the_last_position_and_is_never_cut(folder, encoder, family):
    loaded = encoder(family)
    around = len(loaded.tokenizer("")["input_ids"])
    mask = loaded.tokenizer.mask_token
    words = " ".join(["y"] * (LIMIT - around - 1))
    text = f"{words} {mask}"
    while len(loaded.tokenizer(text)["input_ids"]) > LIMIT:
        text = text.removeprefix("y ")
    filling = fill(loaded, FillRequest(text=text))
    assert (filling.tokens, filling.limit_tokens) == (LIMIT, LIMIT)
    reference = AutoModelForMaskedLM.from_pretrained(folder(family)).eval()
    with torch.inference_mode():
        logits = reference(torch.tensor([loaded.tokenizer(text)["input_ids"]])).logits
    place = filling.token_texts.index(mask)
    assert filling.gaps[0].candidates[0].token_id == logits[0, place].argmax().item()
    with pytest.raises(EngineError) as caught:
        fill(loaded, FillRequest(text=f"y {text}"))
    error = caught.value
    assert (error.code, error.reason) == ("invalid_params", "too_long")
    assert (error.value, error.limit) == (LIMIT + 1, LIMIT)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_banned_word_is_neither_listed_nor_written(encoder, family):
    loaded = encoder(family)
    free = fill(loaded, FillRequest(text=TEXT, top_n=60)).gaps[1]
    # A word of its own, not the end of another.
    banned = next(c for c in free.candidates if c.text.isalpha() and not c.joins)
    word = banned.text.upper()
    gap = fill(loaded, FillRequest(text=TEXT, top_n=40, bad_words=(word,))).gaps[1]
    kept = [c.token_id for c in free.candidates if c.joins or c.text.upper() != word]
    assert [c.token_id for c in gap.candidates] == kept[:40]
    assert gap.banned_prob >= banned.raw_prob
    assert gap.chosen is not None
    assert gap.chosen.token_id != banned.token_id


@pytest.mark.parametrize("family", FAMILIES)
def test_the_pseudo_log_likelihood_hides_one_token_after_another(encoder, family):
    loaded = encoder(family)
    filling = fill(loaded, FillRequest(text=TEXT, with_pseudo_logprob=True))
    ids = list(loaded.tokenizer(with_mask(TEXT, loaded.tokenizer.mask_token))["input_ids"])
    gaps = iter(filling.gaps)
    mask = loaded.tokenizer.mask_token_id
    ids = [next(gaps).chosen.token_id if token == mask else token for token in ids]
    total = 0.0
    for place, token in enumerate(ids):
        if token in loaded.tokenizer.all_special_ids:
            continue
        row = torch.tensor([[*ids[:place], mask, *ids[place + 1 :]]])
        with torch.inference_mode():
            total += loaded.model(row).logits[0, place].log_softmax(-1)[token].item()
    assert filling.pseudo_logprob == pytest.approx(total, abs=1e-3)
    assert fill(loaded, FillRequest(text=TEXT)).pseudo_logprob is None


def test_a_word_is_found_as_a_token_or_said_to_take_several(encoder):
    loaded = encoder("bert")
    filling = fill(loaded, FillRequest(text=TEXT, words=("vida", "computadorísima")))
    one, several = filling.gaps[0].asked
    assert (one.word, one.tokens, one.candidate.text) == ("vida", 1, "vida")
    assert one.candidate.piece == "vida"
    assert several.candidate is None
    assert several.tokens > 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_filling_can_be_written_as_json_and_read_back(encoder, family):
    filling = fill(encoder(family), FillRequest(text=TEXT, words=("vida",)))
    assert Filling.from_dict(filling.to_dict()) == filling
    assert all(math.isfinite(gap.entropy_bits) for gap in filling.gaps)
    request = FillRequest(text=TEXT, order="most_certain", words=("vida",))
    assert FillRequest.from_dict(request.to_dict()) == request


def test_a_model_of_another_kind_is_refused_with_what_it_can_do(tiny_model):
    decoder = replace(tiny_model("gpt2"), kind="decoder")
    with pytest.raises(EngineError) as caught:
        fill(decoder, FillRequest(text=TEXT))
    assert (caught.value.code, caught.value.kind) == ("unsupported", "decoder")
    assert caught.value.instead == "generate"


@pytest.mark.parametrize("reason", ["cancelled", "deadline"])
def test_work_ends_between_two_readings(encoder, reason):
    reasons = iter([None, None, reason])
    with pytest.raises(EngineError) as caught:
        fill(encoder("bert"), FillRequest(text=TEXT), must_stop=lambda: next(reasons))
    assert caught.value.code == reason


def test_numbers_that_are_none_are_refused(folder):
    loaded = load(folder("bert"))
    loaded.model.get_input_embeddings().weight.fill_(float("nan"))
    with pytest.raises(EngineError) as caught:
        fill(loaded, FillRequest(text=TEXT))
    assert caught.value.code == "invalid_logits"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "},
        {"text": "\ud800 ___"},
        {"top_n": 0},
        {"order": "backwards"},
        {"deadline_s": -1.0},
        {"words": "vida"},
        {"request_id": ""},
    ],
)
def test_a_request_that_cannot_be_is_refused(wrong):
    with pytest.raises(EngineError):
        FillRequest(**{"text": TEXT, **wrong})

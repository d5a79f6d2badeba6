"""What a model reads of a text: what belongs to it, and what it has a row for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tokenizers.processors import TemplateProcessing

from engine import DecodingParams, EngineError, ScoreRequest
from engine.decoding.prompt import encode
from engine.decoding.scoring import score
from engine.explain import Moment, WhyNotRequest
from engine.explain.answers import answer
from tests.engine.tiny import BOS, EOS, N_POSITIONS, byte_level_tokenizer, complete, request

PAD = "<relleno>"
EOS_ID, BOS_ID = 0, 1


def templated(loaded, template):
    tokenizer = byte_level_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=template, special_tokens=[(BOS, BOS_ID), (EOS, EOS_ID)]
    )
    return replace(loaded, tokenizer=tokenizer)


@pytest.fixture(scope="module", params=[f"{BOS} $A {EOS}", f"$A {EOS}", f"$A {EOS} {EOS}"])
def ended(tiny_model, request):
    """A model whose tokenizer puts an end token behind every text."""
    return templated(tiny_model("gpt2"), request.param)


@pytest.fixture(scope="module")
def leading(ended):
    return [BOS_ID] if ended.tokenizer("a")["input_ids"][0] == BOS_ID else []


def text_ids(text):
    return byte_level_tokenizer()(text)["input_ids"]


def test_an_end_behind_the_text_is_no_part_of_a_prompt(ended, leading):
    completion = complete(ended, request("La vida", max_new_tokens=3))
    assert list(completion.prompt_ids) == [*leading, *text_ids("La vida")]
    assert completion.prompt_tokens == len(completion.prompt_ids)


def test_an_end_that_somebody_typed_stays(ended, leading):
    completion = complete(ended, request(f"La vida{EOS}", max_new_tokens=3))
    assert list(completion.prompt_ids) == [*leading, *text_ids("La vida"), EOS_ID]


def test_a_prefix_goes_on_from_the_text_and_not_from_its_end(ended, leading):
    for prompt in ("La vida", ""):
        completion = complete(ended, request(prompt, prefix_ids=(40, 41), max_new_tokens=3))
        assert list(completion.prompt_ids) == [*leading, *text_ids(prompt), 40, 41]


def test_a_long_prompt_keeps_its_beginning_sign_and_its_newest_tokens(ended, leading):
    completion = complete(ended, request("La vida es sueño. " * 20, max_new_tokens=4))
    newest = text_ids("La vida es sueño. " * 20)[-(N_POSITIONS - 4 - len(leading)) :]
    assert list(completion.prompt_ids) == [*leading, *newest]


def test_a_text_is_scored_as_it_is_written(ended):
    completion = complete(ended, request("La vida", max_new_tokens=5, trace_top_n=3))
    written = completion.attempts[0].token_ids
    asked = ScoreRequest(
        prompt="La vida", continuation=written, params=DecodingParams(max_new_tokens=5)
    )
    by_ids = score(ended, asked)
    assert [step.chosen for step in by_ids] == list(written)
    for step, own in zip(by_ids, completion.attempts[0].steps, strict=True):
        assert step.surprisal_bits == pytest.approx(own.surprisal_bits, abs=1e-4)
    as_text = score(ended, ScoreRequest(prompt="", continuation="La vida"))
    assert [step.chosen for step in as_text][-1] != EOS_ID


@pytest.fixture(scope="module")
def wide(tiny_model):
    """A model whose tokenizer has a token more than it has rows."""
    loaded = tiny_model("gpt2")
    tokenizer = byte_level_tokenizer()
    tokenizer.add_special_tokens({"pad_token": PAD})
    assert len(tokenizer) == loaded.vocab_size + 1
    return replace(loaded, tokenizer=tokenizer)


MOMENT = Moment(context_ids=(5, 9), params=DecodingParams())
ASKING = {
    "prompt": lambda loaded: complete(loaded, request(f"La {PAD} vida", max_new_tokens=2)),
    "score": lambda loaded: score(loaded, ScoreRequest(prompt=PAD, continuation="vida")),
    "scored": lambda loaded: score(loaded, ScoreRequest(prompt="La", continuation=f" {PAD} b")),
    "whole": lambda loaded: score(loaded, ScoreRequest(prompt="", continuation=f"La {PAD}")),
    "word": lambda loaded: answer(loaded, WhyNotRequest(moment=MOMENT, word=PAD)),
    "inside": lambda loaded: answer(loaded, WhyNotRequest(moment=MOMENT, word=f"la{PAD}vida")),
}
FIELDS = {"score": "prompt", "scored": "continuation", "whole": "continuation", "inside": "word"}


@pytest.mark.parametrize("asked", ASKING)
def test_a_token_that_the_model_has_no_row_for_is_refused(wide, asked):
    with pytest.raises(EngineError) as refused:
        ASKING[asked](wide)
    error = refused.value
    assert (error.code, error.field) == ("invalid_params", FIELDS.get(asked, asked))
    assert (error.value, error.token_id) == (PAD, wide.vocab_size)


def test_words_that_only_the_tokenizer_knows_are_banned_and_stopped_at_without_harm(wide):
    plain = complete(wide, request("La ", max_new_tokens=6))
    careful = complete(wide, request("La ", max_new_tokens=6, bad_words=(PAD,), stop=(PAD,)))
    assert careful.attempts[0].token_ids == plain.attempts[0].token_ids


def test_a_beginning_that_the_model_has_no_row_for_is_refused_too(tiny_model):
    loaded = templated(tiny_model("gpt2"), f"{BOS} $A")
    with pytest.raises(EngineError) as refused:
        encode(replace(loaded, vocab_size=1), "", "prompt")
    assert (refused.value.value, refused.value.token_id) == (BOS, BOS_ID)

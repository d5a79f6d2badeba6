"""Settings that leave nothing to choose are told as that, and not as a model that is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from engine import DecodingParams, EngineError, ScoreRequest
from engine.decoding.scoring import score
from engine.decoding_params import LEAST_TEMPERATURE
from engine.explain import Moment, RedrawRequest
from engine.explain.answers import answer
from tests.engine.tiny import complete, request
from tests.engine.tokenizers import words

STRATEGIES = {
    "greedy": {},
    "sample": {"strategy": "sample"},
    "filtered": {"strategy": "sample", "temperature": 0.5, "typical_p": 0.9},
    "ranked": {"strategy": "sample_and_rank", "attempts": 2},
    "contrastive": {"strategy": "contrastive", "penalty_alpha": 0.5, "top_k": 3},
    "beam": {"strategy": "beam", "num_beams": 2},
    "beam_sample": {"strategy": "beam_sample", "num_beams": 2},
    "diverse": {
        "strategy": "diverse_beam",
        "num_beams": 2,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
    },
}


@pytest.fixture(scope="module")
def five_words(tiny_model):
    """A model of five words and no end: without repeating one it soon has nothing to say."""
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=5, n_embd=8, n_layer=1, n_head=2, n_positions=64)
    model = GPT2LMHeadModel(config).eval()
    changes = {"model": model, "tokenizer": words(), "vocab_size": 5, "eos_ids": frozenset()}
    return replace(tiny_model("gpt2"), **changes)


@pytest.mark.parametrize("traced", [0, 2])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_error_names_the_setting(five_words, strategy, traced):
    asked = request(
        "la vida es sueño nada",
        no_repeat_ngram_size=1,
        max_new_tokens=20,
        trace_top_n=traced,
        **STRATEGIES[strategy],
    )
    with pytest.raises(EngineError) as caught:
        complete(five_words, asked)
    error = caught.value
    assert (error.code, error.reason) == ("invalid_logits", "no_token_left")
    assert (error.stage, error.partial) == ("no_repeat_ngram_size", None)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_written_until_then_is_kept_and_says_why_it_ends(five_words, strategy):
    asked = request("la vida", no_repeat_ngram_size=1, max_new_tokens=9, **STRATEGIES[strategy])
    with pytest.raises(EngineError) as caught:
        complete(five_words, asked)
    attempts = caught.value.partial.attempts
    assert attempts
    for attempt in attempts:
        assert len(attempt.token_ids) == 3
        assert attempt.finish_reason == "no_token_left"


def test_the_last_of_several_filters_is_named(five_words):
    params = {"max_new_tokens": 9, "no_repeat_ngram_size": 1, "bad_words": ("sueño",)}
    with pytest.raises(EngineError) as caught:
        complete(five_words, request("la vida es nada", **params))
    assert caught.value.stage == "bad_words"


def test_explanations_say_it_too(five_words):
    dead = DecodingParams(no_repeat_ngram_size=1)
    ids = (0, 1, 2, 3, 4)
    moment = Moment(context_ids=ids, params=DecodingParams())
    with pytest.raises(EngineError) as caught:
        answer(five_words, RedrawRequest(moment=moment, params=dead))
    assert (caught.value.reason, caught.value.stage) == ("no_token_left", "no_repeat_ngram_size")
    # A text that is already written is scored all the same.
    steps = score(five_words, ScoreRequest(prompt="la vida es sueño nada", continuation=(1,)))
    assert len(steps) == 1


def test_a_model_without_numbers_is_still_told_as_one(five_words, monkeypatch):
    head = five_words.model.lm_head
    monkeypatch.setattr(head, "forward", lambda hidden: hidden[..., :1] * torch.nan)
    for strategy in STRATEGIES.values():
        with pytest.raises(EngineError) as caught:
            complete(
                five_words, request("la vida", no_repeat_ngram_size=1, max_new_tokens=9, **strategy)
            )
        assert (caught.value.code, caught.value.reason) == ("invalid_logits", None)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("temperature", [1e-300, 1e-45, 1e-39, 1e-37, 9e-31])
@pytest.mark.parametrize("traced", [0, 3])
@pytest.mark.parametrize("settings", [{}, {"typical_p": 0.9}, {"num_beams": 3}])
def test_a_temperature_as_good_as_zero_is_zero_and_said(tiny_model, settings, traced, temperature):
    is_beam = "num_beams" in settings
    asked = request(
        strategy="beam_sample" if is_beam else "sample",
        temperature=temperature,
        trace_top_n=traced,
        max_new_tokens=5,
        **settings,
    )
    loaded = tiny_model("gpt2")
    completion = complete(loaded, asked)
    zero = complete(loaded, replace(asked, params=replace(asked.params, temperature=0)))
    assert completion.attempts == zero.attempts
    assert completion.params.strategy == zero.params.strategy == ("beam" if is_beam else "greedy")
    assert completion.inactive == zero.inactive
    assert "temperature" in completion.inactive


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("traced", [0, 3])
@pytest.mark.parametrize("settings", [{}, {"typical_p": 0.9}, {"top_p": 0.9, "top_k": 5}])
def test_the_least_temperature_of_a_draw_leaves_numbers(tiny_model, settings, traced):
    asked = request(
        strategy="sample",
        temperature=LEAST_TEMPERATURE,
        trace_top_n=traced,
        max_new_tokens=5,
        **settings,
    )
    loaded = tiny_model("gpt2")
    drawn, greedy = complete(loaded, asked), complete(loaded, request(max_new_tokens=5))
    assert drawn.attempts[0].token_ids == greedy.attempts[0].token_ids

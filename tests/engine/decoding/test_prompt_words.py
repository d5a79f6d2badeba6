"""What a completion says about the text that it goes on from."""

import pytest

from engine import DecodingParams, GenerationRequest
from tests.engine.tiny import BOS, EOS, FAMILIES, complete, request


def asked(prompt, **fields):
    return GenerationRequest(prompt=prompt, params=DecodingParams(max_new_tokens=8), **fields)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_words_of_a_prefix_are_those_that_were_written(tiny_model, family):
    loaded = tiny_model(family)
    first = complete(loaded, request(prompt="La vida es ", max_new_tokens=8)).attempts[0]
    again = complete(loaded, asked("La vida es ", prefix_ids=first.token_ids))
    assert again.prefix_text == first.text
    more = (*first.token_ids, *again.attempts[0].token_ids)
    assert complete(loaded, asked("La vida es ", prefix_ids=more)).prefix_text.startswith(
        first.text
    )
    assert complete(loaded, asked("La vida es ")).prefix_text == ""


def test_the_words_of_a_prefix_are_whole_where_the_prompt_is_cut(tiny_model):
    loaded = tiny_model("gpt2")
    prompt = "¿Qué es la vida? Un frenesí. " * 9
    first = complete(loaded, request(prompt=prompt, max_new_tokens=12))
    again = complete(loaded, asked(prompt, prefix_ids=first.attempts[0].token_ids))
    assert again.truncated_tokens > first.truncated_tokens - 12 > 0
    assert again.prefix_text == first.attempts[0].text


@pytest.mark.parametrize("adds_bos", [False, True])
def test_special_tokens_that_are_typed_are_named(tiny_model, adds_bos):
    loaded = tiny_model("gpt2", adds_bos=adds_bos)
    assert complete(loaded, asked("La vida")).control_tokens == ()
    assert complete(loaded, asked(f"Uno{EOS}dos{BOS}tres{EOS}")).control_tokens == (EOS, BOS)

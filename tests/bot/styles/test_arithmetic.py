"""Styles on models: every family writes under each, and the lesson is transformers' arithmetic."""

import pytest
import torch

from bot.styles import LESSON, STYLES, settings_of
from tests.engine.tiny import FAMILIES, complete, request


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_writes_under_every_style(tiny_model, family):
    loaded = tiny_model(family)
    for style in STYLES:
        asked = request(**settings_of(style), max_new_tokens=4)
        (attempt,) = complete(loaded, asked).attempts
        assert attempt.token_ids
        assert attempt.text or attempt.finish_reason == "eos"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"strategy": "beam", "num_beams": 3},
        {"strategy": "beam", "num_beams": 3, "no_repeat_ngram_size": 2},
        {"repetition_penalty": 1.3},
    ],
)
def test_the_lesson_writes_what_transformers_does(tiny_model, asked):
    loaded = tiny_model("gpt2")
    wanted = request(**{**settings_of(LESSON), **asked}, max_new_tokens=12)
    ids = torch.tensor([loaded.tokenizer(wanted.prompt).input_ids])
    names = {name: value for name, value in asked.items() if name != "strategy"}
    with torch.inference_mode():
        expected = loaded.model.generate(ids, max_new_tokens=12, do_sample=False, **names)
    written = complete(loaded, wanted).attempts[0].token_ids
    assert list(written) == expected[0, ids.shape[1] :].tolist()

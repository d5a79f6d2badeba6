import json
import math

import pytest

from engine import RANGES, DecodingParams, EngineError

GOOD = {
    "strategy": [
        "greedy",
        "sample",
        "beam",
        "sample_and_rank",
        "beam_sample",
        "contrastive",
        "diverse_beam",
    ],
    "max_new_tokens": [1, 4096],
    "temperature": [0, 5.0],
    "top_k": [0, 10**6],
    "top_p": [1e-9, 1],
    "typical_p": [1e-9, 1.0],
    "min_p": [0, 1.0],
    "epsilon_cutoff": [0, 0.999],
    "eta_cutoff": [0, 0.999],
    "repetition_penalty": [0.1, 10],
    "no_repeat_ngram_size": [0, 10],
    "num_beams": [1, 8],
    "length_penalty": [-5, 5.0],
    "early_stopping": [False, True, "never"],
    "attempts": [1, 10],
    "bad_words": [(), ["una", "dos"]],
    "top_h": [1e-9, 1],
    "min_new_tokens": [0, 4096],
    "penalty_alpha": [0, 1],
    "num_beam_groups": [1, 8],
    "diversity_penalty": [0, 10.0],
    "stop": [(), ["\n\n", " ", "fin"]],
    "whole_word_start": [False, True],
    "plain_text": [False, True],
    "sentence_end_tokens": [0, 256],
}
BAD = {
    "strategy": ["", None, [], "GREEDY"],
    "max_new_tokens": [0, 1.5, "3", None, True],
    "temperature": [-0.01, 5.01, math.nan, math.inf, "1", None],
    "top_k": [-1, 0.5],
    "top_p": [0, 1.001, math.nan],
    "typical_p": [0.0, 1.1],
    "min_p": [-0.1, 1.1],
    "epsilon_cutoff": [-0.1, 1],
    "eta_cutoff": [-0.1, 1.0],
    "repetition_penalty": [0.09, 10.1],
    "no_repeat_ngram_size": [-1, 11],
    "num_beams": [0, 9],
    "length_penalty": [-5.1, 5.1],
    "early_stopping": ["always", None, 1, 0],
    "attempts": [0, 11],
    "bad_words": ["puta", None, 3, (1,), (" ",)],
    "top_h": [0, 1.01, math.nan, None],
    "min_new_tokens": [-1, 4097, 0.5],
    "penalty_alpha": [-0.1, 1.1, math.nan],
    "num_beam_groups": [0, 9, 1.5],
    "diversity_penalty": [-0.1, 10.1, math.nan],
    "stop": ["fin", None, (1,), ("",), ("media \ud83d",)],
    "whole_word_start": [None, 1, "true"],
    "plain_text": [None, 0],
    "sentence_end_tokens": [-1, 257, 0.5, True],
}


def each(values):
    return [(name, value) for name, options in values.items() for value in options]


def test_every_setting_has_its_bounds_tested():
    assert GOOD.keys() == BAD.keys() == DecodingParams.__dataclass_fields__.keys()
    assert RANGES.keys() < GOOD.keys()


@pytest.mark.parametrize(("name", "value"), each(GOOD))
def test_a_setting_takes_the_ends_of_its_range(name, value):
    params = DecodingParams(**{name: value})
    assert DecodingParams.from_dict(json.loads(json.dumps(params.to_dict()))) == params


@pytest.mark.parametrize(("name", "value"), each(BAD))
def test_a_setting_out_of_range_is_named(name, value):
    with pytest.raises(EngineError) as caught:
        DecodingParams(**{name: value})
    error = caught.value
    assert (error.code, error.field) == ("invalid_params", name)
    assert error.value is value
    assert error.range


def test_settings_stored_before_a_field_existed_still_load():
    stored = DecodingParams(strategy="beam", num_beams=3).to_dict()
    for name in ("top_h", "min_new_tokens", "stop", "penalty_alpha"):
        del stored[name]
    assert DecodingParams.from_dict(stored) == DecodingParams(strategy="beam", num_beams=3)

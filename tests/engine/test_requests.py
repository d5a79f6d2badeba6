import math

import numpy as np
import pytest

from engine import EngineError, GenerationRequest, ScoreRequest


def each(values):
    return [(name, value) for name, options in values.items() for value in options]


def refusal(make, **fields):
    with pytest.raises(EngineError) as caught:
        make(**fields)
    return caught.value


def generation(**fields):
    return GenerationRequest(**{"prompt": "hola", **fields})


def scoring(**fields):
    return ScoreRequest(**{"prompt": "hola", "continuation": "tú", **fields})


@pytest.mark.parametrize(
    ("name", "value"),
    each(
        {
            "prompt": [None, 3, b"hola", "media \ud83d"],
            "params": [None, {}],
            "model": [3],
            "seed": [-1, 2**32, 1.5, None],
            "trace_top_n": [-1, 2**20 + 1, 0.5, None],
            "deadline_s": [-1, math.nan, math.inf, "1"],
            "request_id": [None, ""],
            "prefix_ids": [None, 3, "12", (-1,), (1.5,), (None,)],
            "revision": [3],
        }
    ),
)
def test_a_generation_request_names_what_is_wrong(name, value):
    error = refusal(generation, **{name: value})
    assert (error.code, error.field) == ("invalid_params", name)


@pytest.mark.parametrize(
    ("name", "value"),
    each(
        {
            "prompt": [None, "\udc00"],
            "continuation": [None, 3, "\ud83d", (-1,), ("hola",)],
            "params": [None],
            "trace_top_n": [-1],
            "deadline_s": [-1],
        }
    ),
)
def test_a_score_request_names_what_is_wrong(name, value):
    error = refusal(scoring, **{name: value})
    assert (error.code, error.field) == ("invalid_params", name)


def test_nothing_to_go_on_with_is_an_empty_prompt():
    assert refusal(generation, prompt="").code == "empty_prompt"
    assert refusal(generation, prompt=" \n").code == "empty_prompt"
    assert refusal(scoring, continuation="").code == "empty_prompt"
    assert refusal(scoring, continuation=()).code == "empty_prompt"
    assert generation(prompt="", prefix_ids=(3,)).prefix_ids == (3,)


def test_ids_become_plain_integers():
    ids = np.array([3, 5])
    assert generation(prefix_ids=ids).to_dict()["prefix_ids"] == [3, 5]
    assert scoring(continuation=[3, 5]).continuation == (3, 5)


def test_a_deadline_of_zero_is_one():
    assert generation(deadline_s=0).deadline_s == 0


def test_a_request_of_before_there_were_styles_is_read():
    request = GenerationRequest(prompt="Hola", style="mad")
    fields = request.to_dict()
    assert GenerationRequest.from_dict(fields).style == "mad"
    del fields["style"]
    assert GenerationRequest.from_dict(fields).style is None

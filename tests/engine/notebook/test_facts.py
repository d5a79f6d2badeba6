"""The notebook's stored numbers fit what the duel calls the lesson's strategies."""

import pytest

from engine.explain.compare import contenders
from engine.notebook import facts

DUEL = {one.name: one.params for one in contenders(facts.MAX_LENGTH)}


@pytest.mark.parametrize("one", facts.WRITTEN, ids=lambda one: one.name)
def test_the_duel_writes_as_the_notebook(one: facts.Written) -> None:
    params = DUEL[one.name]
    assert (params.num_beams, params.no_repeat_ngram_size) == (
        one.num_beams,
        one.no_repeat_ngram_size,
    )
    assert facts.written(one.name) is one


@pytest.mark.parametrize("one", facts.SAMPLED, ids=lambda one: one.name)
def test_the_duel_draws_as_the_notebook(one: facts.Sampled) -> None:
    params = DUEL[one.name]
    assert (params.temperature, params.top_p) == (one.temperature, one.top_p)
    if one.top_k is not None:
        assert params.top_k == one.top_k


def test_both_prompts_end_in_a_space() -> None:
    assert facts.LOVE_PROMPT.endswith(" ")
    assert facts.UNICORN_PROMPT.endswith(" ")

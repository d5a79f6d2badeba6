"""The requests of a duel, and the id that they share."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.duel.contestants import MOST
from bot.features.duel.requests import card_requests, lesson_requests
from bot.jobs.duel_ids import duel_ids, place_of
from bot.styles import AUTHORS
from engine import DecodingParams, EngineError, GenerationRequest
from engine.explain import contenders
from tests.bot.scripted import ScriptedEngine

BASE = GenerationRequest(
    prompt="Hola",
    params=DecodingParams(
        strategy="beam", num_beams=3, temperature=0.1, max_new_tokens=9, bad_words=("x",)
    ),
    seed=5,
    request_id="0123456789abcdef0123456789abcdef",
)


def whole_duel(base=BASE):
    """Return the requests of the cards and of the rest of the lesson."""
    engine = ScriptedEngine()
    return (*card_requests(base, engine), *lesson_requests(base, base.request_id, engine))


def test_only_the_length_and_the_word_list_of_the_settings_count():
    base = replace(BASE, params=replace(BASE.params, stop=("y",), attempts=3))
    requests = whole_duel(base)
    assert {request.params.max_new_tokens for request in requests} == {9}
    assert {request.params.bad_words for request in requests} == {("x",)}
    assert {request.params.stop for request in requests} == {()}
    assert {request.params.attempts for request in requests} == {1, 5}
    assert 0.1 not in {request.params.temperature for request in requests}
    assert {request.params.num_beams for request in requests} == {1, 5}
    assert {request.seed for request in requests} == {5}


def test_the_cards_are_four_and_the_lesson_has_all_the_others_once():
    requests = whole_duel()
    assert len(requests) == MOST == 12
    assert [request.style for request in requests[:4]] == [None, None, "balanced", "mad"]
    assert {request.style for request in requests[4:]} == {None}
    lesson = [c.params for c in contenders(9, ("x",))]
    written = [request.params for request in (*requests[:2], *requests[4:])]
    assert [params.strategy for params in written] == [params.strategy for params in lesson]


def test_whoever_knows_one_id_finds_the_others():
    ids = [request.request_id for request in whole_duel()]
    assert len(set(ids)) == len(ids)
    for place, request_id in enumerate(ids):
        assert duel_ids(request_id)[: len(ids)] == tuple(ids)
        assert place_of(request_id) == place


@given(
    prompt=st.sampled_from(["Hola", "Books Hola", "Wikipedia", "Links  Hola\n", "Questions Q: ¿?"]),
    style=st.sampled_from([None, "mad", AUTHORS]),
    params=st.builds(
        DecodingParams,
        strategy=st.sampled_from(["greedy", "sample", "beam"]),
        max_new_tokens=st.integers(1, 300),
        num_beams=st.integers(2, 8),
        bad_words=st.sampled_from([(), ("x",)]),
        stop=st.sampled_from([(), ("y",)]),
    ),
    model=st.sampled_from(["guion", "otro"]),
)
def test_the_first_card_says_all_the_others(prompt, style, params, model):
    base = replace(BASE, prompt=prompt, style=style, params=params, model=model)
    requests = card_requests(base, ScriptedEngine())
    assert card_requests(requests[0], ScriptedEngine()) == requests


def test_top_k_keeps_within_a_known_vocabulary():
    def largest(name):
        request = GenerationRequest(prompt="Hola", model=name)
        return max(r.params.top_k for r in whole_duel(request))

    assert (largest("guion"), largest("otro")) == (16, 200)


def test_an_unknown_model_is_refused():
    with pytest.raises(EngineError, match="unknown_model"):
        card_requests(GenerationRequest(prompt="Hola", model="no-hay"), ScriptedEngine())

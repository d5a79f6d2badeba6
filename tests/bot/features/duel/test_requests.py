"""The requests of a duel, and the id that they share."""

import pytest

from bot.features.duel.requests import duel_requests
from bot.jobs.duel_ids import duel_ids, place_of
from engine import DecodingParams, EngineError, GenerationRequest
from tests.bot.scripted import ScriptedEngine

BASE = GenerationRequest(
    prompt="Hola",
    params=DecodingParams(
        strategy="beam", num_beams=3, temperature=0.1, max_new_tokens=9, bad_words=("x",)
    ),
    seed=5,
    request_id="0123456789abcdef0123456789abcdef",
)


def test_only_the_length_and_the_word_list_of_the_settings_count():
    requests = duel_requests(BASE, ScriptedEngine())
    assert {request.params.max_new_tokens for request in requests} == {9}
    assert {request.params.bad_words for request in requests} == {("x",)}
    assert {request.params.temperature for request in requests} == {1.0, 0.75, 2.0}
    assert {request.params.num_beams for request in requests} == {1, 5}
    assert {request.seed for request in requests} == {5}


def test_whoever_knows_one_id_finds_the_others():
    requests = duel_requests(BASE, ScriptedEngine())
    ids = [request.request_id for request in requests]
    assert len(set(ids)) == len(ids)
    for place, request_id in enumerate(ids):
        assert duel_ids(request_id)[: len(ids)] == tuple(ids)
        assert place_of(request_id) == place


def test_top_k_keeps_within_a_known_vocabulary():
    def largest(name):
        request = GenerationRequest(prompt="Hola", model=name)
        return max(r.params.top_k for r in duel_requests(request, ScriptedEngine()))

    assert (largest("guion"), largest("otro")) == (16, 200)


def test_an_unknown_model_is_refused():
    with pytest.raises(EngineError, match="unknown_model"):
        duel_requests(GenerationRequest(prompt="Hola", model="no-hay"), ScriptedEngine())

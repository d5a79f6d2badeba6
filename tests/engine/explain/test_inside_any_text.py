"""What is seen inside a model, for any text, against transformers' own eager model."""

import math
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from engine import EngineError
from engine.explain.attention import attend
from engine.explain.inside_values import (
    MAX_INSIDE_TOKENS,
    AttentionRequest,
    LogitLensRequest,
    TokenVectors,
    TokenVectorsRequest,
)
from engine.explain.logit_lens import read_layers
from engine.explain.vectors import read_vectors
from engine.requests import MAX_TRACE_TOP_N
from tests.engine.tiny import FAMILIES

ANY_TEXT = st.lists(st.integers(0, 319), min_size=1, max_size=MAX_INSIDE_TOKENS).map(tuple)
SCALED = {"gemma3_text": math.sqrt(32)}
"""Families that multiply a row of the embedding table before it enters the first layer."""
ADD_POSITIONS = {"gpt2", "openai-gpt", "ctrl", "gpt_neo", "gpt_bigcode"}


@cache
def eager(folder):
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def read_by_transformers(loaded, ids):
    model = eager(loaded.tokenizer.name_or_path)
    with torch.inference_mode():
        return model(
            torch.tensor([ids]),
            output_attentions=True,
            output_hidden_states=True,
            return_dict=True,
        )


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None)
@given(ids=ANY_TEXT)
def test_rows_sum_to_one_and_the_future_weighs_exactly_nothing(tiny_model, family, ids):
    loaded = tiny_model(family)
    wanted = read_by_transformers(loaded, ids).attentions
    means = attend(loaded, AttentionRequest(context_ids=ids)).maps
    for layer, there in enumerate(wanted):
        heads = attend(loaded, AttentionRequest(context_ids=ids, layer=layer)).maps
        assert [(found.layer, found.head) for found in heads] == [(layer, h) for h in range(4)]
        for found in (means[layer], *heads):
            weights = torch.tensor(found.weights, dtype=torch.float64)
            assert weights.shape == (len(ids), len(ids))
            assert (weights.sum(-1) - 1).abs().max() < 1e-5
            assert weights.min() >= 0
            assert weights.triu(1).count_nonzero() == 0
            expected = there[0].mean(0) if found.head is None else there[0, found.head]
            assert (weights - expected.double()).abs().max() < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None)
@given(ids=ANY_TEXT, target=st.none() | st.integers(0, 319))
def test_the_last_row_of_the_lens_is_the_final_distribution(tiny_model, family, ids, target):
    loaded = tiny_model(family)
    request = LogitLensRequest(context_ids=ids, target=target, trace_top_n=10)
    lens = read_layers(loaded, request)
    final = torch.softmax(read_by_transformers(loaded, ids).logits[0, -1].double(), -1)
    assert [row.layer for row in lens.rows] == [0, 1, 2]
    for candidate in lens.rows[-1].candidates:
        assert abs(candidate.prob - float(final[candidate.token_id])) < 1e-5
    for row in lens.rows:
        assert lens.target in {candidate.token_id for candidate in row.candidates}
        best = [candidate.prob for candidate in row.candidates if candidate.rank <= 10]
        assert best == sorted(best, reverse=True)
        assert sum(best) < 1 + 1e-9


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None)
@given(ids=ANY_TEXT, data=st.data())
def test_vectors_are_those_of_transformers(tiny_model, family, ids, data):
    loaded = tiny_model(family)
    position = data.draw(st.none() | st.integers(0, len(ids) - 1))
    found = read_vectors(loaded, TokenVectorsRequest(context_ids=ids, position=position))
    assert TokenVectors.from_dict(found.to_dict()) == found
    place = len(ids) - 1 if position is None else position
    assert (found.position, found.token_ids) == (place, ids)
    states = read_by_transformers(loaded, ids).hidden_states
    table = eager(loaded.tokenizer.name_or_path).get_input_embeddings().weight.detach()
    row = table[ids[place]] * SCALED.get(family, 1.0)
    for vector, expected in ((found.embedding, row), *zip(found.states, states, strict=True)):
        numbers = expected if expected.dim() == 1 else expected[0, place]
        assert vector.size == len(numbers) == 32
        assert vector.norm == pytest.approx(float(numbers.norm()), rel=1e-4)
        assert vector.components == pytest.approx(numbers.tolist(), rel=1e-4, abs=1e-4)
    if family not in ADD_POSITIONS:
        assert found.states[0] == found.embedding


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma3_text"])
def test_neighbours_are_the_nearest_rows_of_the_table(tiny_model, family):
    loaded = tiny_model(family)
    table = loaded.model.get_input_embeddings().weight.detach().double()
    found = read_vectors(loaded, TokenVectorsRequest(context_ids=(7, 90), neighbours=4))
    cosines = torch.nn.functional.cosine_similarity(table, table[90][None])
    cosines[90] = -2
    best = cosines.topk(4)
    assert [near.token_id for near in found.neighbours] == best.indices.tolist()
    assert [near.cosine for near in found.neighbours] == pytest.approx(best.values.tolist())
    assert [near.text for near in found.neighbours] == [
        loaded.vocabulary.text_of(token) for token in best.indices.tolist()
    ]


def test_nobody_is_a_neighbour_of_a_row_of_zeros(tiny_model):
    """Padded tables have such rows; their cosines are 0, not NaN."""
    loaded = tiny_model("llama", seed=5)
    with torch.no_grad():
        loaded.model.get_input_embeddings().weight[40] = 0.0
    found = read_vectors(loaded, TokenVectorsRequest(context_ids=(40,), neighbours=3))
    assert [near.cosine for near in found.neighbours] == [0.0, 0.0, 0.0]
    assert found.embedding.norm == 0.0


def test_only_the_start_of_a_long_vector_is_given(tiny_model, monkeypatch):
    monkeypatch.setattr("engine.explain.vectors.MAX_COMPONENTS", 5)
    found = read_vectors(tiny_model("gpt2"), TokenVectorsRequest(context_ids=(7, 90)))
    whole = tiny_model("gpt2").model.get_input_embeddings().weight[90].detach()
    assert len(found.embedding.components) == 5
    assert found.embedding.size == 32
    assert found.embedding.norm == pytest.approx(float(whole.norm()))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"context_ids": ()}, "context_ids"),
        ({"context_ids": (5,) * (MAX_INSIDE_TOKENS + 1)}, "context_ids"),
        ({"context_ids": (320,)}, "context_ids"),
        ({"position": 2}, "position"),
        ({"position": -1}, "position"),
        ({"neighbours": -1}, "neighbours"),
        ({"neighbours": MAX_TRACE_TOP_N + 1}, "neighbours"),
    ],
)
def test_vectors_that_are_not_there_are_refused(tiny_model, asked, field):
    with pytest.raises(EngineError) as error:
        read_vectors(tiny_model("gpt2"), TokenVectorsRequest(**{"context_ids": (5, 6), **asked}))
    assert (error.value.code, error.value.field) == ("invalid_params", field)

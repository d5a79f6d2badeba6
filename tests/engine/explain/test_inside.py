import pytest
import torch

from engine import EngineError
from engine.explain.attention import attend
from engine.explain.inside_values import (
    MAX_INSIDE_TOKENS,
    Attention,
    AttentionRequest,
    LogitLens,
    LogitLensRequest,
)
from engine.explain.logit_lens import read_layers
from engine.models.twin import twin
from tests.engine.tiny import FAMILIES, SHAPES, complete, request

TEXT = "Caminante, no hay camino"


def ids_of(loaded, text=TEXT):
    return tuple(loaded.tokenizer(text)["input_ids"])


def maps(loaded, **asked):
    answer = attend(loaded, AttentionRequest(context_ids=ids_of(loaded), **asked))
    assert Attention.from_dict(answer.to_dict()) == answer
    return answer


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_sum_to_one_and_nobody_looks_ahead(tiny_model, family):
    loaded = tiny_model(family)
    before = loaded.model.config._attn_implementation
    everything = [maps(loaded), maps(loaded, layer=1), maps(loaded, layer=0, head=2)]
    assert [len(answer.maps) for answer in everything] == [2, 4, 1]
    for answer in everything:
        assert (answer.layers, answer.heads) == (2, 4)
        for found in answer.maps:
            weights = torch.tensor(found.weights, dtype=torch.float64)
            assert weights.shape == (len(answer.tokens),) * 2
            assert torch.allclose(weights.sum(-1), torch.ones(len(weights), dtype=torch.float64))
            assert weights.triu(1).count_nonzero() == 0
    assert loaded.model.config._attn_implementation == before


def test_the_mean_is_that_of_the_heads_and_one_head_is_one_of_them(tiny_model):
    loaded = tiny_model("llama")
    heads = torch.tensor([m.weights for m in maps(loaded, layer=1).maps], dtype=torch.float64)
    mean = torch.tensor(maps(loaded).maps[1].weights, dtype=torch.float64)
    assert torch.allclose(heads.mean(0), mean)
    (one,) = maps(loaded, layer=1, head=3).maps
    assert torch.tensor(one.weights, dtype=torch.float64).equal(heads[3])


def test_a_sliding_layer_looks_back_no_further_than_its_window(tiny_model):
    loaded = tiny_model("gemma3_text")
    window = SHAPES["gemma3_text"]["sliding_window"]
    sliding, full = (torch.tensor(m.weights) for m in maps(loaded).maps)
    assert sliding.tril(-window).count_nonzero() == 0
    assert full.tril(-window).count_nonzero() > 0


def test_looking_inside_leaves_the_model_as_it_was(tiny_model):
    loaded = tiny_model("gpt2")
    wanted = request(max_new_tokens=6)
    before = complete(loaded, wanted).attempts
    memory = [p.data_ptr() for p in loaded.model.parameters()]
    maps(loaded)
    assert complete(loaded, wanted).attempts == before
    assert [p.data_ptr() for p in loaded.model.parameters()] == memory
    assert not any(module._forward_hooks for module in loaded.model.modules())


def test_the_twin_shares_its_weights(tiny_model):
    model = tiny_model("llama").model
    model.model.extra = torch.ones(2)
    try:
        copied = twin(model)
        assert copied is not model
        assert copied.config is not model.config
        assert copied.model.extra is model.model.extra
        pairs = zip(copied.parameters(), model.parameters(), strict=True)
        assert all(mine is theirs for mine, theirs in pairs)
    finally:
        del model.model.extra


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_row_of_the_lens_is_the_models_answer(tiny_model, family):
    loaded = tiny_model(family)
    ids = ids_of(loaded)
    lens = read_layers(loaded, LogitLensRequest(context_ids=ids, trace_top_n=20))
    assert LogitLens.from_dict(lens.to_dict()) == lens
    with torch.inference_mode():
        output = loaded.model(torch.tensor([ids]))
    probs = torch.softmax(output.logits[0, -1].double(), -1)
    assert [row.layer for row in lens.rows] == [0, 1, 2]
    last = lens.rows[-1]
    assert last.candidates[0].token_id == lens.target == int(probs.argmax())
    for candidate in last.candidates:
        assert candidate.prob == pytest.approx(float(probs[candidate.token_id]), abs=1e-5)
    assert lens.tokens == tuple(map(loaded.vocabulary.text_of, ids))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_is_what_a_model_without_the_later_layers_says(tiny_model, family):
    """Layers whose output is zero add nothing: then the row before them is the answer."""
    loaded = tiny_model(family)
    ids = ids_of(loaded)
    lens = read_layers(loaded, LogitLensRequest(context_ids=ids, trace_top_n=5))
    body = loaded.model.base_model
    holder = next(n for n in ("h", "layers") if hasattr(body, n))
    blocks = getattr(body, holder)
    setattr(body, holder, blocks[:1])
    try:
        with torch.inference_mode():
            logits = shortened_logits(loaded, ids)
    finally:
        setattr(body, holder, blocks)
    probs = torch.softmax(logits.double(), -1)
    for candidate in lens.rows[1].candidates:
        assert candidate.prob == pytest.approx(float(probs[candidate.token_id]), abs=1e-5)


def shortened_logits(loaded, ids):
    config = loaded.model.config
    layers = config.num_hidden_layers
    types = getattr(config, "layer_types", None)
    config.num_hidden_layers = 1
    if types:
        config.layer_types = types[:1]
    try:
        return loaded.model(torch.tensor([ids])).logits[0, -1]
    finally:
        config.num_hidden_layers = layers
        if types:
            config.layer_types = types


def test_a_target_is_followed_through_the_layers(tiny_model):
    loaded = tiny_model("gpt2")
    lens = read_layers(
        loaded, LogitLensRequest(context_ids=ids_of(loaded), target=17, trace_top_n=1)
    )
    for row in lens.rows:
        followed = next(c for c in row.candidates if c.token_id == 17)
        assert 1 <= followed.rank <= loaded.vocab_size
        assert row.candidates[0].rank == 1
        assert row.entropy_bits > 0


def ask_attention(loaded, **asked):
    return attend(loaded, AttentionRequest(**{"context_ids": (5, 6), **asked}))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"context_ids": ()}, "context_ids"),
        ({"context_ids": (5,) * (MAX_INSIDE_TOKENS + 1)}, "context_ids"),
        ({"context_ids": (320,)}, "context_ids"),
        ({"layer": 2}, "layer"),
        ({"layer": 0, "head": 4}, "head"),
    ],
)
def test_what_is_not_there_is_refused(tiny_model, asked, field):
    with pytest.raises(EngineError) as error:
        ask_attention(tiny_model("gpt2"), **asked)
    assert (error.value.code, error.value.field) == ("invalid_params", field)


@pytest.mark.parametrize(
    ("asked", "field"), [({"target": 320}, "target"), ({"trace_top_n": 0}, "trace_top_n")]
)
def test_a_lens_that_does_not_fit_is_refused(tiny_model, asked, field):
    with pytest.raises(EngineError) as error:
        read_layers(tiny_model("gpt2"), LogitLensRequest(context_ids=(5, 6), **asked))
    assert error.value.field == field


def test_a_model_whose_head_is_not_understood_is_refused(tiny_model, monkeypatch):
    loaded = tiny_model("llama")
    other = torch.nn.Linear(32, 320)
    monkeypatch.setattr(loaded.model, "get_output_embeddings", lambda: other)
    with pytest.raises(EngineError) as error:
        read_layers(loaded, LogitLensRequest(context_ids=(5, 6)))
    assert (error.value.code, error.value.reason) == ("unsupported", "logit_lens")

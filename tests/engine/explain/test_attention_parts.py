"""Who sees whom in each family, against transformers' own eager models."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForMaskedLM, AutoModelForSeq2SeqLM

from engine import EngineError
from engine.explain import Attention, AttentionRequest, LogitLensRequest
from engine.explain.attention import attend
from engine.explain.logit_lens import read_layers
from tests.engine import other_kinds
from tests.engine.other_kinds import ENCODER_DECODERS, ENCODERS

TEXT = "Caminante, no hay camino"
FAMILIES = (*ENCODERS, *ENCODER_DECODERS)
IDS = st.lists(st.integers(5, 300), min_size=2, max_size=24).map(tuple)


@pytest.fixture(scope="module")
def loaded_of(tmp_path_factory):
    return cache(lambda family: other_kinds.load(family, tmp_path_factory.mktemp(family) / family))


@cache
def eager(family, folder):
    is_encoder = family in ENCODERS
    auto_class = AutoModelForMaskedLM if is_encoder else AutoModelForSeq2SeqLM
    model = auto_class.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    return model if is_encoder else model.get_encoder()


def ask(loaded, **asked):
    answer = attend(loaded, AttentionRequest(**asked))
    assert Attention.from_dict(answer.to_dict()) == answer
    return answer


def matrix(found):
    return torch.tensor(found.weights, dtype=torch.float64)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=4, deadline=None)
@given(ids=IDS)
def test_an_encoder_sees_both_sides_as_transformers_says(loaded_of, family, ids):
    loaded = loaded_of(family)
    with torch.inference_mode():
        body = eager(family, loaded.tokenizer.name_or_path)
        wanted = body(torch.tensor([ids]), output_attentions=True, return_dict=True).attentions
    for layer, there in enumerate(wanted):
        answer = ask(loaded, context_ids=ids, layer=layer, part="encoder")
        assert (answer.part, answer.layers, answer.heads) == ("encoder", 2, 4)
        for found in answer.maps:
            weights = matrix(found)
            assert (weights - there[0, found.head].double()).abs().max() < 1e-5
            assert (weights.sum(-1) - 1).abs().max() < 1e-5
            # Every token has some weight on what stands right of it.
            assert (weights.triu(1).sum(-1)[:-1] > 0).all()


def test_above_the_diagonal_nothing_for_decoders_only(tiny_model, loaded_of):
    decoder = ask(tiny_model("gpt2"), text=TEXT)
    assert all(matrix(found).triu(1).count_nonzero() == 0 for found in decoder.maps)
    for family in FAMILIES:
        other = ask(loaded_of(family), text=TEXT, part="encoder")
        assert all(matrix(found).triu(1).sum() > 0.1 for found in other.maps)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_in_letters_is_read_with_both_its_ends(loaded_of, family):
    loaded = loaded_of(family)
    answer = ask(loaded, text=TEXT, part="encoder")
    assert answer.token_ids == tuple(loaded.tokenizer(TEXT)["input_ids"])
    assert answer.tokens[0] == "[CLS]"
    assert answer.tokens[-1] == "[SEP]"
    assert "".join(answer.tokens[1:-1]) == TEXT
    assert answer.columns == answer.tokens
    assert answer == ask(loaded, context_ids=answer.token_ids, part="encoder")


def test_a_text_that_goes_on_has_no_end(tiny_model):
    loaded = tiny_model("gpt2", adds_bos=True)
    answer = ask(loaded, text=TEXT)
    assert answer.token_ids == tuple(loaded.tokenizer(TEXT)["input_ids"])
    assert "".join(answer.tokens[1:]) == TEXT


def test_a_part_that_a_model_has_not_is_refused(tiny_model, loaded_of):
    for loaded, part in ((tiny_model("gpt2"), "encoder"), (loaded_of("bert"), "decoder")):
        with pytest.raises(EngineError) as error:
            ask(loaded, text=TEXT, part=part)
        assert (error.value.code, error.value.reason) == ("unsupported", "attention")


def test_a_text_beside_ids_and_an_unknown_part_are_refused():
    for wrong in ({"context_ids": (5,), "text": TEXT}, {"context_ids": (5,), "part": "both"}):
        with pytest.raises(EngineError) as error:
            AttentionRequest(**wrong)
        assert error.value.code == "invalid_params"


def test_a_long_text_is_refused(loaded_of):
    with pytest.raises(EngineError) as error:
        ask(loaded_of("bert"), text=TEXT * 20, part="encoder")
    assert (error.value.code, error.value.field) == ("invalid_params", "context_ids")


def test_a_source_alone_has_no_next_word(loaded_of):
    with pytest.raises(EngineError) as error:
        read_layers(loaded_of("t5"), LogitLensRequest(context_ids=(5, 6)))
    assert error.value.code == "unsupported"

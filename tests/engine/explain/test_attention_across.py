"""From a target at its source, as transformers says; and what its decoder's layers would say."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForSeq2SeqLM

from engine import EngineError
from engine.explain import (
    Attention,
    AttentionRequest,
    LogitLensRequest,
    TokenVectorsRequest,
)
from engine.explain.attention import attend
from engine.explain.logit_lens import read_layers
from engine.explain.vectors import read_vectors
from tests.engine import other_kinds
from tests.engine.other_kinds import ENCODER_DECODERS

FAMILIES = tuple(ENCODER_DECODERS)
SOURCE = (5, 60, 70, 80, 90, 3)
TARGET = (0, 61, 71)
IDS = st.lists(st.integers(5, 300), min_size=1, max_size=16)


@pytest.fixture(scope="module")
def loaded_of(tmp_path_factory):
    return cache(lambda family: other_kinds.load(family, tmp_path_factory.mktemp(family) / family))


@cache
def eager(folder):
    return AutoModelForSeq2SeqLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def output_of(loaded, source, target):
    with torch.inference_mode():
        return eager(loaded.tokenizer.name_or_path)(
            input_ids=torch.tensor([source]),
            decoder_input_ids=torch.tensor([target]),
            output_attentions=True,
            output_hidden_states=True,
            return_dict=True,
        )


def ask(loaded, **asked):
    answer = attend(loaded, AttentionRequest(**asked))
    assert Attention.from_dict(answer.to_dict()) == answer
    return answer


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=4, deadline=None)
@given(source=IDS, written=IDS)
def test_a_target_looks_at_its_source_as_transformers_says(loaded_of, family, source, written):
    loaded = loaded_of(family)
    source, target = (*source, 3), (0, *written)
    there = output_of(loaded, source, target)
    about = {"context_ids": source, "target_ids": target}
    for part, wanted in (("cross", there.cross_attentions), ("decoder", there.decoder_attentions)):
        for layer, weights in enumerate(wanted):
            answer = ask(loaded, **about, part=part, layer=layer)
            assert (answer.part, answer.layers, answer.heads) == (part, 2, 4)
            assert answer.token_ids == target
            for found in answer.maps:
                mine = torch.tensor(found.weights, dtype=torch.float64)
                assert mine.shape == (len(target), len(source if part == "cross" else target))
                assert (mine - weights[0, found.head].double()).abs().max() < 1e-5
                assert (mine.sum(-1) - 1).abs().max() < 1e-5
                if part == "decoder":
                    assert mine.triu(1).count_nonzero() == 0
    across = ask(loaded, **about, part="cross")
    assert (across.column_ids, len(across.columns)) == (source, len(source))
    mean = torch.tensor(across.maps[1].weights, dtype=torch.float64)
    assert (mean - there.cross_attentions[1][0].double().mean(0)).abs().max() < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_encoder_reads_the_same_beside_a_target(loaded_of, family):
    loaded = loaded_of(family)
    answer = ask(loaded, context_ids=SOURCE, part="encoder", layer=1, head=2)
    weights = output_of(loaded, SOURCE, TARGET).encoder_attentions[1][0, 2]
    mine = torch.tensor(answer.maps[0].weights)
    assert (mine - weights).abs().max() < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_layer_says_what_the_model_says(loaded_of, family):
    loaded = loaded_of(family)
    lens = read_layers(loaded, LogitLensRequest(context_ids=TARGET, source_ids=SOURCE))
    there = output_of(loaded, SOURCE, TARGET)
    wanted = torch.softmax(there.logits[0, -1].double(), -1)
    assert len(lens.rows) == 3
    last = lens.rows[-1]
    assert lens.target == int(wanted.argmax())
    for candidate in last.candidates:
        assert candidate.prob == pytest.approx(float(wanted[candidate.token_id]), abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_states_of_a_target_are_its_decoders(loaded_of, family):
    loaded = loaded_of(family)
    found = read_vectors(loaded, TokenVectorsRequest(context_ids=TARGET, source_ids=SOURCE))
    there = output_of(loaded, SOURCE, TARGET).decoder_hidden_states
    assert (found.position, len(found.states)) == (2, 3)
    for mine, state in zip(found.states, there, strict=True):
        first = torch.tensor(mine.components)
        assert (first - state[0, -1][: len(first)]).abs().max() < 1e-4
        assert mine.norm == pytest.approx(float(state[0, -1].norm()), rel=1e-4)


def test_what_does_not_fit_is_refused(loaded_of):
    loaded = loaded_of("marian")
    for asked, code, field in (
        ({"context_ids": (), "target_ids": TARGET}, "unsupported", None),
        ({"context_ids": SOURCE, "target_ids": ()}, "invalid_params", "context_ids"),
        ({"context_ids": SOURCE, "target_ids": (0, 9999)}, "invalid_params", "target_ids"),
        ({"context_ids": SOURCE, "target_ids": (5,) * 65}, "invalid_params", "context_ids"),
        ({"context_ids": SOURCE, "target_ids": TARGET, "layer": 2}, "invalid_params", "layer"),
    ):
        with pytest.raises(EngineError) as error:
            ask(loaded, part="cross", **asked)
        assert (error.value.code, error.value.field) == (code, field)

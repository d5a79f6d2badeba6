from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.runtime.batch import probe
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.forward import RowForward
from engine.runtime.batch.probe import prove
from tests.engine.runtime.batch.lean_variants import variant
from tests.engine.runtime.batch.stepping import FAMILIES
from tests.engine.tiny import N_POSITIONS


@pytest.mark.parametrize("spread", [0.4, 0.02])
@pytest.mark.parametrize("family", FAMILIES)
def test_families_whose_masks_and_positions_are_their_callers_are_proven(
    tiny_model, family, spread
):
    loaded = tiny_model(family, spread=spread)
    proof = prove(loaded)
    assert (proof.failure, proof.columns) == (None, N_POSITIONS)
    text_config = loaded.model.config
    heads = getattr(text_config, "num_key_value_heads", 4)
    assert proof.column_bytes == 2 * 2 * heads * 8 * 4


@pytest.mark.parametrize("spread", [0.4, 0.02])
def test_layers_that_cut_the_past_themselves_are_found_out(tiny_model, spread):
    assert "differ" in prove(tiny_model("gpt_neo", spread=spread)).failure


def test_no_row_is_so_long_that_the_others_get_other_angles(monkeypatch, tmp_path):
    factors = {"short_factor": [1.0] * 4, "long_factor": [8.0] * 4, "factor": 4.0}
    rope = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 40}
    options = {"rope_parameters": rope | factors}
    proof = prove(variant(monkeypatch, tmp_path, "llama", options))
    assert (proof.failure, proof.columns) == (None, 40)


def test_a_model_without_a_cache_is_refused(tiny_model):
    assert "no cache" in prove(tiny_model("openai-gpt")).failure


def shifted(mask):
    return mask.roll(1, -1)


def blind(mask):
    return torch.ones_like(mask)


@pytest.fixture
def by_own_code(monkeypatch):
    """Leave lean steps out: what is wrong in a model's own code is not seen beside them."""
    monkeypatch.setattr(probe, "lean_step", lambda _model: None)


@pytest.mark.usefixtures("by_own_code")
@pytest.mark.parametrize("wrong", [shifted, blind])
@pytest.mark.parametrize("spread", [0.4, 0.02])
@pytest.mark.parametrize("family", ["gpt2", "llama", "mistral"])
def test_a_wrong_mask_is_noticed(tiny_model, monkeypatch, family, spread, wrong):
    form = RowForward._form
    monkeypatch.setattr(RowForward, "_form", lambda self, seen: form(self, wrong(seen)))
    assert "differ" in prove(tiny_model(family, spread=spread)).failure


def test_a_window_one_token_too_wide_is_noticed(tiny_model, monkeypatch):
    loaded = tiny_model("mistral")
    init = RowForward.__init__

    def widened(self, *arguments):
        init(self, *arguments)
        self._windows = tuple(window + 1 for window in self._windows)

    monkeypatch.setattr(RowForward, "__init__", widened)
    assert "differ" in prove(loaded).failure


def test_a_model_that_breaks_in_a_batch_runs_plain(tiny_model, monkeypatch, caplog):
    def refuse(self, tokens, positions, cache):
        raise TypeError("unexpected keyword")

    monkeypatch.setattr(RowForward, "decode", refuse)
    with caplog.at_level("INFO", logger="engine.runtime.batch.probe"):
        assert prove(tiny_model("gpt2")).failure == "TypeError: unexpected keyword"
    assert "runs one request at a time: TypeError" in caplog.text


def test_rows_stay_inside_a_window_that_is_too_wide_to_cross(tiny_model, monkeypatch):
    monkeypatch.setattr(probe, "LONGEST_PROBE", 10)
    monkeypatch.setattr(probe, "LONG_TOKENS", 6)
    assert prove(tiny_model("mistral")).columns == 8
    assert prove(tiny_model("gpt2")).columns == N_POSITIONS


def test_logits_that_are_no_numbers_prove_nothing(tiny_model, monkeypatch):
    decode = RowForward.decode
    monkeypatch.setattr(RowForward, "decode", lambda *args: decode(*args) * torch.nan)
    assert "inf" in prove(tiny_model("gpt2")).failure


def test_the_backend_proves_a_model_once_and_bounds_its_batch(tiny_model, monkeypatch):
    loaded = tiny_model("gpt2")
    proofs = []

    def counted(model):
        proofs.append(model)
        return prove(model)

    monkeypatch.setattr(probe, "prove", counted)
    backend = BatchBackend(max_rows=3, max_cache_bytes=100 * 512)
    for _ in range(2):
        with backend.open_batch(loaded) as batch:
            limits = batch.limits
        assert (limits.rows, limits.cells, limits.columns) == (3, 100, N_POSITIONS)
    with backend.open_batch(replace(loaded, revision="same weights")) as batch:
        assert batch is not None
    assert len(proofs) == 1

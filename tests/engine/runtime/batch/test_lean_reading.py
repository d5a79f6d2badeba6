"""A text that a lean step reads leaves what the model's own code leaves, or that code reads it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runtime.batch.cache import contents_of
from engine.runtime.batch.forward import RowForward
from engine.runtime.batch.lean import LeanStep, lean_step
from engine.runtime.batch.probe import prove
from tests.engine.runtime.batch.lean_variants import EXACT_TOLERANCE, LONGEST, VARIANTS, variant
from tests.engine.runtime.batch.stepping import LEAN_FAMILIES


def read(forward: RowForward, pieces):
    """Return the logits after a text, and keys and values of all its tokens."""
    prefill = forward.prefill([token for piece in pieces for token in piece])
    with torch.inference_mode():
        for piece in pieces:
            logits = prefill.read(len(piece))
    assert prefill.left == 0
    return logits, [tensor for layer in contents_of(prefill.cache) for tensor in layer]


def assert_alike(loaded, pieces) -> None:
    plain, lean = RowForward(loaded), RowForward(loaded, lean_step(loaded.model))
    (expected, past), (logits, own_past) = read(plain, pieces), read(lean, pieces)
    assert logits.shape == expected.shape
    spread = expected.max() - expected.min()
    assert float((logits - expected).abs().max() / spread) < EXACT_TOLERANCE
    for ours, theirs in zip(own_past, past, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_a_text_in_any_pieces_leaves_what_the_own_code_leaves(tiny_model, family):
    loaded = tiny_model(family)
    pieces = st.lists(
        st.lists(st.integers(0, loaded.vocab_size - 1), min_size=1, max_size=LONGEST // 2),
        min_size=1,
        max_size=4,
    )

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pieces)
    def check(pieces):
        assert_alike(loaded, pieces)

    check()


@pytest.mark.parametrize("name", VARIANTS)
def test_what_configurations_ask_for_is_done_in_a_text(monkeypatch, tmp_path, name):
    loaded = variant(monkeypatch, tmp_path, *VARIANTS[name])
    assert_alike(loaded, [range(5, 25), range(30, 31), range(40, 53)])


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_a_lean_step_that_only_reads_wrongly_gives_way(tiny_model, monkeypatch, family):
    read_on = LeanStep.read
    monkeypatch.setattr(LeanStep, "read", lambda self, ids, cache: read_on(self, ids[::-1], cache))
    proof = prove(tiny_model(family))
    assert (proof.failure, proof.is_lean) == (None, False)

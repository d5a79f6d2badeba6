"""A text that a lean step reads leaves what the model's own code leaves, or that code reads it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runtime.batch.batch import Batch
from engine.runtime.batch.cache import contents_of
from engine.runtime.batch.forward import RowForward
from engine.runtime.batch.lean import LeanStep, lean_step
from engine.runtime.batch.probe import TOLERANCE, prove
from tests.engine.runtime.batch.lean_variants import LONGEST, VARIANTS, variant
from tests.engine.runtime.batch.stepping import LEAN_FAMILIES, limits, together
from tests.engine.tiny import complete, request


def read(forward: RowForward, pieces):
    """Return the logits after a text, and keys and values of all its tokens."""
    prefill = forward.prefill([token for piece in pieces for token in piece])
    with torch.inference_mode():
        for piece in pieces:
            logits = prefill.read(len(piece))
    assert prefill.left == 0
    return logits, [tensor for layer in contents_of(prefill.cache) for tensor in layer]


def assert_near(ours, theirs) -> None:
    """Check that they differ by rounding.

    Some texts make much of it: the model's own code, token by token, is 2e-5 of the spread from
    the truth where hypothesis has looked for them long enough.
    """
    spread = theirs.max() - theirs.min()
    assert float((ours - theirs).abs().max()) <= TOLERANCE * float(spread)


def assert_alike(loaded, pieces) -> None:
    plain, lean = RowForward(loaded), RowForward(loaded, lean_step(loaded.model))
    (expected, past), (logits, own_past) = read(plain, pieces), read(lean, pieces)
    assert logits.shape == expected.shape
    assert_near(logits, expected)
    for ours, theirs in zip(own_past, past, strict=True):
        assert_near(ours, theirs)


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


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_texts_that_are_read_together_are_read_as_by_themselves(tiny_model, family):
    loaded = tiny_model(family)
    forward = RowForward(loaded, lean_step(loaded.model))
    text = st.lists(st.integers(0, loaded.vocab_size - 1), min_size=1, max_size=LONGEST)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(text, min_size=2, max_size=5), st.integers(1, LONGEST))
    def check(texts, piece):
        contexts = [forward.prefill(ids) for ids in texts]
        found = {}
        with torch.inference_mode():
            while left := [i for i, context in enumerate(contexts) if context.left]:
                logits = forward.read_together([contexts[i] for i in left], piece)
                found |= dict(zip(left, logits.split(1), strict=True))
        for i, (ids, context) in enumerate(zip(texts, contexts, strict=True)):
            expected, past = read(forward, [ids])
            assert_near(found[i], expected)
            ours = [tensor for layer in contents_of(context.cache) for tensor in layer]
            for one, other in zip(ours, past, strict=True):
                assert_near(one, other)

    check()


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_who_cannot_be_read_with_others_is_read_alone(tiny_model, monkeypatch, family):
    loaded = tiny_model(family)
    wanted = [request(text, max_new_tokens=5) for text in ("La vida es ", "x", "¿Qué es ?")]
    read_on, sizes = LeanStep.read, []

    def read_one(self, pieces, caches):
        sizes.append(len(pieces))
        logits = read_on(self, pieces, caches)
        if len(pieces) > 1:
            raise RuntimeError("not enough memory")
        return logits

    monkeypatch.setattr(LeanStep, "read", read_one)
    answers = together(Batch(loaded, limits(prefill_tokens=50), is_lean=True), wanted)
    assert max(sizes) > 1
    for item, answer in zip(wanted, answers, strict=True):
        assert answer.attempts[0].token_ids == complete(loaded, item).attempts[0].token_ids


@pytest.mark.parametrize("name", VARIANTS)
def test_what_configurations_ask_for_is_done_in_a_text(monkeypatch, tmp_path, name):
    loaded = variant(monkeypatch, tmp_path, *VARIANTS[name])
    assert_alike(loaded, [range(5, 25), range(30, 31), range(40, 53)])


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_a_lean_step_that_only_reads_wrongly_gives_way(tiny_model, monkeypatch, family):
    read_on = LeanStep.read

    def backwards(self, pieces, caches):
        return read_on(self, [ids[::-1] for ids in pieces], caches)

    monkeypatch.setattr(LeanStep, "read", backwards)
    proof = prove(tiny_model(family))
    assert (proof.failure, proof.is_lean) == (None, False)

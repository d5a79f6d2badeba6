"""Weights that came as bfloat16 are kept as float16, and nothing of them is lost."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.kernel import KERNELS, fitted, up_to
from tests.engine.models.swapping import HERE, fake_times, kl, logits_of, swap
from tests.engine.tiny import FAMILIES

needs_float16 = pytest.mark.skipif(
    "FBGEMM float16" not in [kernel.name for kernel in HERE],
    reason="this processor has no products of float16 weights",
)


def bfloat16_checkpoint(model):
    copied = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in copied.parameters():
            parameter.copy_(parameter.bfloat16())
    return copied


@needs_float16
@pytest.mark.parametrize("family", FAMILIES)
def test_a_checkpoint_that_float16_holds_is_exact_at_half_of_the_memory(
    tiny_model, monkeypatch, family
):
    fake_times(monkeypatch, oneDNN_float32=[4.0] * 4, FBGEMM_float16=[1.0] * 4)
    plain = bfloat16_checkpoint(tiny_model(family, spread=0.1).model)
    for precision in ("exact", "fast", "turbo"):
        model, arithmetic = swap(plain, precision)
        assert arithmetic[:2] == ("exact", "FBGEMM float16")
        for rows, length in ((1, 1), (1, 40), (5, 1), (3, 19)):
            ours, theirs = (logits_of(which, rows, length) for which in (model, plain))
            assert torch.allclose(ours, theirs, atol=1e-5, rtol=0)


@needs_float16
def test_of_other_checkpoints_float16_rounds_the_weights(tiny_model, monkeypatch):
    fake_times(monkeypatch, oneDNN_float32=[4.0] * 4, FBGEMM_float16=[1.0] * 4)
    plain = tiny_model("llama", spread=0.1).model
    assert swap(plain, "exact")[1][:2] == ("exact", "oneDNN float32")
    model, arithmetic = swap(plain, "fast")
    assert arithmetic[:2] == ("fast", "FBGEMM float16")
    difference = kl(logits_of(plain), logits_of(model)).mean()
    assert 0 < difference < 0.0001


@needs_float16
@pytest.mark.parametrize("outlier", [1e5, 1e-12, float("inf"), float("nan")])
def test_what_float16_cannot_hold_gets_another_kernel(tiny_model, monkeypatch, outlier):
    fake_times(monkeypatch, oneDNN_float32=[4.0] * 4, FBGEMM_float16=[1.0] * 4)
    plain = bfloat16_checkpoint(tiny_model("llama", spread=0.1).model)
    layer = plain.model.layers[1].mlp.up_proj
    with torch.no_grad():
        layer.weight[3] = outlier
    _, arithmetic = swap(plain, "turbo")
    products = dict(choice.split(": ") for choice in arithmetic.choices)
    assert products.pop("32 → 48") == "oneDNN float32"
    assert set(products.values()) == {"FBGEMM float16"}


@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.floats(1e-3, 10.0),
    is_bfloat16=st.booleans(),
    precision=st.sampled_from(["exact", "fast", "turbo"]),
)
@settings(deadline=None)
def test_a_kernel_promises_of_weights_what_it_leaves_of_them(seed, spread, is_bfloat16, precision):
    torch.manual_seed(seed)
    weights = [torch.randn(7, 33) * spread for _ in range(2)]
    weights = [weight.bfloat16().float() if is_bfloat16 else weight for weight in weights]
    found = {kernel.name: kernel for kernel in fitted(KERNELS, weights, precision)}
    others = [kernel for kernel in up_to(KERNELS, precision) if kernel.name != "FBGEMM float16"]
    half = found.pop("FBGEMM float16", None)
    assert list(found.values()) == others
    lost = max(
        float(((half or KERNELS[0]).rounded(w) - w).norm(dim=1).div(w.norm(dim=1)).max())
        for w in weights
    )
    if half is None:
        assert precision == "exact"
        assert not is_bfloat16 or spread < 0.01
    else:
        assert lost <= (1e-6 if half.precision == "exact" else 1e-3)

"""Every kernel multiplies, and no row of a product depends on the others."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models import products
from engine.models.products import (
    WIDTH_STEP,
    as_float16,
    as_int8,
    half_product,
    int8_product,
    int8_weight_product,
    packed_product,
    packer,
    plain_product,
)

CPU = torch.device("cpu")
has_int8 = pytest.mark.skipif(
    packer(int8_product, CPU, torch.float32) is None, reason="this processor has no int8 products"
)
has_int8_weights = pytest.mark.skipif(
    packer(int8_weight_product, CPU, torch.float32) is None,
    reason="this processor has no products of int8 weights",
)
has_float16 = pytest.mark.skipif(
    packer(half_product, CPU, torch.float32) is None,
    reason="this processor has no products of float16 weights",
)
has_float32 = pytest.mark.skipif(
    packer(packed_product, CPU, torch.float32) is None,
    reason="this processor has no packed products",
)
has_bfloat16 = pytest.mark.skipif(
    packer(packed_product, CPU, torch.bfloat16) is None,
    reason="this processor has no packed bfloat16 products",
)


@has_int8
@given(
    rows=st.integers(1, 5),
    width=st.integers(1, 70),
    out=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    has_bias=st.booleans(),
)
@settings(deadline=None)
def test_int8_loses_only_what_the_rounding_of_the_weight_loses(
    rows: int, width: int, out: int, seed: int, has_bias: bool
) -> None:
    torch.manual_seed(seed)
    weight = torch.randn(out, width) * torch.logspace(-3, 3, out)[:, None]
    weight[0] = 0
    bias = torch.randn(out) if has_bias else None
    x = torch.randn(rows, 1, width) * torch.logspace(-4, 4, rows)[:, None, None]
    x[-1] = 0
    scales = weight.abs().amax(1, keepdim=True).clamp_min(1e-30) / 127
    rounded = (weight / scales).round() * scales
    expected = torch.nn.functional.linear(x.double(), rounded.double())
    # Half a unit of the second digit in every input, at most, and the rounding of float32.
    error = x.abs().amax(-1, keepdim=True) / 127 / 254 / 2 * rounded.abs().sum(1) * 1.05
    error = error + 1e-5 * expected.abs() + 1e-30
    if bias is not None:
        expected = expected + bias
        error = error + 1e-6 * bias.abs() + 1e-6 * expected.abs()
    assert ((int8_product(weight, bias)(x) - expected).abs() <= error).all()


@has_float16
@given(
    rows=st.integers(1, 40),
    width=st.integers(1, 70),
    out=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    has_bias=st.booleans(),
    is_shared=st.booleans(),
)
@settings(deadline=None)
def test_float16_weights_multiply_as_float32_does(
    rows: int, width: int, out: int, seed: int, has_bias: bool, is_shared: bool
) -> None:
    torch.manual_seed(seed)
    weight = as_float16(torch.randn(out, width) * torch.logspace(-3, 3, out)[:, None])
    bias = torch.randn(out) if has_bias else None
    x = torch.randn(rows, 1, width) * torch.logspace(-4, 4, rows)[:, None, None]
    expected = torch.nn.functional.linear(x.double(), weight.double())
    error = 1e-6 * x.norm(dim=-1, keepdim=True) * weight.norm(dim=1)
    if bias is not None:
        expected = expected + bias
        error = error + 1e-6 * bias.abs() + 1e-6 * expected.abs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "_WORTH_A_TEAM", 0 if is_shared else 1 << 20)
        multiply = half_product(weight, bias)
    assert multiply(x).shape == (rows, 1, out)
    assert ((multiply(x) - expected).abs() <= error).all()


@has_int8_weights
@given(
    rows=st.integers(1, 9),
    blocks=st.integers(1, 3),
    out=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    has_bias=st.booleans(),
)
@settings(deadline=None)
def test_int8_weights_lose_their_rounding_and_that_of_bfloat16_rows(
    rows: int, blocks: int, out: int, seed: int, has_bias: bool
) -> None:
    torch.manual_seed(seed)
    weight = torch.randn(out, blocks * WIDTH_STEP) * torch.logspace(-3, 3, out)[:, None]
    weight[0] = 0
    bias = torch.randn(out) if has_bias else None
    x = torch.randn(rows, 1, blocks * WIDTH_STEP)
    rounded, exact = as_int8(weight).double(), x.bfloat16().double()
    expected = torch.nn.functional.linear(exact, rounded, None if bias is None else bias.double())
    error = (exact.abs() @ rounded.abs().T) * 2**-7 + 1e-6 * expected.abs() + 1e-6
    assert ((int8_weight_product(weight, bias)(x) - expected).abs() <= error).all()
    # What is rounded already is not rounded again.
    assert torch.allclose(as_int8(as_int8(weight)), as_int8(weight), rtol=1e-5, atol=0)


def test_int8_weights_refuse_a_width_that_would_be_read_beyond_its_end() -> None:
    with pytest.raises(ValueError, match="40 inputs"):
        int8_weight_product(torch.ones(8, 40), None)


@has_int8
@given(rows=st.integers(2, 9), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_a_row_of_int8_is_the_same_alone_to_the_bit(rows: int, seed: int) -> None:
    torch.manual_seed(seed)
    product = int8_product(torch.randn(33, 65), torch.randn(33))
    x = torch.randn(rows, 65) * torch.logspace(-3, 3, rows)[:, None]
    together = product(x)
    for row in range(rows):
        assert torch.equal(product(x[row : row + 1])[0], together[row])


@pytest.mark.parametrize(
    "dtype",
    [
        pytest.param(torch.float32, marks=has_float32),
        pytest.param(torch.bfloat16, marks=has_bfloat16),
    ],
)
def test_packed_is_plain_up_to_rounding(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(9, 20), torch.randn(9), torch.randn(2, 3, 20)
    theirs = plain_product(weight, bias)(x)
    ours = packed_product(weight.to(dtype), bias.to(dtype))(x.to(dtype)).float()
    assert torch.allclose(ours, theirs, atol=1e-5 if dtype == torch.float32 else 0.1, rtol=0)


def test_a_kernel_that_saturates_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def saturating(weight: torch.Tensor, bias: torch.Tensor | None) -> products.Product:
        return lambda x: plain_product(weight, bias)(x).clamp(-32767, 32767)

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert packer(saturating, CPU, torch.float32) is None
    assert packer(plain_product, CPU, torch.float32) is plain_product


def test_another_device_has_no_kernels_of_a_processor() -> None:
    assert packer(int8_product, torch.device("meta"), torch.float32) is None

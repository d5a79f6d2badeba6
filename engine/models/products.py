"""Matrix products of a linear layer, by the kernels that a processor has for them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

logger = logging.getLogger(__name__)

_ROWS_HINT = 16
"""Batch that the layout is packed for: measured, none is better for any other batch."""
_DIGIT = 127
"""Greatest value of an int8 digit."""
_BASE = 2.0 * _DIGIT
"""What a first digit is worth in second digits: its rounding error, at most 1/2, fills one."""
_ZERO = 128
"""Added to digits, as processors without AMX multiply signed weights by unsigned rows only.

Measured there (AVX-512 VNNI): signed rows took oneDNN 200 to 3,000 times as long.
"""
WIDTH_STEP = 64
"""Inputs come in so many to the int8 weights of torch, which reads them in blocks, unchecked.

Source: torch, aten/src/ATen/native/cpu/int8mm_kernel.cpp: aligned reads of 16 inputs.
"""
_WORTH_A_TEAM = 1 << 20
"""Weights from which on a call that threads can share is worth some 6 µs more."""
_TRIED = WIDTH_STEP
"""Width of the product that a kernel is tried with."""

Product = Callable[[Tensor], Tensor]
"""Multiplies rows by a layer's weight, and adds its bias: (…, in) → (…, out), in one dtype."""
Pack = Callable[[Tensor, Tensor | None], Product]
"""Makes a product of a weight, shape (out, in), and a bias, shape (out,), or None."""


def plain_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply as torch does."""
    return lambda x: functional.linear(x, weight, bias)


def packed_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply with oneDNN, the weight packed once."""
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS_HINT)
    run = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: run(x, packed, bias, "none", [], "")


def half_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply float32 rows by a weight kept as float16, which becomes float32 again on its way.

    Half of the memory is read, and nothing else is rounded: products and sums are float32.
    """
    if weight.numel() >= _WORTH_A_TEAM:
        shared = torch.ops.quantized.linear_prepack_fp16(weight, bias)
        multiply = torch.ops.quantized.linear_dynamic_fp16.default._op
        return lambda x: multiply(x, shared)
    with warnings.catch_warnings():
        # It is to go one day; until then it is the quicker call of the two.
        warnings.simplefilter("ignore")
        packed = torch.fbgemm_pack_gemm_matrix_fp16(weight)
        run = torch.fbgemm_linear_fp16_weight_fp32_activation
        run(weight[:1], packed, bias)
    return lambda x: run(x, packed, bias)


def int8_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply float32 rows by a weight rounded to int8, one scale per output.

    A row of the input is written as two int8 digits, with a scale of its own: 15 bits, so what
    is lost is lost in the weight. Sums of integers are exact, so no row depends on the others.
    """
    digits, scales = _digits(weight)
    packed = torch.ops.onednn.qlinear_prepack(digits, None)
    zeros = torch.zeros(len(weight), dtype=torch.long)
    multiply = torch.ops.onednn.qlinear_pointwise.default

    def run(x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        scale = rows.abs().amax(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny) / _DIGIT
        rows = rows / scale
        first = rows.round()
        second = (rows - first).mul_(_BASE).round_()
        both = torch.cat([first, second]).add_(_ZERO).byte()
        y: Tensor = multiply(
            both, 1.0, _ZERO, packed, scales, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        high, low = y.view(2, len(rows), -1)
        y = high.add_(low, alpha=1 / _BASE).mul_(scale)
        return (y if bias is None else y.add_(bias)).view(*x.shape[:-1], -1)

    return run


def int8_weight_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply float32 rows, rounded to bfloat16, by a weight rounded to int8.

    The scale of an output is applied in float32: torch would round it to bfloat16 too.

    Raises:
        ValueError: The inputs are no multiple of `WIDTH_STEP`.
    """
    if weight.shape[1] % WIDTH_STEP:
        raise ValueError(f"{weight.shape[1]} inputs")
    digits, scales = _digits(weight)
    ones = torch.ones(len(weight), dtype=torch.bfloat16)
    multiply = torch.ops.aten._weight_int8pack_mm.default

    def run(x: Tensor) -> Tensor:
        y: Tensor = multiply(x.reshape(-1, x.shape[-1]).bfloat16(), digits, ones) * scales
        return (y if bias is None else y.add_(bias)).view(*x.shape[:-1], -1)

    return run


def as_int8(weight: Tensor) -> Tensor:
    """Return what int8 leaves of a weight, in its own dtype."""
    digits, scales = _digits(weight)
    return digits.to(weight.dtype).mul_(scales[:, None])


def as_float16(weight: Tensor) -> Tensor:
    """Return what float16 leaves of a weight, in its own dtype."""
    return weight.half().to(weight.dtype)


def as_bfloat16(weight: Tensor) -> Tensor:
    """Return what bfloat16 leaves of a weight, in its own dtype."""
    return weight.bfloat16().to(weight.dtype)


def _digits(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return a weight's digits, shape (out, in), and what the digits of each output are worth."""
    scales = (weight.abs().amax(1) / _DIGIT).clamp_min(torch.finfo(torch.float32).tiny)
    return (weight / scales[:, None]).round_().char(), scales


def packer(pack: Pack, device: torch.device, dtype: torch.dtype) -> Pack | None:
    """Return a way to pack weights, or None where it does not work.

    The operators are private to torch: a small product, tried first, decides. Its values are the
    greatest that digits take, on which processors without the right instructions saturate.

    Args:
        pack: One of the above.
        device: Where the layers are.
        dtype: Of the rows, and of the weight that is packed.
    """
    has_kernels = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if device.type != "cpu" or not has_kernels:
        return None
    weight = torch.full((_TRIED, _TRIED), float(_DIGIT), dtype=dtype).triu()
    x = torch.tensor([1.0, 1.0, -1.0, 0.0] * (_TRIED // 4), dtype=dtype)
    x = x.mul(_DIGIT).expand(1, 3, _TRIED)
    try:
        product = pack(weight, None)(x)
    except (AttributeError, RuntimeError, TypeError) as error:
        logger.info("No kernels for %s: %s", pack.__name__, error)
        return None
    expected = functional.linear(x.double(), weight.double())
    return pack if torch.allclose(product.double(), expected, rtol=1e-2, atol=0) else None

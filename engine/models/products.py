"""Matrix products of a linear layer, by the kernels that a processor has for them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.teamwork import alone

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

_TRIAL_SHAPE = (3072, 768)
_TRIAL_ROWS = 16
_TRIAL_RUNS = 12
"""Of a trial, in some 10 ms: where kernels differ, they differ by a third and more at this size."""

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


def int8_product(weight: Tensor, bias: Tensor | None) -> Product:
    """Multiply float32 rows by a weight rounded to int8, one scale per output.

    A row of the input is written as two int8 digits, with a scale of its own: 15 bits, so what
    is lost is lost in the weight. Sums of integers are exact, so no row depends on the others.
    """
    scales = (weight.abs().amax(1) / _DIGIT).clamp_min(torch.finfo(torch.float32).tiny)
    packed = torch.ops.onednn.qlinear_prepack((weight / scales[:, None]).round_().char(), None)
    zeros = torch.zeros(len(weight), dtype=torch.long)
    multiply = torch.ops.onednn.qlinear_pointwise.default

    def run(x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        scale = rows.abs().amax(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny) / _DIGIT
        rows = rows / scale
        first = rows.round()
        second = (rows - first).mul_(_BASE).round_()
        digits = torch.cat([first, second]).add_(_ZERO).byte()
        y: Tensor = multiply(
            digits, 1.0, _ZERO, packed, scales, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        high, low = y.view(2, len(rows), -1)
        y = high.add_(low, alpha=1 / _BASE).mul_(scale)
        return (y if bias is None else y.add_(bias)).view(*x.shape[:-1], -1)

    return run


def packer(pack: Pack, device: torch.device, dtype: torch.dtype) -> Pack | None:
    """Return a way to pack weights, or None where it does not work.

    The operators are private to torch: a small product, tried first, decides. Its values are the
    greatest that digits take, on which processors without the right instructions saturate.

    Args:
        pack: `packed_product` or `int8_product`.
        device: Where the layers are.
        dtype: Of the rows, and of the weight that is packed.
    """
    has_kernels = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if device.type != "cpu" or not has_kernels:
        return None
    weight = torch.full((32, 32), float(_DIGIT), dtype=dtype).triu()
    x = torch.tensor([1.0, 1.0, -1.0, 0.0] * 8, dtype=dtype).mul(_DIGIT).expand(1, 3, 32)
    try:
        product = pack(weight, None)(x)
    except (AttributeError, RuntimeError, TypeError) as error:
        logger.info("No kernels for %s: %s", pack.__name__, error)
        return None
    expected = functional.linear(x.double(), weight.double())
    return pack if torch.allclose(product.double(), expected, rtol=1e-2, atol=0) else None


def is_faster(pack: Pack, dtype: torch.dtype) -> bool:
    """Tell whether a product takes less time than the packed float32 one, by trying both.

    What a processor accepts need not be fast: with AVX-512 but without its bfloat16 instructions
    bfloat16 takes three times as long as float32. The best of several runs in turns decides, which
    other work on the machine does not reach.

    Args:
        pack: Works here, as `packer` says.
        dtype: Of the rows, and of the weight that is packed.
    """
    weight = torch.linspace(-1, 1, _TRIAL_SHAPE[0] * _TRIAL_SHAPE[1]).view(_TRIAL_SHAPE)
    x = torch.linspace(-1, 1, _TRIAL_ROWS * _TRIAL_SHAPE[1]).view(_TRIAL_ROWS, -1)
    theirs, ours = packed_product(weight, None), pack(weight.to(dtype), None)
    with torch.inference_mode(), alone():
        their_s = our_s = math.inf
        for _ in range(_TRIAL_RUNS):
            their_s = min(their_s, _seconds(lambda: theirs(x)))
            our_s = min(our_s, _seconds(lambda: ours(x.to(dtype)).float()))
    return our_s < their_s


def _seconds(work: Callable[[], Tensor]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

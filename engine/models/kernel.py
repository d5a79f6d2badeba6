"""The kernels that a linear layer can be multiplied by, and what each promises."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from engine.models.products import (
    WIDTH_STEP,
    Pack,
    as_bfloat16,
    as_float16,
    as_int8,
    half_product,
    int8_product,
    int8_weight_product,
    packed_product,
    packer,
    plain_product,
)
from engine.precision import EXACT, FAST, PRECISIONS, TURBO

Multiply = Callable[[Tensor], Tensor]
"""Maps (…, in) to (…, out), float32 both."""


class Kernel(NamedTuple):
    """How linear layers multiply.

    Attributes:
        precision: What that amounts to, with weights that it holds.
        maker: Library of the product.
        dtype: Of the rows, and of the weight before it is packed.
        adds_bias: Whether the product adds the bias; a bfloat16 one would round it.
        packed_dtype: Of the weight as it is read.
        step: Its layers have a multiple of so many inputs.
    """

    precision: str
    maker: str
    pack: Pack
    dtype: torch.dtype
    adds_bias: bool
    packed_dtype: torch.dtype
    step: int = 1

    @property
    def name(self) -> str:
        """Who multiplies what: "oneDNN int8"."""
        return f"{self.maker} {str(self.packed_dtype).removeprefix('torch.')}"

    @property
    def itemsize(self) -> int:
        """Bytes of one packed weight."""
        return self.packed_dtype.itemsize

    def rounded(self, weight: Tensor) -> Tensor:
        """Return what the kernel leaves of a float32 weight, in float32."""
        rounded: Tensor = _ROUNDINGS[self.packed_dtype](weight)
        return rounded

    def multiply(self, weight: Tensor, bias: Tensor | None = None) -> Multiply:
        """Make the product of a weight, shape (out, in), and its bias, both float32.

        Args:
            weight: What is packed.
            bias: Shape (out,), or None.
        """
        inner, added = (bias, None) if self.adds_bias else (None, bias)
        product = self.pack(weight.to(self.dtype), inner)
        is_plain = self.dtype == torch.float32
        return product if is_plain else partial(_in_dtype, product, self.dtype, added)


def _in_dtype(product: Multiply, dtype: torch.dtype, bias: Tensor | None, x: Tensor) -> Tensor:
    y = product(x.to(dtype))
    # Added to a rounded product, a float32 bias makes the sum float32 in one pass.
    return y.to(x.dtype) if bias is None else y + bias


_ROUNDINGS: Mapping[torch.dtype, Callable[[Tensor], Tensor]] = {
    torch.float32: lambda w: w,
    torch.float16: as_float16,
    torch.bfloat16: as_bfloat16,
    torch.int8: as_int8,
}
"""The finest first."""
_MOST_LOST = {EXACT: 1e-6, FAST: torch.finfo(torch.float16).eps}
"""Share of an output's weights that float16 may change: what sums of float32 lose; a step."""
_PIECE = 1 << 12
"""Outputs of a weight that are looked at together."""
PACKED = Kernel(EXACT, "oneDNN", packed_product, torch.float32, True, torch.float32)
"""What everything is measured against; a processor without it keeps the layers of a model."""
ELSEWHERE = Kernel(FAST, "torch", plain_product, torch.bfloat16, False, torch.bfloat16)
"""On other devices than a processor."""
KERNELS = (
    PACKED,
    Kernel(EXACT, "torch", plain_product, torch.float32, True, torch.float32),
    Kernel(EXACT, "FBGEMM", half_product, torch.float32, True, torch.float16),
    Kernel(FAST, "oneDNN", packed_product, torch.bfloat16, False, torch.bfloat16),
    ELSEWHERE,
    Kernel(TURBO, "torch", int8_weight_product, torch.float32, True, torch.int8, WIDTH_STEP),
    Kernel(TURBO, "oneDNN", int8_product, torch.float32, True, torch.int8),
)
"""The plainest first."""


def kernels_here(device: torch.device, precision: str) -> tuple[Kernel, ...]:
    """Return the kernels of a processor that keep a precision; () where the layers stay."""
    if packer(PACKED.pack, device, PACKED.dtype) is None:
        return ()
    return tuple(
        kernel
        for kernel in up_to(KERNELS, precision)
        if packer(kernel.pack, device, kernel.dtype) is not None
    )


def up_to(kernels: Sequence[Kernel], precision: str) -> tuple[Kernel, ...]:
    """Return the kernels that are at least as exact as a precision."""
    coarsest = PRECISIONS.index(precision)
    return tuple(k for k in kernels if PRECISIONS.index(k.precision) <= coarsest)


def fitted(
    kernels: Sequence[Kernel], weights: Iterable[Tensor], precision: str
) -> tuple[Kernel, ...]:
    """Return the kernels that keep a precision with some weights.

    Most checkpoints are bfloat16, of which float16 loses next to nothing: a product by it is as
    exact as by float32. Of float32 weights it leaves 11 bits, three more than bfloat16. What is too
    large or too small for it needs another kernel.

    Args:
        kernels: As of `kernels_here`.
        weights: Each of shape (out, in).
        precision: What they may round to.
    """
    lost = _lost_in_float16(weights, _MOST_LOST.get(precision, _MOST_LOST[FAST]))
    found = next((level for level, most in _MOST_LOST.items() if lost <= most), None)
    adapted = []
    for kernel in kernels:
        if kernel.packed_dtype != torch.float16:
            adapted.append(kernel)
        elif found is not None:
            adapted.append(kernel._replace(precision=found))
    return up_to(adapted, precision)


def _lost_in_float16(weights: Iterable[Tensor], limit: float) -> float:
    """Return the greatest share that float16 changes of an output's weights, by their norm.

    Args:
        weights: Each of shape (out, in).
        limit: Beyond which nobody looks any further.
    """
    worst = 0.0
    for piece in (piece for weight in weights for piece in torch.split(weight, _PIECE)):
        norm = piece.norm(dim=1).clamp_min(torch.finfo(piece.dtype).tiny)
        lost = (as_float16(piece) - piece).norm(dim=1) / norm
        worst = max(worst, float(lost.nan_to_num(nan=math.inf).max()))
        if worst > limit:
            break
    return worst


def coarsest(kernels: Sequence[Kernel]) -> Kernel:
    """Return the kernel that rounds most."""
    dtypes = list(_ROUNDINGS)
    return max(kernels, key=lambda k: (PRECISIONS.index(k.precision), dtypes.index(k.packed_dtype)))

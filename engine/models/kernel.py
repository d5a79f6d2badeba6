"""The kernels that a linear layer can be multiplied by, and what each promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from engine.models.products import (
    WIDTH_STEP,
    Pack,
    as_bfloat16,
    as_int8,
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
        precision: What that amounts to.
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


_ROUNDINGS = {torch.float32: lambda w: w, torch.bfloat16: as_bfloat16, torch.int8: as_int8}
PACKED = Kernel(EXACT, "oneDNN", packed_product, torch.float32, True, torch.float32)
"""What everything is measured against; a processor without it keeps the layers of a model."""
ELSEWHERE = Kernel(FAST, "torch", plain_product, torch.bfloat16, False, torch.bfloat16)
"""On other devices than a processor."""
KERNELS = (
    PACKED,
    Kernel(EXACT, "torch", plain_product, torch.float32, True, torch.float32),
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


def coarsest(kernels: Sequence[Kernel]) -> Kernel:
    """Return the kernel that rounds most."""
    return max(kernels, key=lambda kernel: PRECISIONS.index(kernel.precision))

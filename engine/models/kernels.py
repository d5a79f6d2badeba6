"""Faster layers, swapped in after loading; no model's code is touched.

In "exact" a linear layer computes in float32 and differs from the plain one by rounding only. In
"fast" its matrix product is bfloat16, in "turbo" its weights are int8; what lies between the layers
(residual stream, norms, attention) stays float32, and so do the best logits of a step. On a
processor all use oneDNN's kernels, with weights packed once; where it has none for a precision, or
they would take longer than float32's, the next plainer one serves: "turbo" becomes "fast", "fast"
becomes "exact". On another device torch's own kernels multiply, and "turbo" is "fast".
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D

from engine.models.products import (
    Pack,
    Product,
    int8_product,
    is_faster,
    packed_product,
    packer,
    plain_product,
)
from engine.models.teamwork import WORTH_BYTES, together
from engine.ordering import greatest
from engine.precision import EXACT, FAST, TURBO, Arithmetic

PLAIN = Arithmetic(EXACT, "torch float32", 0)
"""Of layers that are left as they are."""
_REFINED_TOKENS = 128
"""Best logits of a row that are computed again in float32; more than people look at."""


class FastLinear(nn.Module):
    """A linear layer whose product is done by another kernel; float32 in, float32 out.

    Args:
        product: The kernel, with its weight.
        dtype: In which it computes.
        bias: float32, shape (out,), added after the product; None where there is none to add.
        weight_bytes: Of the weight as it is read.

    Attributes:
        weight: None. T5 asks a layer for the type of its weight, as far as it is a tensor.
    """

    weight = None

    def __init__(
        self, product: Product, dtype: torch.dtype, bias: Tensor | None, weight_bytes: int
    ) -> None:
        super().__init__()
        self._product = partial(together, product) if weight_bytes >= WORTH_BYTES else product
        self._dtype = dtype
        self._bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to (…, out)."""
        y = self._product(x.to(self._dtype))
        # Added to a rounded product, a float32 bias makes the sum float32 in one pass.
        return y.to(x.dtype) if self._bias is None else y + self._bias


class RefinedHead(nn.Module):
    """A rounded output layer whose best logits are computed again in float32.

    A bfloat16 logit near 20 is rounded to eighths: probabilities 6 % off, and false ties.

    Args:
        linear: The rounded layer.
        rows: Its weight by token, float32 or bfloat16, shape (vocab, in).
        bias: float32, shape (vocab,), or None.
    """

    def __init__(self, linear: FastLinear, rows: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._linear = linear
        self._rows = rows
        self._bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to logits (…, vocab)."""
        return together(self._refine, x)

    def _refine(self, x: Tensor) -> Tensor:
        logits: Tensor = self._linear(x)
        best = greatest(logits, min(_REFINED_TOKENS, logits.shape[-1]))[1]
        refined = (functional.embedding(best, self._rows).to(x.dtype) @ x[..., None])[..., 0]
        if self._bias is not None:
            refined += self._bias[best]
        return logits.scatter_(-1, best, refined)


def install(model: PreTrainedModel, precision: str) -> Arithmetic:
    """Swap a loaded model's linear layers in place, and free what they replace.

    A table that is both embedding and output layer stays as it is for look-up; the output layer
    gets its own packed copy.

    Args:
        model: In evaluation mode, float32, on its device.
        precision: exact, fast or turbo, as asked for.

    Returns:
        How the layers compute now, which is more exact than asked where that is faster.
    """
    _swap_activations(model)
    kernel = _kernel(model.device, precision)
    if kernel is None:
        return PLAIN
    embeddings = model.get_input_embeddings()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    swapped = 0
    for parent, name, layer in _linear_layers(model):
        weight = _weight(layer)
        bias = None if layer.bias is None else layer.bias.detach()
        linear = kernel.linear(weight, bias)
        swap: nn.Module = linear
        if layer is head and kernel.precision != EXACT:
            is_tied = layer.weight is getattr(embeddings, "weight", None)
            swap = RefinedHead(linear, weight if is_tied else weight.bfloat16(), bias)
        parent.register_module(name, swap.eval())
        swapped += 1
    gc.collect()
    return Arithmetic(kernel.precision, kernel.name, swapped) if swapped else PLAIN


class _Kernel(NamedTuple):
    """How linear layers multiply.

    Attributes:
        precision: What that amounts to.
        maker: Library of the product.
        dtype: Of the rows, and of the weight before it is packed.
        adds_bias: Whether the product adds the bias; a bfloat16 one would round it.
        packed_dtype: Of the weight as it is read.
    """

    precision: str
    maker: str
    pack: Pack
    dtype: torch.dtype
    adds_bias: bool
    packed_dtype: torch.dtype

    @property
    def name(self) -> str:
        """Who multiplies what: "oneDNN int8"."""
        return f"{self.maker} {str(self.packed_dtype).removeprefix('torch.')}"

    def linear(self, weight: Tensor, bias: Tensor | None) -> FastLinear:
        """Make a layer of a weight, shape (out, in), and its bias, both float32."""
        packed, added = (bias, None) if self.adds_bias else (None, bias)
        product = self.pack(weight.to(self.dtype), packed)
        return FastLinear(product, self.dtype, added, weight.numel() * self.packed_dtype.itemsize)


_EXACT = _Kernel(EXACT, "oneDNN", packed_product, torch.float32, True, torch.float32)
_FAST = _Kernel(FAST, "oneDNN", packed_product, torch.bfloat16, False, torch.bfloat16)
_TURBO = _Kernel(TURBO, "oneDNN", int8_product, torch.float32, True, torch.int8)
_FAST_ELSEWHERE = _FAST._replace(maker="torch", pack=plain_product)
_ROUNDED = {TURBO: (_TURBO, _FAST), FAST: (_FAST,), EXACT: ()}
"""What each precision tries, in turn, before float32."""


def _kernel(device: torch.device, precision: str) -> _Kernel | None:
    """Return the kernel of a precision here; None where the plain layers are all there is."""
    if device.type != "cpu":
        return None if precision == EXACT else _FAST_ELSEWHERE
    if packer(_EXACT.pack, device, _EXACT.dtype) is None:
        return None
    for kernel in _ROUNDED[precision]:
        if packer(kernel.pack, device, kernel.dtype) and is_faster(kernel.pack, kernel.dtype):
            return kernel
    return _EXACT


def _swap_activations(model: nn.Module) -> None:
    """Swap GPT-2's formula for the GELU, eight passes over the data, for torch's, one pass.

    Source: transformers.activations.NewGELUActivation; both are Hendrycks & Gimpel (2016), §2.
    """
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is NewGELUActivation:
                parent.register_module(name, nn.GELU(approximate="tanh"))


def _linear_layers(model: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Linear | Conv1D]]:
    """Yield the layers that are exactly a linear map in float32, with the place where they stand.

    A subclass may compute something else, and a hook may expect the plain layer.
    """
    # A list of all modules would keep every weight alive until the last one is packed.
    parents = [module for module in model.modules() if next(module.children(), None) is not None]
    for parent in parents:
        for name, layer in list(parent.named_children()):
            if _is_plain(layer):
                yield parent, name, layer


def _is_plain(layer: nn.Module) -> TypeGuard[nn.Linear | Conv1D]:
    is_hooked = bool(layer._forward_hooks or layer._forward_pre_hooks)
    is_linear = type(layer) in (nn.Linear, Conv1D)
    return is_linear and layer.weight.dtype == torch.float32 and not is_hooked


def _weight(layer: nn.Linear | Conv1D) -> Tensor:
    """Return the weight as (out, in); GPT-2's Conv1D keeps it transposed."""
    weight = layer.weight.detach()
    return weight.t().contiguous() if isinstance(layer, Conv1D) else weight

"""Faster layers, swapped in after loading; no model's code is touched.

In "exact" a linear layer computes in float32 and differs from the plain one by rounding only. In
"fast" its matrix product is bfloat16; what lies between the layers (residual stream, norms,
attention) stays float32, and so do the best logits of a step. On a processor both use oneDNN's
kernels, with weights packed once; elsewhere, or where torch lacks them, torch's own.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D

from engine.ordering import greatest
from engine.precision import EXACT

logger = logging.getLogger(__name__)

_ROWS_HINT = 16
"""Batch that the layout is packed for: measured, none is better for any other batch."""
_REFINED_TOKENS = 128
"""Best logits of a row that are computed again in float32; more than people look at."""

Product = Callable[[Tensor], Tensor]
"""Multiplies rows by a layer's weight, and adds its bias: (…, in) → (…, out), in one dtype."""
Pack = Callable[[Tensor, Tensor | None], Product]
"""Makes a product of a weight, shape (out, in), and a bias, shape (out,), or None."""


class FastLinear(nn.Module):
    """A linear layer whose product is done by another kernel; float32 in, float32 out.

    Args:
        product: The kernel, with its weight.
        dtype: In which it computes.
        bias: float32, shape (out,), added after the product; None where there is none to add.
    """

    def __init__(self, product: Product, dtype: torch.dtype, bias: Tensor | None) -> None:
        super().__init__()
        self._product = product
        self._dtype = dtype
        self._bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to (…, out)."""
        y = self._product(x.to(self._dtype))
        # Added to a rounded product, a float32 bias makes the sum float32 in one pass.
        return y.to(x.dtype) if self._bias is None else y + self._bias


class RefinedHead(nn.Module):
    """An output layer in bfloat16 whose best logits are computed again in float32.

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
        logits: Tensor = self._linear(x)
        best = greatest(logits, min(_REFINED_TOKENS, logits.shape[-1]))[1]
        refined = (functional.embedding(best, self._rows).to(x.dtype) @ x[..., None])[..., 0]
        if self._bias is not None:
            refined += self._bias[best]
        return logits.scatter_(-1, best, refined)


def install(model: PreTrainedModel, precision: str) -> int:
    """Swap a loaded model's linear layers in place, and free what they replace.

    A table that is both embedding and output layer stays as it is for look-up; the output layer
    gets its own packed copy.

    Args:
        model: In evaluation mode, float32, on its device.
        precision: exact or fast.

    Returns:
        Layers swapped: 0 where the plain ones are all there is.
    """
    is_exact = precision == EXACT
    dtype = torch.float32 if is_exact else torch.bfloat16
    pack = _packer(model.device, dtype)
    _swap_activations(model)
    if pack is None and is_exact:
        return 0
    pack = pack or _plain_product
    embeddings = model.get_input_embeddings()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    swapped = 0
    for parent, name, layer in _linear_layers(model):
        weight = _weight(layer)
        bias = None if layer.bias is None else layer.bias.detach()
        if is_exact:
            linear = FastLinear(pack(weight, bias), dtype, None)
        else:  # a float32 bias would be rounded inside
            linear = FastLinear(pack(weight.to(dtype), None), dtype, bias)
        kernel: nn.Module = linear
        if layer is head and not is_exact:
            is_tied = layer.weight is getattr(embeddings, "weight", None)
            kernel = RefinedHead(linear, weight if is_tied else weight.to(dtype), bias)
        parent.register_module(name, kernel.eval())
        swapped += 1
    gc.collect()
    logger.info("Swapped %d linear layers, %s", swapped, precision)
    return swapped


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


def _plain_product(weight: Tensor, bias: Tensor | None) -> Product:
    return lambda x: functional.linear(x, weight, bias)


def _packed_product(weight: Tensor, bias: Tensor | None) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS_HINT)
    run = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: run(x, packed, bias, "none", [], "")


def _packer(device: torch.device, dtype: torch.dtype) -> Pack | None:
    """Return what packs a weight for oneDNN, or None where that cannot be done.

    The operators are private to torch: a small product, tried first, decides.
    """
    has_kernels = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if device.type != "cpu" or not has_kernels:
        return None
    weight = torch.eye(16, dtype=dtype)
    x = torch.arange(16, dtype=dtype).expand(1, 3, 16)
    try:
        is_right = torch.equal(_packed_product(weight, weight[3])(x), x + weight[3])
    except (AttributeError, RuntimeError, TypeError) as error:
        logger.warning("No oneDNN kernels for %s: %s", dtype, error)
        return None
    return _packed_product if is_right else None

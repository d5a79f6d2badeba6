"""Faster layers, swapped in after loading; no model's code is touched.

In "exact" a linear layer computes in float32 and differs from the plain one by rounding only. In
"fast" its matrix product may be bfloat16, in "turbo" its weights may be int8; what lies between the
layers (residual stream, norms, attention) stays float32, and so do the best logits of a step. A
precision is a promise about error: which of the kernels that keep it multiply a layer is tried, for
its shape and for few and many rows, and what rounds without being faster gives way to what does
not. On another device torch's own kernels multiply, and "turbo" is "fast".
"""

from __future__ import annotations

import gc
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D

from engine.models.choice import Plan, choose, only
from engine.models.head import RefinedHead
from engine.models.kernel import ELSEWHERE, PACKED, Kernel, coarsest, kernels_here
from engine.models.memory import available_bytes
from engine.models.trial import Shape, ShapeTimes, is_whole, measure
from engine.models.trial_notes import key_of, recall, remember
from engine.precision import EXACT, Arithmetic

PLAIN = Arithmetic(EXACT, "torch float32", 0)
"""Of layers that are left as they are."""
_SPARE_SHARE = 0.25
"""Of the free memory that second copies of weights may take, beyond a model's own need."""


class FastLinear(nn.Module):
    """A linear layer whose product is done by other kernels; float32 in, float32 out.

    Args:
        plan: Kernels for few and for many rows.
        weight: float32, shape (out, in).
        bias: float32, shape (out,), or None.

    Attributes:
        weight: None. T5 asks a layer for the type of its weight, as far as it is a tensor.
    """

    weight = None

    def __init__(self, plan: Plan, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        if plan.limit:
            # Rounded once for both: what a text becomes must not depend on how many are written.
            weight = coarsest(plan.kernels).rounded(weight)
        self._width = weight.shape[1]
        self._limit = plan.limit
        self._few = plan.few.multiply(weight, bias) if plan.limit else None
        self._many = plan.many.multiply(weight, bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to (…, out)."""
        if self._few is None or x.numel() > self._limit * self._width:
            return self._many(x)
        return self._few(x)


def install(model: PreTrainedModel, precision: str, data_dir: Path | None = None) -> Arithmetic:
    """Swap a loaded model's linear layers in place, and free what they replace.

    A table that is both embedding and output layer stays as it is for look-up; the output layer
    gets its own packed copy.

    Args:
        model: In evaluation mode, float32, on its device.
        precision: exact, fast or turbo, as asked for.
        data_dir: Where the times of kernels are kept between two starts.

    Returns:
        How the layers compute now, which is more exact than asked where that is faster.
    """
    _swap_activations(model)
    plans = _plans(model, precision, data_dir)
    if not plans:
        return PLAIN
    embeddings = model.get_input_embeddings()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    taken: Counter[Kernel] = Counter()
    layers = 0
    for parent, name, layer in _linear_layers(model):
        weight = _weight(layer)
        bias = None if layer.bias is None else layer.bias.detach()
        plan = plans[_shape(layer)]
        swap: nn.Module = FastLinear(plan, weight, bias)
        if layer is head and coarsest(plan.kernels).precision != EXACT:
            is_tied = layer.weight is getattr(embeddings, "weight", None)
            swap = RefinedHead(swap, weight if is_tied else weight.bfloat16(), bias)
        parent.register_module(name, swap.eval())
        for kernel in plan.in_buckets:
            taken[kernel] += weight.numel()
        layers += 1
    gc.collect()
    names = " + ".join(kernel.name for kernel, _ in taken.most_common())
    choices = tuple(f"{_shape_name(shape)}: {plan}" for shape, plan in plans.items())
    return Arithmetic(coarsest(tuple(taken)).precision, names, layers, choices)


def _plans(
    model: PreTrainedModel, precision: str, data_dir: Path | None
) -> Mapping[tuple[int, int], Plan]:
    """Return the kernels of each shape (out, in) of weight; nothing where the layers stay."""
    sizes = Counter(_shape(layer) for _, _, layer in _linear_layers(model))
    if model.device.type != "cpu":
        return {} if precision == EXACT else dict.fromkeys(sizes, only(ELSEWHERE))
    kernels = kernels_here(model.device, precision)
    if not kernels or not sizes:
        return {}
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    of_head = [_shape(layer) for _, _, layer in _linear_layers(model) if layer is head]
    shapes = [Shape(*shape, n, shape in of_head) for shape, n in sizes.items()]
    times = _times(shapes, kernels, data_dir)

    def plans(*, is_roomy: bool) -> dict[tuple[int, int], Plan]:
        return {
            shape: choose(times[_shape_name(shape)], kernels, precision, is_roomy=is_roomy)
            for shape in sizes
        }

    chosen = plans(is_roomy=True)
    extra = sum(
        math.prod(shape) * n * (chosen[shape].itemsize - PACKED.itemsize)
        for shape, n in sizes.items()
    )
    available = available_bytes("cpu")
    is_roomy = available is None or extra <= available * _SPARE_SHARE
    return chosen if is_roomy else plans(is_roomy=False)


def _times(shapes: Sequence[Shape], kernels: Sequence[Kernel], data_dir: Path | None) -> ShapeTimes:
    """Return what kernels take, from this process, from the notes of another, or tried now."""
    key = key_of(shapes, kernels)
    times = _tried.get(key) or (recall(data_dir, key) if data_dir else None)
    if times is None or set(times) != {shape.name for shape in shapes}:
        times = measure(shapes, kernels)
        if data_dir and is_whole(times):
            remember(data_dir, key, times)
    _tried[key] = times
    return times


_tried: dict[str, ShapeTimes] = {}
"""A process loads a model again after it made room for another."""


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


def _shape(layer: nn.Linear | Conv1D) -> tuple[int, int]:
    """Return (out, in)."""
    first, second = layer.weight.shape
    return (second, first) if isinstance(layer, Conv1D) else (first, second)


def _shape_name(shape: tuple[int, int]) -> str:
    return Shape(*shape, 1).name


def _weight(layer: nn.Linear | Conv1D) -> Tensor:
    """Return the weight as (out, in); GPT-2's Conv1D keeps it transposed."""
    weight = layer.weight.detach()
    return weight.t().contiguous() if isinstance(layer, Conv1D) else weight

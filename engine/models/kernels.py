"""Faster layers, swapped in after loading; no model's code is touched.

In "exact" a linear layer computes in float32 and differs from the plain one by rounding only. In
"fast" its matrix product may be bfloat16, in "turbo" its weights may be int8; what lies between the
layers (residual stream, norms, attention) stays float32, and so do the best logits of a step. A
precision is a promise about error: which of the kernels that keep it multiply a layer is tried, for
its shape and for few and many rows, and what rounds without being faster gives way to what does
not; so is which products of a step are worth more than one thread. On another device torch's own
kernels multiply, and "turbo" is "fast".
"""

from __future__ import annotations

import gc
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.activations import GELUTanh, NewGELUActivation
from transformers.pytorch_utils import Conv1D

from engine.models.activation import Gelu
from engine.models.choice import BUCKETS, Plan, bucket_of, choose, only
from engine.models.head import RefinedHead
from engine.models.kernel import ELSEWHERE, PACKED, Kernel, coarsest, fitted, kernels_here
from engine.models.memory import available_bytes
from engine.models.team_trial import measure_teams, teams
from engine.models.teamwork import together
from engine.models.trial import Shape, ShapeTimes, is_whole, measure
from engine.models.trial_notes import key_of, recall, remember
from engine.precision import EXACT, Arithmetic

logger = logging.getLogger(__name__)

Quiet = Callable[[], AbstractContextManager[object]]
PLAIN = Arithmetic(EXACT, "torch float32", 0)
"""Of layers that are left as they are."""
ALONE = (False,) * len(BUCKETS)
"""Of layers that one thread multiplies, in each bucket of rows."""
_SPARE_SHARE = 0.25
"""Of the free memory that second copies of weights may take, beyond a model's own need."""


class FastLinear(nn.Module):
    """A linear layer whose product is done by other kernels; float32 in, float32 out.

    Args:
        plan: Kernels for few and for many rows.
        weight: float32, shape (out, in).
        bias: float32, shape (out,), or None.
        in_team: In which buckets of rows all threads multiply, also in an `alone` block.

    Attributes:
        weight: None. T5 asks a layer for the type of its weight, as far as it is a tensor.
    """

    weight = None

    def __init__(
        self,
        plan: Plan,
        weight: Tensor,
        bias: Tensor | None,
        in_team: Sequence[bool] = ALONE,
    ) -> None:
        super().__init__()
        if plan.limit:
            # Rounded once for both: what a text becomes must not depend on how many are written.
            weight = coarsest(plan.kernels).rounded(weight)
        self._width = weight.shape[1]
        self._in_team = tuple(in_team)
        products = {kernel: kernel.multiply(weight, bias) for kernel in plan.kernels}
        self._products = tuple(
            partial(together, products[kernel]) if is_team else products[kernel]
            for kernel, is_team in zip(plan.in_buckets, in_team, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to (…, out)."""
        return self._products[self._bucket(x)](x)

    def is_team(self, x: Tensor) -> bool:
        """Tell whether all threads would multiply this."""
        return self._in_team[self._bucket(x)]

    def _bucket(self, x: Tensor) -> int:
        return bucket_of(x.numel() // self._width)


def install(
    model: PreTrainedModel,
    precision: str,
    data_dir: Path | None = None,
    quiet: Quiet = nullcontext,
) -> Arithmetic:
    """Swap a loaded model's linear layers in place, and free what they replace.

    A table that is both embedding and output layer stays as it is for look-up; the output layer
    gets its own packed copy.

    Args:
        model: In evaluation mode, float32, on its device.
        precision: exact, fast or turbo, as asked for.
        data_dir: Where the times of kernels are kept between two starts.
        quiet: Lets nobody else compute while something is timed on the wall.

    Returns:
        How the layers compute now, which is more exact than asked where that is faster.
    """
    _swap_activations(model)
    plans = _plans(model, precision, data_dir)
    if not plans:
        return PLAIN
    in_team = _teams(plans, data_dir, quiet) if model.device.type == "cpu" else {}
    embeddings = model.get_input_embeddings()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    taken: Counter[Kernel] = Counter()
    layers = 0
    for parent, name, layer in _linear_layers(model):
        weight = _view(layer).contiguous()
        bias = None if layer.bias is None else layer.bias.detach()
        plan = plans[_shape(layer)]
        swap: nn.Module
        swap = linear = FastLinear(plan, weight, bias, in_team.get(_shape(layer), ALONE))
        if layer is head and coarsest(plan.kernels).precision != EXACT:
            is_tied = layer.weight is getattr(embeddings, "weight", None)
            swap = RefinedHead(
                linear, linear.is_team, weight if is_tied else weight.bfloat16(), bias
            )
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
    layers = [layer for _, _, layer in _linear_layers(model)]
    sizes = Counter(map(_shape, layers))
    if model.device.type != "cpu":
        return {} if precision == EXACT else dict.fromkeys(sizes, only(ELSEWHERE))
    kernels = kernels_here(model.device, precision)
    if not kernels or not sizes:
        return {}
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    of_head = [_shape(layer) for layer in layers if layer is head]
    shapes = [Shape(*shape, n, shape in of_head) for shape, n in sizes.items()]
    weights = {
        shape: [_view(layer) for layer in layers if _shape(layer) == shape] for shape in sizes
    }
    kernels_of = {shape: fitted(kernels, weights[shape], precision) for shape in sizes}
    names = {kernel.name for mine in kernels_of.values() for kernel in mine}
    times = _times(shapes, [kernel for kernel in kernels if kernel.name in names], data_dir)

    def plans(*, is_roomy: bool) -> dict[tuple[int, int], Plan]:
        return {
            shape: choose(times[_shape_name(shape)], mine, precision, is_roomy=is_roomy)
            for shape, mine in kernels_of.items()
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
    """Return what kernels take, for every shape."""
    key = key_of(shapes, kernels)
    return _once(key, shapes, data_dir, lambda: measure(shapes, kernels))


def _teams(
    plans: Mapping[tuple[int, int], Plan], data_dir: Path | None, quiet: Quiet
) -> Mapping[tuple[int, int], tuple[bool, ...]]:
    """Return for each shape in which buckets all threads multiply."""
    if torch.get_num_threads() == 1:
        return {}
    shapes = {Shape(*shape, 1): plan.kernels for shape, plan in plans.items()}
    pairs = [(shape, kernel) for shape, kernels in shapes.items() for kernel in kernels]
    key = key_of([shape for shape, _ in pairs], [kernel for _, kernel in pairs], "teams")

    def trial() -> ShapeTimes:
        with quiet():
            return measure_teams(pairs)

    times = _once(key, list(shapes), data_dir, trial)
    found = {}
    for shape, plan in plans.items():
        found[shape] = teams(times[_shape_name(shape)], plan.in_buckets)
        rows = [rows for rows, is_team in zip(BUCKETS, found[shape], strict=True) if is_team]
        logger.info("%s: in a team with %s rows", _shape_name(shape), rows or "no number of")
    return found


def _once(
    key: str, shapes: Sequence[Shape], data_dir: Path | None, trial: Callable[[], ShapeTimes]
) -> ShapeTimes:
    """Return what a trial found in this process, or what another one has noted, or finds now."""
    times = _tried.get(key) or (recall(data_dir, key) if data_dir else None)
    if times is None or set(times) != {shape.name for shape in shapes}:
        times = trial()
        if data_dir and is_whole(times):
            remember(data_dir, key, times)
    _tried[key] = times
    return times


_tried: dict[str, ShapeTimes] = {}
"""A process loads a model again after it made room for another."""


def _swap_activations(model: nn.Module) -> None:
    """Swap the formulas of GPT-2's GELU for a quicker one.

    Source: transformers.activations.NewGELUActivation, of eight passes over the data, and GELUTanh.
    """
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) in (NewGELUActivation, GELUTanh):
                parent.register_module(name, Gelu())


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


def _view(layer: nn.Linear | Conv1D) -> Tensor:
    """Return the weight as (out, in), of GPT-2's Conv1D too, which keeps it transposed."""
    weight = layer.weight.detach()
    return weight.t() if isinstance(layer, Conv1D) else weight

"""A second model out of the same tensors, which can be changed without touching the first."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor
from torch.nn import Module


def twin(model: Module) -> Any:
    """Copy a model's modules; weights, and whatever else is a tensor, stay shared."""
    shared: dict[int, Any] = {}
    for module in model.modules():
        for holder in (vars(module), module._parameters, module._buffers):
            shared |= {id(value): value for value in holder.values() if isinstance(value, Tensor)}
    return copy.deepcopy(model, shared)

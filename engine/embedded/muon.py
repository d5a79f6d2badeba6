"""Muon (Jordan et al., 2024) in the number type of the processor, equal shapes at once.

PyTorch's own takes every matrix alone and always in bfloat16, which a processor with AVX2 alone
plays: its step then takes many times as long as the model's.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.embedded.number_type import number_type


class Muon(torch.optim.Muon):
    """PyTorch's Muon, with its arguments, its state and, but for rounding, its steps."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step.

        Raises:
            ValueError: There is a closure.
        """
        if closure is not None:
            raise ValueError("this optimiser asks for the loss only once")
        for group in self.param_groups:
            alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append((parameter, parameter.grad))
            for shape, pairs in alike.items():
                self._step_alike(group, shape, pairs)

    def _step_alike(
        self, group: dict[str, Any], shape: torch.Size, pairs: list[tuple[Tensor, Tensor]]
    ) -> None:
        """Move matrices of one shape, each given with its gradient."""
        ahead = []
        for parameter, gradient in pairs:
            state = self.state[parameter]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(parameter)
            momentum = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
            ahead.append(gradient.lerp(momentum, group["momentum"]))
        rate = group["lr"] * math.sqrt(max(1.0, shape[0] / shape[1]))
        steps = orthogonalised(torch.stack(ahead), group["ns_coefficients"], group["ns_steps"])
        for (parameter, _), step in zip(pairs, steps, strict=True):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.add_(step.to(parameter.dtype), alpha=-rate)


def orthogonalised(
    matrices: Tensor, coefficients: tuple[float, float, float], steps: int
) -> Tensor:
    """Move all singular values near 1 by a quintic Newton-Schulz iteration.

    Args:
        matrices: Shape (count, rows, columns).
        coefficients: Of the first, third and fifth power.
        steps: Of the iteration.

    Returns:
        The same shape, in `number_type`.
    """
    first, third, fifth = coefficients
    is_tall = matrices.shape[1] > matrices.shape[2]
    found = (matrices.mT if is_tall else matrices).to(number_type(matrices.device))
    found = found / found.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = found @ found.mT
        gram = torch.baddbmm(gram, gram, gram, beta=third, alpha=fifth)
        found = torch.baddbmm(found, gram, found, beta=first)
    return found.mT if is_tall else found

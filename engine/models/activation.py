"""The activation of GPT-2 and Gemma, in the form that takes the least time."""

from __future__ import annotations

import math

from torch import Tensor, nn

_FEW = 4096
"""Numbers below which one operator is quicker than four quick ones."""
_LINEAR = 2 * math.sqrt(2 / math.pi)
_CUBIC = 0.044715 * _LINEAR


class Gelu(nn.GELU):
    """½ x (1 + tanh z), which is x σ(2z), with z = √(2/π) (x + 0.044715 x³).

    torch's tanh takes two to three times as long as its σ, which needs one exponential.

    Source: Hendrycks & Gimpel (2016), §2.
    """

    def __init__(self) -> None:
        super().__init__(approximate="tanh")

    def forward(self, x: Tensor) -> Tensor:
        """Map each number to its own."""
        if not x.is_cpu or x.numel() < _FEW or x.requires_grad:
            return super().forward(x)
        doubled = (x * x).mul_(_CUBIC).add_(_LINEAR).mul_(x)
        return doubled.sigmoid_().mul_(x)

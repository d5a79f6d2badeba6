"""Cross-entropy of a language model's head, without keeping the logits.

The logits of a batch are the largest tensor of a small model's training step. They are made, used
for both gradients and dropped, a few rows at a time (Wijmans et al., 2025, «Cut Your Losses»).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.embedded.number_type import number_type

ROWS_AT_ONCE = 1024
IGNORED = -1
"""The target of a row that has no part in the loss."""
Kernel = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def nats_and_gradient(logits: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the summed loss and the gradient of the logits: softmax minus one-hot.

    Args:
        logits: Shape (rows, vocabulary).
        targets: Token ids or `IGNORED`, int64, shape (rows, 1).
        weights: How much each row counts, 0 where it is ignored. float32, shape (rows, 1).

    Returns:
        Nats, float32, shape (); gradient, of the logits' type, shape (rows, vocabulary).
    """
    dtype, logits = logits.dtype, logits.float()
    normaliser = logits.logsumexp(-1, keepdim=True)
    probabilities = (logits - normaliser).exp()
    is_target = torch.arange(logits.shape[-1], device=logits.device) == targets
    nats = ((normaliser - logits.gather(1, targets.clamp(min=0))) * weights).sum()
    gradient = torch.where(is_target, probabilities - 1.0, probabilities) * weights
    return nats, gradient.to(dtype)


def head_loss(
    hidden: Tensor,
    weight: Tensor,
    targets: Tensor,
    kernel: Kernel = nats_and_gradient,
    row_weights: Tensor | None = None,
) -> Tensor:
    """Return the mean cross-entropy, in nats, of `hidden @ weight.T` against `targets`.

    Args:
        hidden: Shape (rows, width); multiplied in `number_type`.
        weight: The head's matrix. float32, shape (vocabulary, width).
        targets: Token ids or `IGNORED`, int64, shape (rows,).
        kernel: `nats_and_gradient`, or the same compiled.
        row_weights: How much each row counts in the mean, all the same without. shape (rows,).
    """
    counted = (targets != IGNORED).float()
    if row_weights is not None:
        counted = counted * row_weights
    loss: Tensor = _HeadLoss.apply(hidden, weight, targets, kernel, counted)  # type: ignore[no-untyped-call]
    return loss


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(  # noqa: PLR0917
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, kernel: Kernel, counted: Tensor
    ) -> Tensor:
        dtype = number_type(hidden.device)
        typed_hidden, typed_weight = hidden.to(dtype), weight.to(dtype)
        hidden_gradient = torch.empty_like(typed_hidden)
        weight_gradient = torch.zeros_like(weight)
        total = torch.zeros((), device=hidden.device)
        for start in range(0, len(hidden), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            logits = typed_hidden[rows] @ typed_weight.T
            nats, gradient = kernel(logits, targets[rows, None], counted[rows, None])
            total += nats
            hidden_gradient[rows] = gradient @ typed_weight
            weight_gradient += gradient.T @ typed_hidden[rows]
        ctx.save_for_backward(hidden_gradient, weight_gradient)
        ctx.hidden_dtype = hidden.dtype
        ctx.counted = counted.sum().clamp(min=torch.finfo(torch.float32).tiny)
        mean: Tensor = total / ctx.counted
        return mean

    @staticmethod
    def backward(ctx: Any, *outer: Any) -> tuple[Tensor, Tensor, None, None, None]:
        hidden_gradient, weight_gradient = ctx.saved_tensors
        scale = outer[0] / ctx.counted
        return (
            (hidden_gradient * scale).to(ctx.hidden_dtype),
            weight_gradient * scale,
            None,
            None,
            None,
        )

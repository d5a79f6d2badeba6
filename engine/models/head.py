"""An output layer that may round, but not what people look at."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from engine.models.teamwork import together
from engine.ordering import greatest

_REFINED_TOKENS = 128
"""Best logits of a row that are computed again in float32; more than people look at."""


class RefinedHead(nn.Module):
    """A rounded output layer whose best logits are computed again in float32.

    A bfloat16 logit near 20 is rounded to eighths: probabilities 6 % off, and false ties.

    Args:
        linear: The rounded layer.
        is_team: Tells whether its product with such an input is done by a team: then so is what is
            computed again.
        rows: Its weight by token, float32 or bfloat16, shape (vocab, in).
        bias: float32, shape (vocab,), or None.
    """

    def __init__(
        self,
        linear: nn.Module,
        is_team: Callable[[Tensor], bool],
        rows: Tensor,
        bias: Tensor | None,
    ) -> None:
        super().__init__()
        self._linear = linear
        self._is_team = is_team
        self._rows = rows
        self._bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to logits (…, vocab)."""
        return together(self._refine, x) if self._is_team(x) else self._refine(x)

    def _refine(self, x: Tensor) -> Tensor:
        return refine(self._linear(x), x, self._rows, self._bias)


def refine(logits: Tensor, x: Tensor, rows: Tensor, bias: Tensor | None) -> Tensor:
    """Compute the best logits again, in place.

    Args:
        logits: Rounded, shape (…, vocab).
        x: What they were computed from, float32, shape (…, in).
        rows: Weight by token, shape (vocab, in).
        bias: Shape (vocab,), or None.
    """
    best = greatest(logits, min(_REFINED_TOKENS, logits.shape[-1]))[1]
    refined = (functional.embedding(best, rows).to(x.dtype) @ x[..., None])[..., 0]
    if bias is not None:
        refined += bias[best]
    return logits.scatter_(-1, best, refined)

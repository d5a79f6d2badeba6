"""The rows of many strategies, looked at in one pass before each of them chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from engine.decoding.glance import glance
from engine.decoding.shortlist import Throw
from engine.decoding.strategy import Strategy


def foresee(logits: Tensor, rows_of: Mapping[Strategy, Sequence[int]]) -> None:
    """Tell strategies what one pass over everybody's logits says of their rows.

    Args:
        logits: The model's, shape (rows, vocab).
        rows_of: The rows of each strategy, in its own order.
    """
    throws: list[Throw | None] = [None] * len(logits)
    for strategy, rows in rows_of.items():
        for row, throw in zip(rows, strategy.throws() or (None,) * len(rows), strict=True):
            throws[row] = throw
    seen = glance(logits.float(), throws)
    for strategy, rows in rows_of.items():
        strategy.foresee([seen[row] for row in rows])

"""The order of tokens: by falling value, equals by id."""

from __future__ import annotations

import torch
from torch import Tensor


def best_first(values: Tensor, count: int) -> Tensor:
    """Return the ids of the `count` greatest values, descending, ties by id.

    All ties of the last value are included, so the result can be longer.

    Args:
        values: Shape (vocab,).
        count: 1 ≤ count ≤ vocab.
    """
    threshold = torch.topk(values, count, sorted=False).values.amin()
    ids = (values >= threshold).nonzero().flatten()
    return ids[torch.argsort(values[ids], descending=True, stable=True)]

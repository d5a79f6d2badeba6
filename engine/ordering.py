"""The order of tokens, by falling value and equals by id, found without sorting a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_BLOCK = 32
"""Values of which only the greatest is looked at first: measured, the best size for most counts."""
_SMALL = 1 << 15
"""Values that are looked at one by one just as fast."""
_FEW = 4
"""Blocks, as a multiple of the values wanted, from which on looking at blocks first pays."""


def best_first(values: Tensor, count: int) -> Tensor:
    """Return what `best_ids` does, where the values are.

    Args:
        values: Shape (vocab,).
        count: 1 ≤ count ≤ vocab.
    """
    if values.device.type == "cpu":
        return torch.from_numpy(best_ids(values.numpy(), count))
    threshold = greatest(values, count)[0].amin()
    ids = not_below(values, threshold)
    return ids[torch.argsort(values[ids], descending=True, stable=True)]


def best_ids(values: NDArray[np.floating[Any]], count: int) -> NDArray[np.int64]:
    """Return the ids of the `count` greatest values, descending, ties by id.

    All ties of the last value are included, so the result can be longer. The k greatest of the
    groups' maxima bound the k greatest values from below.

    Args:
        values: Shape (vocab,), no NaN.
        count: 1 ≤ count ≤ vocab.
    """
    groups = len(values) // _BLOCK
    tops = values
    if groups >= _FEW * count:
        grouped = values[: groups * _BLOCK].reshape(_BLOCK, groups).max(0)
        tops = np.concatenate([grouped, values[groups * _BLOCK :]])
    ids = np.flatnonzero(values >= np.partition(tops, -count)[-count])
    ids = ids[np.argsort(-values[ids], kind="stable")]
    best: NDArray[np.int64] = ids[values[ids] >= values[ids[count - 1]]]
    return best


def best_of_rows(rows: NDArray[np.floating[Any]], count: int) -> list[list[int]]:
    """Return for each row the ids of its `count` greatest values, descending, ties by id.

    Args:
        rows: Shape (rows, vocab), no NaN.
        count: 1 ≤ count ≤ vocab.
    """
    groups = rows.shape[1] // _BLOCK
    tops = rows
    if groups >= _FEW * count:
        grouped = rows[:, : groups * _BLOCK].reshape(len(rows), _BLOCK, groups).max(1)
        tops = np.concatenate([grouped, rows[:, groups * _BLOCK :]], axis=1)
    least = np.partition(tops, -count, axis=1)[:, -count]
    row, ids = np.divmod(np.flatnonzero(rows >= least[:, None]), rows.shape[1])
    # Ascending ids within a row, and a stable sort: of equals the first comes first.
    order = np.lexsort((-rows[row, ids], row))
    found = np.bincount(row, minlength=len(rows))
    starts = np.cumsum(found) - found
    best: list[list[int]] = ids[order][starts[:, None] + np.arange(count)].tolist()
    return best


def greatest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return what `torch.topk` does; which of several equal last values it takes is free.

    The k greatest values lie in the k blocks with the greatest maxima, so one pass that finds the
    maxima leaves little to select from.

    Args:
        values: Shape (…, n), no NaN.
        count: 0 ≤ count ≤ n.

    Returns:
        Values, descending, and their indices, each of shape (…, count).
    """
    size = values.shape[-1]
    blocks = size // _BLOCK
    if blocks < _FEW * count:
        return tuple(torch.topk(values, count))  # type: ignore[return-value]
    shape = (*values.shape[:-1], blocks, _BLOCK)
    maxima = values[..., : blocks * _BLOCK].reshape(shape).amax(-1)
    best = torch.topk(maxima, count, sorted=False).indices
    index = (best[..., None] * _BLOCK + torch.arange(_BLOCK, device=values.device)).flatten(-2)
    rest = torch.arange(blocks * _BLOCK, size, device=values.device)
    index = torch.cat([index, rest.expand(*index.shape[:-1], -1)], dim=-1)
    found = torch.topk(values.gather(-1, index), count)
    return found.values, index.gather(-1, found.indices)


def not_below(values: Tensor, threshold: Tensor | float) -> Tensor:
    """Return the ids of the values that reach a threshold, ascending.

    Args:
        values: Shape (vocab,), no NaN.
        threshold: A number.
    """
    blocks = len(values) // _BLOCK
    if len(values) < _SMALL:
        return (values >= threshold).nonzero().flatten()
    maxima = values[: blocks * _BLOCK].view(blocks, _BLOCK).amax(-1)
    hits = (maxima >= threshold).nonzero().flatten()
    if _FEW * len(hits) > blocks:
        return (values >= threshold).nonzero().flatten()
    index = (hits[:, None] * _BLOCK + torch.arange(_BLOCK, device=values.device)).flatten()
    rest = torch.arange(blocks * _BLOCK, len(values), device=values.device)
    index = torch.cat([index, rest])
    return index[values[index] >= threshold]

"""How the tokens of a lean step look at their past: rows in slots, or texts that are being read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache

from engine.runtime.batch.cache import SlotLayer


class Tokens(NamedTuple):
    """Tokens that are run together.

    Attributes:
        ids: What they are.
        positions: Where they stand.
        columns: The same, int64, shape (tokens,).
    """

    ids: Sequence[int]
    positions: Sequence[int]
    columns: Tensor


class Past(NamedTuple):
    """What tokens see of their past in a layer.

    Attributes:
        first: Column from which on any token sees any.
        mask: Added to the scores of the columns from there on, shape (tokens, 1, 1, columns); None
            where every token sees all of them.
    """

    first: int
    mask: Tensor | None


class Texts(NamedTuple):
    """A layer of the caches of texts whose next pieces stand one behind the other.

    Attributes:
        layers: One of each text.
        sizes: Tokens of each piece.
    """

    layers: Sequence[Any]
    sizes: list[int]


def texts_of(
    pieces: Sequence[Sequence[int]], caches: Sequence[DynamicCache], device: torch.device
) -> tuple[Tokens, list[Texts]]:
    """Return the next pieces of some texts, and the layers of what has been read of them.

    Args:
        pieces: Ids of each text.
        caches: Of each text.
        device: Of the caches.
    """
    sizes = [len(ids) for ids in pieces]
    done = [cache.get_seq_length() for cache in caches]
    positions = [n + i for n, size in zip(done, sizes, strict=True) for i in range(size)]
    tokens = Tokens([*chain(*pieces)], positions, torch.tensor(positions, device=device))
    layers = zip(*(cache.layers for cache in caches), strict=True)
    return tokens, [Texts(of_all, sizes) for of_all in layers]


def past_of(tokens: Tokens, window: int | None) -> Past:
    """Tell what tokens see, through a window of so many tokens or none."""
    nearest, farthest = min(tokens.positions), max(tokens.positions)
    window = window or farthest + 1
    first = max(0, nearest - window + 1)
    if nearest == farthest:
        return Past(first, None)
    columns = tokens.columns
    age = columns[:, None] - torch.arange(first, farthest + 1, device=columns.device)
    hidden = (age < 0) | (age >= window)
    mask = torch.zeros_like(age, dtype=torch.float32).masked_fill_(hidden, -torch.inf)
    return Past(first, mask[:, None, None])


def attend(heads: Sequence[Tensor], layer: SlotLayer | Texts, past: Past, scale: float) -> Tensor:
    """Store the tokens in a layer of a cache, and mix what they see there.

    Args:
        heads: Queries, shape (tokens, key heads, query heads of each, head_dim); keys and values,
            shape (tokens, key heads, head_dim).
        layer: Slots, with a token for each row; or texts, with some tokens of each.
        past: What they see.
        scale: Of the scores.

    Returns:
        Shape (tokens, query heads × head_dim).
    """
    query, key, value = heads
    query = query * scale
    if isinstance(layer, SlotLayer):
        return _rows(query, key, value, layer, past).reshape(len(query), -1)
    sizes = layer.sizes
    masks = [None] * len(sizes) if past.mask is None else torch.split(past.mask, sizes)
    parts = zip(*(torch.split(part, sizes) for part in (query, key, value)), strict=True)
    texts = zip(parts, layer.layers, masks, strict=True)
    mixed = [_text(part, one, Past(past.first, mask)) for part, one, mask in texts]
    return torch.cat(mixed).reshape(len(query), -1)


def _rows(query: Tensor, key: Tensor, value: Tensor, slots: SlotLayer, past: Past) -> Tensor:
    """Let each token look at its row.

    Queries that share a key stand where attention has a text's tokens: no key is copied.
    """
    keys, values = slots.update(key[:, :, None], value[:, :, None])
    keys, values = keys[:, :, past.first :], values[:, :, past.first :]
    if query.is_cpu:
        return _mix_vectors(query, keys, values, past.mask)
    mask = None if past.mask is None else past.mask.expand(-1, -1, query.shape[2], -1)
    return functional.scaled_dot_product_attention(query, keys, values, mask, scale=1.0)


def _text(heads: Sequence[Tensor], layer: Any, past: Past) -> Tensor:
    """Let tokens look at their text; queries that share a key stand behind each other.

    The mask may have columns of longer texts beyond those of this one.
    """
    query, key, value = heads
    tokens, key_heads, group, width = query.shape
    layer.update(key.transpose(0, 1)[None], value.transpose(0, 1)[None])
    keys, values = layer.keys[:, :, past.first :], layer.values[:, :, past.first :]
    query = query.permute(1, 2, 0, 3).reshape(1, key_heads, group * tokens, width)
    mask = None if past.mask is None else past.mask[:, 0, 0, : keys.shape[2]].repeat(group, 1)
    mixed = functional.scaled_dot_product_attention(query, keys, values, mask, scale=1.0)
    return mixed.view(key_heads, group, tokens, width).permute(2, 0, 1, 3)


def _mix_vectors(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Mix by NumPy's products of a vector and a matrix, on a processor.

    Those of torch read the keys and values of a few queries at half of the speed.
    """
    scores = torch.from_numpy(np.matmul(query.numpy(), keys.numpy().swapaxes(2, 3)))
    scores = scores if mask is None else scores.add_(mask)
    return torch.from_numpy(np.matmul(scores.softmax(-1).numpy(), values.numpy()))

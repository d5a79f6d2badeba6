"""A key-value cache of slots: one row each, every row at its own position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import (
    CacheLayerMixin,
    DynamicLayer,
    DynamicSlidingWindowLayer,
)

from engine.runtime.prefix_cache import LayerContents

_COLUMNS_GRAIN = 128
_KNOWN_LAYERS = (DynamicLayer, DynamicSlidingWindowLayer)


@dataclass
class Cursor:
    """Where the tokens of the running step belong; all layers look at the same one.

    Attributes:
        positions: Column of each row's token, int64, shape (rows,).
        places: Index of the rows' tokens among slots; on a processor NumPy's, which takes half of
            the time that torch's does, twice a layer.
        width: Columns up to and including the rightmost of those.
    """

    positions: Tensor
    places: Any
    width: int


class SlotLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, each (rows, heads, columns, head_dim).

    Nothing in them may ever be NaN or infinite: a masked column weighs 0, and 0 × NaN is NaN.
    """

    keys: Tensor
    values: Tensor

    def __init__(self, cursor: Cursor, keys: Tensor, values: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._cursor = cursor
        self.keys = _blank(keys, 0, 0)
        self.values = _blank(values, 0, 0)
        self.is_initialized = True

    @property
    def column_bytes(self) -> int:
        """Bytes of one token of one row."""
        tensors = (self.keys, self.values)
        return sum(t.shape[1] * t.shape[3] * t.element_size() for t in tensors)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Do nothing: the shapes are known from the start."""

    def update(
        self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Store one token per row and return what the rows have, up to the step's width.

        Args:
            key_states: Shape (rows, heads, 1, head_dim).
            value_states: Same shape.
        """
        cursor = self._cursor
        for slots, states in ((self.keys, key_states), (self.values, value_states)):
            if slots.is_cpu:
                slots.numpy()[cursor.places] = states[:, :, 0].numpy()
            else:
                slots[cursor.places] = states[:, :, 0]
        rows = len(cursor.positions)
        return self.keys[:rows, :, : cursor.width], self.values[:rows, :, : cursor.width]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:  # noqa: ARG002
        """Return the columns that attention sees, and where they begin."""
        return self._cursor.width, 0

    def get_seq_length(self) -> int:
        """Return the tokens before the running one in the longest row."""
        return self._cursor.width - 1

    def get_max_length(self) -> int:
        """Return the columns that there are."""
        return int(self.keys.shape[2])

    def resize(self, rows: int, columns: int, used_rows: int, used_columns: int) -> None:
        """Take other dimensions; what is used stays."""
        for name in ("keys", "values"):
            old: Tensor = getattr(self, name)
            new = _blank(old, rows, columns)
            new[:used_rows, :, :used_columns] = old[:used_rows, :, :used_columns]
            setattr(self, name, new)


class SlotCache(Cache):
    """The slots of all layers.

    Args:
        prototype: Cache of one sequence that the model has filled; gives the shapes.

    Raises:
        ValueError: The model keeps something else than keys and values of every token.
    """

    def __init__(self, prototype: DynamicCache) -> None:
        self._cursor = Cursor(torch.empty(0, dtype=torch.long), None, 0)
        self.slots = [SlotLayer(self._cursor, *tensors) for tensors in contents_of(prototype)]
        super().__init__(layers=list(self.slots))

    @property
    def columns(self) -> Tensor:
        """Where the tokens of the running step belong, int64, shape (rows,)."""
        return self._cursor.positions

    @property
    def column_bytes(self) -> int:
        """Bytes of one token of one row, over all layers."""
        return sum(layer.column_bytes for layer in self.slots)

    def reserve(self, rows: int, columns: int, used_rows: int, used_columns: int) -> None:
        """Make room.

        A layer is replaced as a whole, so running out of memory midway leaves a usable cache.

        Args:
            rows: Rows that must exist.
            columns: Columns that must exist.
            used_rows: Rows whose content matters.
            used_columns: Columns whose content matters.
        """
        columns = -(-columns // _COLUMNS_GRAIN) * _COLUMNS_GRAIN
        for layer in self.slots:
            if layer.keys.shape[0] < rows or layer.keys.shape[2] < columns:
                layer.resize(rows, columns, used_rows, used_columns)

    def adopt(self, row: int, source: DynamicCache, length: int) -> None:
        """Copy a sequence of `length` tokens into a row."""
        for slot, (keys, values) in zip(self.slots, contents_of(source), strict=True):
            slot.keys[row, :, :length] = keys[0]
            slot.values[row, :, :length] = values[0]

    def contents(self, row: int, length: int) -> LayerContents:
        """Return a copy of what a row holds of its first `length` tokens."""
        return tuple(
            (layer.keys[row, :, :length].clone(), layer.values[row, :, :length].clone())
            for layer in self.slots
        )

    def put_back(self, row: int, contents: LayerContents, length: int) -> None:
        """Copy what a row held of its first `length` tokens into another one."""
        for layer, (keys, values) in zip(self.slots, contents, strict=True):
            layer.keys[row, :, :length] = keys
            layer.values[row, :, :length] = values

    def copy(self, sources: Sequence[int], targets: Sequence[int], length: int) -> None:
        """Copy the first `length` columns of rows to other rows that are no sources."""
        for layer in self.slots:
            for tensor in (layer.keys, layer.values):
                for source, target in zip(sources, targets, strict=True):
                    tensor[target, :, :length] = tensor[source, :, :length]

    def clear(self, row: int, length: int) -> None:
        """Blank the first `length` columns of a row that nobody owns any more."""
        for layer in self.slots:
            layer.keys[row, :, :length] = 0
            layer.values[row, :, :length] = 0

    def place(self, positions: Tensor, width: int) -> None:
        """Say where the tokens of the next step belong.

        Args:
            positions: Column per row, int64, shape (rows,).
            width: 1 + the greatest of them.
        """
        rows: Any = torch.arange(len(positions), device=positions.device)
        columns: Any = positions
        if positions.is_cpu:
            rows, columns = rows.numpy(), columns.numpy()
        self._cursor.positions = positions
        self._cursor.places = rows, slice(None), columns
        self._cursor.width = width


def contents_of(cache: DynamicCache) -> list[tuple[Tensor, Tensor]]:
    """Return keys and values of each layer of a cache that a model has filled."""
    contents = []
    for layer in cache.layers:
        if not isinstance(layer, DynamicLayer) or type(layer) not in _KNOWN_LAYERS:
            raise ValueError(f"a cache layer of type {type(layer).__name__}")
        assert layer.keys is not None
        assert layer.values is not None
        contents.append((layer.keys, layer.values))
    return contents


def _blank(like: Tensor, rows: int, columns: int) -> Tensor:
    return like.new_zeros((rows, like.shape[1], columns, like.shape[3]))

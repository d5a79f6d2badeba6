"""Positions by row for encoder-decoders, whose decoders count them for the whole batch.

Their `forward` takes no positions: a decoder gives all rows the one behind what the cache holds. So
a batch runs a twin of the model, with the same tensors, in which the parts that make something of a
position ask for each row's own.
"""

from __future__ import annotations

import inspect
import threading
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from engine.models.twin import twin


class Places:
    """Where the tokens of the running step stand in their targets.

    Attributes:
        positions: int64, shape (rows,).
    """

    def __init__(self) -> None:
        self.positions = torch.empty(0, dtype=torch.long)


class PlacedModel(NamedTuple):
    """A model that counts by row, and what tells it where the rows are."""

    model: Any
    places: Places


class _RowEmbedding(nn.Module):
    """Looks positions up by row, in a table that takes `position_ids` (BART and its like)."""

    def __init__(self, table: nn.Module, places: Places) -> None:
        super().__init__()
        self._table = table
        self._places = places

    def forward(self, *args: Any, **_kwargs: Any) -> Tensor:
        """Return what each row adds, shape (rows, 1, width)."""
        positions = self._places.positions
        found: Tensor = self._table(args[0], position_ids=positions)
        return found.reshape(len(positions), 1, -1)


class _RowTable(nn.Module):
    """The same for M2M100, which counts from behind its padding index, and not what is padding."""

    def __init__(self, table: Any, places: Places) -> None:
        super().__init__()
        self._table = table
        self._places = places

    def forward(self, input_ids: Tensor, *_args: Any) -> Tensor:
        """Return what each row adds, shape (rows, 1, width)."""
        table = self._table
        places = self._places.positions[:, None]
        positions = table.create_position_ids_from_input_ids(input_ids, table.padding_idx, places)
        return table.weights[positions].detach()  # type: ignore[no-any-return]


class _RowBias:
    """T5's bias, a number for every distance: each row has distances of its own.

    Source: Raffel et al. (2020), §2.1, relative position embeddings.
    """

    def __init__(self, attention: Any, places: Places) -> None:
        self._attention = attention
        self._places = places

    def __call__(
        self,
        query_length: int,  # noqa: ARG002
        key_length: int,
        device: Any = None,  # noqa: ARG002
        past_seen_tokens: int = 0,  # noqa: ARG002
    ) -> Tensor:
        """Return what is added to the scores, shape (rows, heads, 1, keys)."""
        attention, positions = self._attention, self._places.positions
        columns = torch.arange(key_length, device=positions.device)
        buckets = attention._relative_position_bucket(
            columns[None] - positions[:, None],
            bidirectional=False,
            num_buckets=attention.relative_attention_num_buckets,
            max_distance=attention.relative_attention_max_distance,
        )
        bias: Tensor = attention.relative_attention_bias(buckets)
        return bias.permute(0, 2, 1)[:, :, None]


class _Twins(threading.local):
    """The twins of this thread: a step of one belongs to one batch."""

    def __init__(self) -> None:
        self.by_model: WeakKeyDictionary[PreTrainedModel, PlacedModel] = WeakKeyDictionary()


_TWINS = _Twins()


def placed(model: PreTrainedModel) -> PlacedModel:
    """Return a model's twin that counts by row, made once in every thread.

    Raises:
        ValueError: Nothing in its decoder is known to count positions.
    """
    found = _TWINS.by_model.get(model)
    if found is None:
        found = _TWINS.by_model[model] = _place(twin(model))
    return found


def _place(model: Any) -> PlacedModel:
    places = Places()
    decoder = model.get_decoder()
    table = getattr(decoder, "embed_positions", None)
    is_known = False
    if table is not None:
        decoder.embed_positions = _by_row(table, places)
        is_known = True
    for part in decoder.modules():
        if getattr(part, "has_relative_attention_bias", False):
            part.compute_bias = _RowBias(part, places)
            is_known = True
    if not is_known:
        raise ValueError("no positions by row")
    return PlacedModel(model, places)


def _by_row(table: Any, places: Places) -> nn.Module:
    if "position_ids" in inspect.signature(table.forward).parameters:
        return _RowEmbedding(table, places)
    if hasattr(table, "create_position_ids_from_input_ids"):
        return _RowTable(table, places)
    raise ValueError("no positions by row")

"""Encoder-decoders in a batch: every row has a target of its own, and a source.

A source is read once, when its request joins; what the decoder makes of it is kept in a slot
beside the target's, as long as the row is there. Beams and attempts of one request have copies: a
step then reads one block, whoever the rows belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache
from transformers.cache_utils import DynamicLayer
from transformers.modeling_outputs import BaseModelOutput

from engine.models.loaded import LoadedModel
from engine.models.source_memory import blank_cache
from engine.models.teamwork import alone
from engine.runtime.batch.cache import SlotCache, SlotLayer, contents_of
from engine.runtime.batch.forward import Prefill, RowForward, is_small_step
from engine.runtime.batch.lean import lean_step
from engine.runtime.batch.row_positions import placed
from engine.runtime.prefix_cache import LayerContents

_SOURCE_GRAIN = 32


class PairCache(EncoderDecoderCache):
    """The slots of the targets, and beside each the keys and values of its source.

    Args:
        prototype: Cache of one sequence that the model has filled; gives the shapes.

    Attributes:
        targets: Their slots.
        sources: Keys and values of each layer, each (rows, heads, columns, head_dim).

    Raises:
        ValueError: The model keeps something else than keys and values of every token.
    """

    def __init__(self, prototype: EncoderDecoderCache) -> None:
        self.targets = SlotCache(prototype.self_attention_cache)
        shapes = contents_of(prototype.cross_attention_cache)
        self.sources = [[_blank(tensor, 0, 0) for tensor in pair] for pair in shapes]
        self._lengths: list[int] = []
        # Which source each row has: copies of one need not be copied again.
        self._owners: list[object | None] = []
        # What the model looks at: the rows that run, as far as the longest of their sources.
        self._seen = [DynamicLayer() for _ in self.sources]  # type: ignore[no-untyped-call]
        cross = DynamicCache()
        super().__init__(self.targets, cross)
        cross.layers = list(self._seen)
        self.is_updated = dict.fromkeys(range(len(self.sources)), True)

    @property
    def slots(self) -> list[SlotLayer]:
        """The layers of the targets."""
        return self.targets.slots

    @property
    def column_bytes(self) -> int:
        """Bytes of one token of one row, over all layers; of a source as of a target."""
        return self.targets.column_bytes

    def reserve(self, rows: int, columns: int, used_rows: int, used_columns: int) -> None:
        """Make room for targets, as `SlotCache.reserve`, and for as many sources."""
        self.targets.reserve(rows, columns, used_rows, used_columns)
        self._resize(rows, self._columns)

    def adopt(self, row: int, source: EncoderDecoderCache, length: int) -> None:
        """Copy a sequence of `length` tokens, and its source, into a row."""
        self.targets.adopt(row, source.self_attention_cache, length)
        sources = contents_of(source.cross_attention_cache)
        self._adopt_source(row, tuple((keys[0], values[0]) for keys, values in sources))

    def copy(self, sources: Sequence[int], targets: Sequence[int], length: int) -> None:
        """Copy the first `length` columns of rows, and their sources, to rows that are none."""
        self.targets.copy(sources, targets, length)
        for source, target in zip(sources, targets, strict=True):
            if self._owners[target] is self._owners[source]:
                continue
            tokens = self._lengths[source]
            for slot in (slot for slots in self.sources for slot in slots):
                slot[target, :, :tokens] = slot[source, :, :tokens]
            self._lengths[target], self._owners[target] = tokens, self._owners[source]

    def clear(self, row: int, length: int) -> None:
        """Blank a row that nobody owns any more: the first `length` columns, and its source."""
        self.targets.clear(row, length)
        for slot in (slot for slots in self.sources for slot in slots):
            slot[row, :, : self._lengths[row]] = 0
        self._lengths[row], self._owners[row] = 0, None

    def contents(self, row: int, length: int) -> LayerContents:
        """Return a copy of what a row holds: the first `length` tokens of its target, its source.

        Returns:
            The layers of the target, and behind them those of the source.
        """
        tokens = self._lengths[row]
        sources = tuple(
            (keys[row, :, :tokens].clone(), values[row, :, :tokens].clone())
            for keys, values in self.sources
        )
        return (*self.targets.contents(row, length), *sources)

    def put_back(self, row: int, contents: LayerContents, length: int) -> None:
        """Copy what `contents` returned into a row."""
        layers = len(self.targets.slots)
        self.targets.put_back(row, contents[:layers], length)
        self._adopt_source(row, contents[layers:])

    def place(self, positions: Tensor, width: int) -> None:
        """Say where the tokens of the next step belong, as `SlotCache.place`."""
        self.targets.place(positions, width)
        rows = len(positions)
        tokens = max(self._lengths[:rows])
        for layer, (keys, values) in zip(self._seen, self.sources, strict=True):
            layer.keys, layer.values = keys[:rows, :, :tokens], values[:rows, :, :tokens]

    def source_lengths(self, rows: int) -> list[int]:
        """Return how many tokens the sources of the first rows have."""
        return self._lengths[:rows]

    def _adopt_source(self, row: int, contents: LayerContents) -> None:
        tokens = contents[0][0].shape[1]
        self._resize(row + 1, -(-tokens // _SOURCE_GRAIN) * _SOURCE_GRAIN)
        for slots, pair in zip(self.sources, contents, strict=True):
            for slot, tensor in zip(slots, pair, strict=True):
                slot[row, :, :tokens] = tensor
        self._lengths[row], self._owners[row] = tokens, object()

    @property
    def _columns(self) -> int:
        return int(self.sources[0][0].shape[2])

    def _resize(self, rows: int, columns: int) -> None:
        """Make room for sources; running out of memory midway leaves a usable cache."""
        for slots in self.sources:
            for i, old in enumerate(slots):
                old_rows, old_columns = old.shape[0], old.shape[2]
                if rows > old_rows or columns > old_columns:
                    new = _blank(old, max(rows, old_rows), max(columns, old_columns))
                    new[:old_rows, :, :old_columns] = old
                    slots[i] = new
        self._lengths += [0] * (rows - len(self._lengths))
        self._owners += [None] * (rows - len(self._owners))


class PairForward(RowForward):
    """Runs an encoder-decoder: sources and beginnings one by one, then all rows together.

    Args:
        loaded: An encoder-decoder with a cache.

    Raises:
        ValueError: Its decoder counts positions in no way that is known.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        super().__init__(loaded)
        self._rows = placed(loaded.model)
        # The decoder wants states of the encoder to be there, and looks at their shape.
        self._nothing = torch.zeros(1, 1, 1, dtype=self._model.dtype, device=self.device)

    def slots(self, prototype: Any) -> Any:
        """Return an empty cache of slots."""
        return PairCache(prototype)

    def prefill_pair(self, ids: Sequence[int], source_ids: Sequence[int]) -> PairPrefill:
        """Prepare to read a source, and what its target begins with."""
        return PairPrefill(self, ids, source_ids)

    def begin(self, ids: Sequence[int], source_ids: Sequence[int], cache: Any) -> Tensor:
        """Read a source and the beginning of its target.

        Returns:
            Logits after the last token, shape (1, vocab).
        """
        source = torch.tensor([list(source_ids)], dtype=torch.long, device=self.device)
        states = self._model.get_encoder()(input_ids=source, return_dict=True)[0]
        return self._go_on(ids, cache, states)

    def read(self, ids: Sequence[int], cache: Any) -> Tensor:
        """Read on with a single target whose source has been read."""
        return self._go_on(ids, cache, self._nothing)

    def decode(self, tokens: Sequence[int], positions: Sequence[int], cache: Any) -> Tensor:
        """Run one token of every row, as `RowForward.decode`."""
        width = max(positions) + 1
        columns = torch.tensor(positions, dtype=torch.long, device=self.device)
        cache.place(columns, width)
        self._rows.places.positions = columns
        lengths = torch.tensor(cache.source_lengths(len(tokens)), device=self.device)
        longest = int(lengths.max())
        seen = torch.arange(longest, device=self.device) < lengths[:, None]
        is_small = is_small_step(len(tokens) * (width + longest) * cache.column_bytes)
        with alone() if is_small and self._has_teams else nullcontext():
            output = self._rows.model(
                decoder_input_ids=torch.tensor(tokens, device=self.device)[:, None],
                decoder_attention_mask=self._mask(columns, width),
                attention_mask=self._form(seen),
                encoder_outputs=self._states(self._nothing.expand(len(tokens), longest, -1)),
                past_key_values=cache,
                **self._options,
            )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _require(self, accepted: Sequence[str]) -> None:
        """Take any: positions are placed in a twin."""

    def _blank_cache(self) -> DynamicCache:
        """Name no windows: no decoder that is known here has any."""
        return DynamicCache()

    def _go_on(self, ids: Sequence[int], cache: Any, states: Tensor) -> Tensor:
        column = torch.tensor([list(ids)], dtype=torch.long, device=self.device)
        output = self._model(
            decoder_input_ids=column,
            encoder_outputs=self._states(states),
            past_key_values=cache,
            **self._options,
        )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _states(self, states: Tensor) -> BaseModelOutput:
        return BaseModelOutput(last_hidden_state=states)


class PairPrefill(Prefill):
    """A source and the beginning of its target on their way into the model, all at once."""

    def __init__(self, forward: PairForward, ids: Sequence[int], source_ids: Sequence[int]) -> None:
        super().__init__(forward, ids, blank_cache())
        self._pair_forward = forward
        self._source_ids = source_ids

    @property
    def left(self) -> int:
        """Tokens that have not been read, of both."""
        return 0 if self.done else len(self._ids) + len(self._source_ids)

    def read(self, tokens: int) -> Tensor:  # noqa: ARG002
        """Read both.

        Returns:
            Logits after the last token of the target, shape (1, vocab).
        """
        logits = self._pair_forward.begin(self._ids, self._source_ids, self.cache)
        self.done = len(self._ids)
        return logits


def _blank(like: Tensor, rows: int, columns: int) -> Tensor:
    return like.new_zeros((rows, like.shape[1], columns, like.shape[3]))


def forward_of(loaded: LoadedModel, *, is_lean: bool = False) -> RowForward:
    """Return what runs a model's rows.

    Args:
        loaded: The model.
        is_lean: Whether a lean step, of a model that has one, runs the tokens of rows.

    Raises:
        ValueError: As the class that does.
    """
    if loaded.transformation is not None:
        return PairForward(loaded)
    return RowForward(loaded, lean_step(loaded.model) if is_lean else None)

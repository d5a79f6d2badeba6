"""A source as the encoder reads it, once, for all rows that look at it.

Source: Vaswani et al. (2017), «Attention is all you need», §3.2.3, encoder-decoder attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput


class SourceMemory:
    """The encoder's states of one source, and the keys and values that the decoder makes of them.

    All rows are continuations of the same source: they look at one copy, and nothing is repeated in
    memory.

    Args:
        model: An encoder-decoder.
        ids: The source.
        device: Where the model is.
    """

    def __init__(self, model: Any, ids: Sequence[int], device: torch.device) -> None:
        row = torch.tensor([list(ids)], dtype=torch.long, device=device)
        self._states: Tensor = model.get_encoder()(input_ids=row, return_dict=True)[0]
        self._cross: list[tuple[Tensor, Tensor]] = []

    def states(self, rows: int) -> BaseModelOutput:
        """Return the encoder's states, shape (rows, source, width), one copy for all rows."""
        return BaseModelOutput(last_hidden_state=self._states.expand(rows, -1, -1))

    def share(self, cache: EncoderDecoderCache, rows: int) -> None:
        """Let so many rows look at the keys and values that the first pass has left in a cache."""
        layers: list[Any] = cache.cross_attention_cache.layers
        if not self._cross:
            self._cross = [(layer.keys, layer.values) for layer in layers]
        for layer, tensors in zip(layers, self._cross, strict=True):
            layer.keys, layer.values = (tensor.expand(rows, -1, -1, -1) for tensor in tensors)


def blank_cache() -> EncoderDecoderCache:
    """Return a cache for the target's tokens and, beside it, one for the source.

    They grow with the layers that fill them: T5 may have more in its decoder than in its encoder,
    and its configuration counts those.
    """
    return EncoderDecoderCache(DynamicCache(), DynamicCache())

"""Masked self-attention of a text, layer by layer and head by head.

Source: Vaswani et al. (2017), «Attention is all you need», §3.2.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.explain.eager import look_inside, require_index, token_texts
from engine.explain.inside_values import Attention, AttentionMap, AttentionRequest
from engine.models.loaded import LoadedModel


def attend(loaded: LoadedModel, request: AttentionRequest) -> Attention:
    """Return the maps asked for: the mean of every layer, a layer's heads, or one head.

    Args:
        loaded: Model and tokenizer.
        request: Text, layer and head.

    Raises:
        EngineError: invalid_params for a text, layer or head that does not exist or does not fit;
            unsupported for a model without attention maps; out_of_memory.
    """
    ids = request.context_ids
    with torch.inference_mode():
        layers = look_inside(loaded, ids, output_attentions=True).attentions
        if not layers or any(layer is None for layer in layers):
            raise EngineError("unsupported", reason="attention")
        heads = layers[0].shape[1]
        require_index("layer", request.layer, len(layers))
        require_index("head", request.head, heads)
        return Attention(
            token_ids=ids,
            tokens=token_texts(loaded, ids),
            layers=len(layers),
            heads=heads,
            maps=tuple(_maps(layers, request)),
        )


def _maps(layers: tuple[Tensor, ...], request: AttentionRequest) -> Iterator[AttentionMap]:
    if request.layer is None:
        for number, layer in enumerate(layers):
            yield _map(number, None, layer[0].double().mean(0))
        return
    heads = layers[request.layer][0].double()
    wanted = range(len(heads)) if request.head is None else (request.head,)
    for head in wanted:
        yield _map(request.layer, head, heads[head])


def _map(layer: int, head: int | None, weights: Tensor) -> AttentionMap:
    return AttentionMap(layer=layer, head=head, weights=tuple(map(tuple, weights.tolist())))

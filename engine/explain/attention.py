"""Self-attention of a text, layer by layer and head by head: masked in decoders, whole in encoders.

Sources: Vaswani et al. (2017), «Attention is all you need», §3.2; Devlin et al. (2019), «BERT»,
§3, for the encoder alone, whose tokens see both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from engine.decoding.prompt import encode, require_readable
from engine.errors import EngineError
from engine.explain.eager import look_inside, look_inside_encoder, require_index, token_texts
from engine.explain.inside_values import (
    Attention,
    AttentionMap,
    AttentionPart,
    AttentionRequest,
)
from engine.models.loaded import LoadedModel
from engine.status import Kind

_PARTS: Mapping[Kind, tuple[AttentionPart, ...]] = MappingProxyType(
    {"decoder": ("decoder",), "encoder": ("encoder",), "encoder_decoder": ("encoder",)}
)
"""What each kind has: a model is one stack of layers, or two."""


def attend(loaded: LoadedModel, request: AttentionRequest) -> Attention:
    """Return the maps asked for: the mean of every layer, a layer's heads, or one head.

    Args:
        loaded: Model and tokenizer.
        request: Text, part, layer and head.

    Raises:
        EngineError: invalid_params for a text, layer or head that does not exist or does not fit;
            unsupported for a model without attention maps, or without that part; out_of_memory.
    """
    if request.part not in _PARTS.get(loaded.kind, ()):
        raise EngineError("unsupported", reason="attention", part=request.part)
    ids = request.context_ids if request.text is None else _ids_of(loaded, request.text)
    look = look_inside_encoder if loaded.kind == "encoder_decoder" else look_inside
    with torch.inference_mode():
        layers = look(loaded, ids, output_attentions=True).attentions
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
            part=request.part,
        )


def _ids_of(loaded: LoadedModel, text: str) -> tuple[int, ...]:
    """Read a text as the model does: whole, or as one that goes on."""
    if loaded.kind == "decoder":
        return tuple(encode(loaded, text, "text").ids)
    ids = loaded.tokenizer(text, add_special_tokens=True, verbose=False)["input_ids"]
    require_readable(loaded, "text", ids)
    return tuple(ids)


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

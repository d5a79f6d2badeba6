"""Who looks at whom, layer by layer and head by head.

Masked in decoders, whole in encoders, and in encoder-decoders from a target's tokens to its source.

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
from engine.explain.eager import (
    look_inside,
    look_inside_encoder,
    look_inside_pair,
    require_index,
    source_texts,
    token_texts,
)
from engine.explain.inside_values import (
    Attention,
    AttentionMap,
    AttentionPart,
    AttentionRequest,
)
from engine.models.loaded import LoadedModel
from engine.status import Kind

_PARTS: Mapping[Kind, tuple[AttentionPart, ...]] = MappingProxyType(
    {
        "decoder": ("decoder",),
        "encoder": ("encoder",),
        "encoder_decoder": ("encoder", "decoder", "cross"),
    }
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
    with torch.inference_mode():
        layers = _layers(loaded, ids, request)
        if not layers or any(layer is None for layer in layers):
            raise EngineError("unsupported", reason="attention")
        heads = layers[0].shape[1]
        require_index("layer", request.layer, len(layers))
        require_index("head", request.head, heads)
        is_of_target = loaded.kind == "encoder_decoder" and request.part != "encoder"
        rows = request.target_ids if is_of_target else ids
        columns = ids if request.part == "cross" else ()
        name = token_texts if is_of_target or loaded.kind == "decoder" else source_texts
        return Attention(
            token_ids=rows,
            tokens=name(loaded, rows),
            layers=len(layers),
            heads=heads,
            maps=tuple(_maps(layers, request)),
            part=request.part,
            column_ids=columns,
            column_tokens=source_texts(loaded, columns),
        )


def _layers(
    loaded: LoadedModel, ids: tuple[int, ...], request: AttentionRequest
) -> tuple[Tensor, ...]:
    """Return the weights of every layer, each of shape (1, heads, rows, columns)."""
    wanted = {"output_attentions": True}
    if loaded.kind != "encoder_decoder":
        layers = look_inside(loaded, ids, **wanted).attentions
    elif request.part == "encoder":
        layers = look_inside_encoder(loaded, ids, **wanted).attentions
    else:
        output = look_inside_pair(loaded, ids, request.target_ids, **wanted)
        is_cross = request.part == "cross"
        layers = output.cross_attentions if is_cross else output.decoder_attentions
    return tuple(layers or ())


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

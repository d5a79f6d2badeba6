"""A step of our own over a checkpoint's layers, for families whose formulas are written here.

With a small model half of a step is not its products: transformers' code asks at every layer what
it asked at the one before, and copies keys so that every query head has its own. Here a step is the
formula alone. Products, embeddings, angles and activations stay the model's modules, so that every
precision and way of scaling positions works; contexts are read by the model's own code. Whether
both agree is tried when a model loads (`probe.py`).

Sources: Vaswani et al. (2017), §3.2, and Radford et al. (2019), §2.3 (GPT-2); Touvron et al.
(2023), §2.2 (Llama); Gemma Team (2025), §2 (Gemma 3).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Gemma3ForCausalLM, GPT2LMHeadModel, LlamaForCausalLM, PreTrainedModel
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm

from engine.runtime.batch.cache import SlotCache, SlotLayer

logger = logging.getLogger(__name__)

Map = Callable[[Tensor], Tensor]
LeanStep = Callable[[Sequence[int], Sequence[int], SlotCache], Tensor]
"""Runs one token of every row: their tokens, their columns and the cache, which has been placed →
logits, shape (rows, vocab)."""


def lean_step(model: PreTrainedModel) -> LeanStep | None:
    """Return a step for a model of a known family, or None where its configuration asks for more.

    Args:
        model: Loaded, its layers swapped already.
    """
    make = _FAMILIES.get(type(model))
    if make is None:
        return None
    if unknown := [key for key in _UNKNOWN if getattr(model.config, key, None)]:
        logger.info("No lean step for a model with %s", ", ".join(unknown))
        return None
    return make(model)


_SOFTCAPS = ("attn_logit_softcapping", "final_logit_softcapping")
_UNKNOWN = ("add_cross_attention", "use_bidirectional_attention", *_SOFTCAPS)
"""What configurations may ask for and no formula here does."""

_Way = tuple[str | None, int | None]
"""How a layer looks at the past: the name of its angles, where they have one; its window."""


class _Past(NamedTuple):
    """What the rows see of their past in a layer.

    Attributes:
        first: Column from which on any row sees any.
        mask: Added to the scores of the columns from there on, shape (rows, 1, 1, columns); None
            where every row sees all of them.
    """

    first: int
    mask: Tensor | None


_View = tuple[Tensor, Tensor, _Past]


def _past(positions: Sequence[int], columns: Tensor, window: int | None) -> _Past:
    """Tell what rows at these positions see, through a window of so many tokens or none."""
    nearest, farthest = min(positions), max(positions)
    window = window or farthest + 1
    first = max(0, nearest - window + 1)
    if nearest == farthest:
        return _Past(first, None)
    age = columns[:, None] - torch.arange(first, farthest + 1, device=columns.device)
    hidden = (age < 0) | (age >= window)
    mask = torch.zeros_like(age, dtype=torch.float32).masked_fill_(hidden, -torch.inf)
    return _Past(first, mask[:, None, None])


def _attend(heads: Sequence[Tensor], slots: SlotLayer, past: _Past, scale: float) -> Tensor:
    """Store the rows' tokens in a layer, and mix what they see there.

    Queries that share a key stand where attention has a text's tokens: no key is copied.

    Args:
        heads: Queries, shape (rows, key heads, query heads of each, head_dim); keys and values,
            shape (rows, key heads, head_dim).
        slots: Where the rows are.
        past: What they see.
        scale: Of the scores.

    Returns:
        Shape (rows, query heads × head_dim).
    """
    query, key, value = heads
    keys, values = slots.update(key[:, :, None], value[:, :, None])
    keys, values = keys[:, :, past.first :], values[:, :, past.first :]
    mix = _mix_here if query.is_cpu else _mix
    return mix(query * scale, keys, values, past.mask).reshape(len(query), -1)


def _mix(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    mask = None if mask is None else mask.expand(-1, -1, query.shape[2], -1)
    return functional.scaled_dot_product_attention(query, keys, values, mask, scale=1.0)


def _mix_here(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Do the same on a processor, by NumPy's products of a vector and a matrix.

    Those of torch read the keys and values of a few queries at half of the speed.
    """
    scores = torch.from_numpy(np.matmul(query.numpy(), keys.numpy().swapaxes(2, 3)))
    scores = scores if mask is None else scores.add_(mask)
    return torch.from_numpy(np.matmul(scores.softmax(-1).numpy(), values.numpy()))


class _Gpt2:
    """GPT-2."""

    def __init__(self, model: Any) -> None:
        body = model.transformer
        self._embed, self._places = body.wte, body.wpe
        self._blocks = [_Gpt2Block(block) for block in body.h]
        self._norm = _layer_norm(body.ln_f)
        self._head: Map = model.lm_head

    def __call__(self, tokens: Sequence[int], positions: Sequence[int], cache: SlotCache) -> Tensor:
        columns = cache.columns
        past = _past(positions, columns, None)
        x = self._embed(columns.new_tensor(tokens)) + self._places(columns)
        for block, slots in zip(self._blocks, cache.slots, strict=True):
            x = block(x, slots, past)
        return self._head(self._norm(x))


class _Gpt2Block:
    def __init__(self, block: Any) -> None:
        attention, mlp = block.attn, block.mlp
        self._shape = (-1, 3, attention.num_heads, 1, attention.head_dim)
        self._scale = attention.scaling
        self._norm, self._mlp_norm = _layer_norm(block.ln_1), _layer_norm(block.ln_2)
        self._qkv, self._mix = attention.c_attn, attention.c_proj
        self._widen, self._act, self._narrow = mlp.c_fc, mlp.act, mlp.c_proj

    def __call__(self, x: Tensor, slots: SlotLayer, past: _Past) -> Tensor:
        query, key, value = self._qkv(self._norm(x)).view(self._shape).unbind(1)
        mixed = _attend((query, key[:, :, 0], value[:, :, 0]), slots, past, self._scale)
        x = x + self._mix(mixed)
        y: Tensor = self._narrow(self._act(self._widen(self._mlp_norm(x))))
        return y.add_(x)


class _Rotary:
    """Llama, and Gemma 3: positions are angles by which queries and keys are turned."""

    def __init__(self, model: Any) -> None:
        body = model.model
        self._embed, self._angles = body.embed_tokens, body.rotary_emb
        self._blocks = [_RotaryBlock(block) for block in body.layers]
        self._ways = {block.way for block in self._blocks}
        self._norm = _RmsNorm(body.norm)
        self._head: Map = model.lm_head

    def __call__(self, tokens: Sequence[int], positions: Sequence[int], cache: SlotCache) -> Tensor:
        columns = cache.columns
        x = self._embed(columns.new_tensor(tokens))
        views = {way: self._view(way, x, positions, columns) for way in self._ways}
        for block, slots in zip(self._blocks, cache.slots, strict=True):
            x = block(x, slots, views[block.way])
        return self._head(self._norm(x))

    def _view(self, way: _Way, x: Tensor, positions: Sequence[int], columns: Tensor) -> _View:
        """Return cosine and sine of the rows' angles, (rows, 1, head_dim), and what they see.

        The first half of the sine, which turns the second half into the first, has its sign.
        """
        kind, window = way
        cos, sin = self._angles(x, columns[:, None], *([] if kind is None else [kind]))
        half = sin.shape[-1] // 2
        sin = torch.cat((-sin[..., :half], sin[..., half:]), -1)
        return cos, sin, _past(positions, columns, window)


class _RotaryBlock:
    def __init__(self, block: Any) -> None:
        attention, mlp = block.self_attn, block.mlp
        self._head_dim, self._scale = attention.head_dim, attention.scaling
        self._key_heads = attention.config.num_key_value_heads
        self._group = attention.num_key_value_groups
        self._query_heads = self._key_heads * self._group
        self._inputs = attention.q_proj, attention.k_proj, attention.v_proj
        self._mix = attention.o_proj
        self._gate, self._widen = mlp.gate_proj, mlp.up_proj
        self._act, self._narrow = mlp.act_fn, mlp.down_proj
        self._norm = _RmsNorm(block.input_layernorm)
        self._mlp_norm = _RmsNorm(block.post_attention_layernorm)
        same: Any = nn.Identity()
        self._after_mix = self._after_mlp = self._head_norm = same
        self.way: _Way = None, None
        if hasattr(block, "pre_feedforward_layernorm"):
            self.way = attention.layer_type, attention.sliding_window
            self._after_mix = self._mlp_norm
            self._mlp_norm = _RmsNorm(block.pre_feedforward_layernorm)
            self._after_mlp = _RmsNorm(block.post_feedforward_layernorm)
            self._head_norm, keys = _RmsNorm(attention.q_norm), _RmsNorm(attention.k_norm)
            gains = [self._head_norm.gain] * self._query_heads + [keys.gain] * self._key_heads
            self._head_norm.gain = torch.stack(gains)

    def __call__(self, x: Tensor, slots: SlotLayer, view: _View) -> Tensor:
        cos, sin, past = view
        rows, queries = len(x), self._query_heads
        y = self._norm(x)
        heads = torch.cat([layer(y) for layer in self._inputs], -1).view(rows, -1, self._head_dim)
        turned = self._head_norm(heads[:, : -self._key_heads])
        half = turned.roll(self._head_dim // 2, -1)
        turned = (turned * cos).addcmul_(half, sin)
        query = turned[:, :queries].view(rows, self._key_heads, self._group, -1)
        key, value = turned[:, queries:], heads[:, -self._key_heads :]
        mixed = _attend((query, key, value), slots, past, self._scale)
        x = x + self._after_mix(self._mix(mixed))
        y = self._mlp_norm(x)
        y = self._narrow(self._act(self._gate(y)).mul_(self._widen(y)))
        x += self._after_mlp(y)
        return x


class _RmsNorm:
    """x ÷ √(mean of x² + ε) × gain, as x × gain√n ÷ √(|x|² + nε): four operators instead of eight.

    Attributes:
        gain: Times √n, shape (n,) or (heads, n).
    """

    def __init__(self, norm: Any) -> None:
        is_centred = isinstance(norm, Gemma3RMSNorm)
        weight = norm.weight.detach()
        n = weight.shape[-1]
        epsilon = norm.eps if is_centred else norm.variance_epsilon
        self.gain = (1.0 + weight if is_centred else weight) * n**0.5
        self._floor = weight.new_tensor((n * epsilon) ** 0.5)

    def __call__(self, x: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        y: Tensor = (x * self.gain).div_(torch.hypot(length, self._floor))
        return y


def _layer_norm(norm: Any) -> Map:
    shape, weight, bias, epsilon = norm.normalized_shape, norm.weight, norm.bias, norm.eps
    return lambda x: torch.layer_norm(x, shape, weight, bias, epsilon)


_FAMILIES: Mapping[type, Callable[[Any], LeanStep]] = {
    GPT2LMHeadModel: _Gpt2,
    LlamaForCausalLM: _Rotary,
    Gemma3ForCausalLM: _Rotary,
}

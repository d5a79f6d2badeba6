"""A step of our own over a checkpoint's layers, for families whose formulas are written here.

With a small model half of a step is not its products: transformers' code asks at every layer what
it asked at the one before, and copies keys so that every query head has its own. Here a step is the
formula alone, and contexts are read by the same. Products, embeddings, angles and activations stay
the model's modules, so that every precision and way of scaling positions works; their `forward` is
called by itself, as nobody hangs hooks on a model that many share. Whether this and the model's own
code agree is tried when a model loads (`probe.py`).

Sources: Vaswani et al. (2017), §3.2, and Radford et al. (2019), §2.3 (GPT-2); Touvron et al.
(2023), §2.2 (Llama); Gemma Team (2025), §2 (Gemma 3).
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    DynamicCache,
    Gemma3ForCausalLM,
    GPT2LMHeadModel,
    LlamaForCausalLM,
    PreTrainedModel,
)
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm

from engine.runtime.batch.attention import Past, Tokens, attend, past_of, texts_of
from engine.runtime.batch.cache import SlotCache

logger = logging.getLogger(__name__)

Map = Callable[[Tensor], Tensor]


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
_View = tuple[Tensor, Tensor, Past]


class LeanStep(ABC):
    """Runs tokens: one of every row, or some of a few texts.

    Args:
        model: The model.
        blocks: Its layers.
        norm: What stands between the last of them and the output layer.
    """

    def __init__(self, model: Any, blocks: Sequence[Any], norm: Map) -> None:
        self._device = model.device
        self._blocks, self._norm = blocks, norm
        self._head: Map = model.lm_head.forward

    def __call__(self, tokens: Sequence[int], positions: Sequence[int], cache: SlotCache) -> Tensor:
        """Run one token of every row.

        Args:
            tokens: Of the rows.
            positions: Their columns.
            cache: It has been told them.

        Returns:
            Logits of the next tokens, shape (rows, vocab).
        """
        run = Tokens(tokens, positions, cache.columns)
        return self._head(self._norm(self._run(run, cache.slots)))

    def read(self, pieces: Sequence[Sequence[int]], caches: Sequence[DynamicCache]) -> Tensor:
        """Read on with some texts.

        Args:
            pieces: What comes next of each.
            caches: What has been read of each.

        Returns:
            Logits after the last token of each piece, shape (texts, vocab).
        """
        tokens, layers = texts_of(pieces, caches, self._device)
        last = torch.tensor([*accumulate(map(len, pieces))], device=self._device) - 1
        return self._head(self._norm(self._run(tokens, layers)[last]))

    @abstractmethod
    def _run(self, tokens: Tokens, layers: Sequence[Any]) -> Tensor:
        """Return what the layers make of tokens, shape (tokens, width), with those of the cache."""


class _Gpt2(LeanStep):
    """GPT-2."""

    def __init__(self, model: Any) -> None:
        body = model.transformer
        blocks = [_Gpt2Block(block) for block in body.h]
        super().__init__(model, blocks, _layer_norm(body.ln_f))
        self._embed, self._places = body.wte.forward, body.wpe.forward

    def _run(self, tokens: Tokens, layers: Sequence[Any]) -> Tensor:
        past, columns = past_of(tokens, None), tokens.columns
        x: Tensor = self._embed(columns.new_tensor(tokens.ids)) + self._places(columns)
        for block, layer in zip(self._blocks, layers, strict=True):
            x = block(x, layer, past)
        return x


class _Gpt2Block:
    def __init__(self, block: Any) -> None:
        attention, mlp = block.attn, block.mlp
        self._shape = (-1, 3, attention.num_heads, 1, attention.head_dim)
        self._scale = attention.scaling
        self._norm, self._mlp_norm = _layer_norm(block.ln_1), _layer_norm(block.ln_2)
        self._qkv, self._mix = attention.c_attn.forward, attention.c_proj.forward
        self._widen, self._narrow = mlp.c_fc.forward, mlp.c_proj.forward
        self._act = mlp.act.forward

    def __call__(self, x: Tensor, layer: Any, past: Past) -> Tensor:
        query, key, value = self._qkv(self._norm(x)).view(self._shape).unbind(1)
        mixed = attend((query, key[:, :, 0], value[:, :, 0]), layer, past, self._scale)
        x = x + self._mix(mixed)
        y: Tensor = self._narrow(self._act(self._widen(self._mlp_norm(x))))
        return y.add_(x)


class _Rotary(LeanStep):
    """Llama, and Gemma 3: positions are angles by which queries and keys are turned."""

    def __init__(self, model: Any) -> None:
        body = model.model
        blocks = [_RotaryBlock(block) for block in body.layers]
        super().__init__(model, blocks, _RmsNorm(body.norm))
        self._embed, self._angles = body.embed_tokens.forward, body.rotary_emb.forward
        self._ways = {block.way for block in blocks}

    def _run(self, tokens: Tokens, layers: Sequence[Any]) -> Tensor:
        x: Tensor = self._embed(tokens.columns.new_tensor(tokens.ids))
        views = {way: self._view(way, x, tokens) for way in self._ways}
        for block, layer in zip(self._blocks, layers, strict=True):
            x = block(x, layer, views[block.way])
        return x

    def _view(self, way: _Way, x: Tensor, tokens: Tokens) -> _View:
        """Return cosine and sine of the rows' angles, (rows, 1, head_dim), and what they see.

        The first half of the sine, which turns the second half into the first, has its sign.
        """
        kind, window = way
        cos, sin = self._angles(x, tokens.columns[:, None], *([] if kind is None else [kind]))
        half = sin.shape[-1] // 2
        sin = torch.cat((-sin[..., :half], sin[..., half:]), -1)
        return cos, sin, past_of(tokens, window)


class _RotaryBlock:
    def __init__(self, block: Any) -> None:
        attention, mlp = block.self_attn, block.mlp
        self._head_dim, self._scale = attention.head_dim, attention.scaling
        self._key_heads = attention.config.num_key_value_heads
        self._group = attention.num_key_value_groups
        self._query_heads = self._key_heads * self._group
        inputs = attention.q_proj, attention.k_proj, attention.v_proj
        self._inputs = [layer.forward for layer in inputs]
        self._mix = attention.o_proj.forward
        self._gate, self._widen = mlp.gate_proj.forward, mlp.up_proj.forward
        self._act, self._narrow = mlp.act_fn.forward, mlp.down_proj.forward
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

    def __call__(self, x: Tensor, layer: Any, view: _View) -> Tensor:
        cos, sin, past = view
        rows, queries = len(x), self._query_heads
        y = self._norm(x)
        heads = torch.cat([linear(y) for linear in self._inputs], -1).view(rows, -1, self._head_dim)
        turned = self._head_norm(heads[:, : -self._key_heads])
        half = turned.roll(self._head_dim // 2, -1)
        turned = (turned * cos).addcmul_(half, sin)
        query = turned[:, :queries].view(rows, self._key_heads, self._group, -1)
        key, value = turned[:, queries:], heads[:, -self._key_heads :]
        mixed = attend((query, key, value), layer, past, self._scale)
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

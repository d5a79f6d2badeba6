"""The network and the vocabulary of the encoder, before anything is learned."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import BertConfig

from engine.embedded.corpus import END_OF_TEXT
from engine.embedded.recipe import MaskedRecipe

MASK, PAD = "[MASK]", "[PAD]"
_NEIGHBOURS = (-1, 1, -2, 2)
_NEIGHBOURLY_LAYERS = 2
_NEIGHBOUR_SCALE = 1.0
_PLACE_SCALE = 2.8


def add_mask(tokenizer: Tokenizer) -> None:
    """Add the mask, which takes the space before it as its own, and padding."""
    tokenizer.add_special_tokens([mask_token(), AddedToken(PAD, special=True, normalized=False)])


def mask_token() -> AddedToken:
    """Return the mask as a tokenizer keeps it."""
    return AddedToken(MASK, lstrip=True, special=True, normalized=False)


def look_at_neighbours(model: Any) -> None:
    """Let heads of the first layers begin by looking at the words on both sides of a place.

    The table of positions begins as sines and cosines, larger than the words; a query is the key of
    the place one or two further on or back, a rotation of its own (Vaswani et al., 2017, §3.5).
    From nothing, an encoder guesses by frequency alone for long before it finds its neighbours.
    """
    embeddings = model.bert.embeddings
    table = embeddings.position_embeddings.weight
    positions, width = table.shape
    size = width // model.config.num_attention_heads
    speeds = 10_000.0 ** (-torch.arange(width // 2) / (width // 2))
    # Evenly spread, so that the product of two places that are not the same is next to nothing.
    speeds[: size // 2] = torch.pi * (0.618034 * torch.arange(1, size // 2 + 1)).frac()
    angles = torch.arange(positions)[:, None] * speeds
    sines = torch.arange(size // 2)
    rows, columns = torch.arange(size), torch.cat([sines, sines + width // 2])
    with torch.no_grad():
        scale = _PLACE_SCALE * embeddings.word_embeddings.weight.std()
        table.copy_(scale * torch.cat([angles.sin(), angles.cos()], 1))
        for layer in model.bert.encoder.layer[:_NEIGHBOURLY_LAYERS]:
            attention = layer.attention.self
            for head, offset in enumerate(_NEIGHBOURS[: model.config.num_attention_heads]):
                place = slice(head * size, (head + 1) * size)
                turn = offset * speeds[: size // 2]
                query = torch.zeros(size, width)
                query[rows, columns] = torch.cat([turn.cos(), turn.cos()])
                query[rows, columns.roll(size // 2)] = torch.cat([turn.sin(), -turn.sin()])
                key = torch.zeros(size, width)
                key[rows, columns] = 1.0
                attention.query.weight[place] = _NEIGHBOUR_SCALE * query
                attention.key.weight[place] = _NEIGHBOUR_SCALE * key


def bert_config(recipe: MaskedRecipe, tokenizer: Tokenizer) -> BertConfig:
    """Return the configuration of the network."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    build: Any = BertConfig
    config: BertConfig = build(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=recipe.hidden_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.intermediate_size,
        initializer_range=0.05,
        hidden_act="gelu_pytorch_tanh",
        hidden_dropout_prob=recipe.dropout,
        attention_probs_dropout_prob=recipe.dropout,
        max_position_embeddings=recipe.n_positions,
        type_vocab_size=1,
        pad_token_id=tokenizer.token_to_id(PAD),
        bos_token_id=end,
        eos_token_id=end,
        attn_implementation="eager",
    )
    return config

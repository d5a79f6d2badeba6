"""The network and the vocabulary of the encoder-decoder, before anything is learned."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import MarianConfig, MarianMTModel, T5Config, T5ForConditionalGeneration

from engine.embedded.corpus import Documents, tokenizer_texts
from engine.embedded.recipe import AccentsRecipe
from engine.letters import hurried

END, PAD = "</s>", "<pad>"
LONGEST_TEXT = 512
"""Tokens."""
TOKENIZER_SHARE = 0.25
"""Share of the paragraphs that the vocabulary is learned from."""
_DIAGONAL_SCALE = 2.0


def both_ways(kinds: dict[str, Documents], seed: int) -> Iterator[str]:
    """Yield a share of the paragraphs, each with care and in a hurry."""
    draw = random.Random(seed)
    for text in tokenizer_texts(kinds, seed=seed):
        for line in text.splitlines(keepends=True):
            if draw.random() < TOKENIZER_SHARE:
                yield line
                yield hurried(line)


def train_tokenizer(texts: Iterator[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE that ends each text with its end token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(END, tokenizer.token_to_id(END))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A $B {END}", special_tokens=ends
    )
    return tokenizer


def build_network(recipe: AccentsRecipe, tokenizer: Tokenizer) -> Any:
    """Return a new model of transformers, with a cross-attention that knows the diagonal."""
    build: Any = MarianMTModel if recipe.architecture == "marian" else T5ForConditionalGeneration
    model = build(seq2seq_config(recipe, tokenizer))
    for name, parameter in model.named_parameters():
        # Marian's positions are a fixed table.
        parameter.requires_grad_("embed_positions" not in name)
    if recipe.architecture == "marian":
        look_along_the_diagonal(model)
    # Nothing is learned of padding, whose logit says something all the same.
    model.generation_config.bad_words_ids = [[tokenizer.token_to_id(PAD)]]
    return model


def look_along_the_diagonal(model: Any) -> None:
    """Let a head of each cross-attention begin by looking at the same place of the source.

    Its queries and keys read the fast half of the sines and cosines of the positions, whose product
    is largest where the two places are one (Vaswani et al., 2017, §3.5). A text that is copied but
    for its signs lies along the diagonal; from nothing, a small model takes long to find that out.
    """
    config = model.config
    size = config.d_model // config.decoder_attention_heads
    sines = torch.arange(size // 2)
    read = torch.zeros(size, config.d_model)
    read[torch.arange(size), torch.cat([sines, sines + config.d_model // 2])] = _DIAGONAL_SCALE
    with torch.no_grad():
        for layer in model.get_decoder().layers:
            for projection in (layer.encoder_attn.q_proj, layer.encoder_attn.k_proj):
                projection.weight[:size] = read.to(projection.weight.device)


def seq2seq_config(recipe: AccentsRecipe, tokenizer: Tokenizer) -> MarianConfig | T5Config:
    """Return the configuration of the network."""
    shared = {
        "vocab_size": tokenizer.get_vocab_size(),
        "d_model": recipe.d_model,
        "pad_token_id": tokenizer.token_to_id(PAD),
        "eos_token_id": tokenizer.token_to_id(END),
        "decoder_start_token_id": tokenizer.token_to_id(PAD),
        "same_letters": True,
        "attn_implementation": "eager",
    }
    build: Any
    if recipe.architecture == "t5":
        build = T5Config
        config: T5Config = build(
            d_kv=recipe.d_model // recipe.heads,
            d_ff=recipe.d_ff,
            num_layers=recipe.encoder_layers,
            num_decoder_layers=recipe.decoder_layers,
            num_heads=recipe.heads,
            dropout_rate=recipe.dropout,
            feed_forward_proj="relu",
            **shared,
        )
        return config
    build = MarianConfig
    marian: MarianConfig = build(
        max_position_embeddings=LONGEST_TEXT,
        encoder_layers=recipe.encoder_layers,
        decoder_layers=recipe.decoder_layers,
        encoder_ffn_dim=recipe.d_ff,
        decoder_ffn_dim=recipe.d_ff,
        encoder_attention_heads=recipe.heads,
        decoder_attention_heads=recipe.heads,
        dropout=recipe.dropout,
        activation_function="relu",
        scale_embedding=True,
        forced_eos_token_id=None,
        init_std=0.05,
        **shared,
    )
    return marian

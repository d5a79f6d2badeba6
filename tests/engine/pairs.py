"""Tiny random encoder-decoders, saved, and loaded by the code that loads real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import (
    AutoConfig,
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from engine.models import loader
from engine.models.catalogue import describe
from engine.models.checkpoint import inspect
from engine.models.loaded import LoadedModel
from tests.engine.tiny import BOS, EOS, byte_level_tokenizer

N_POSITIONS = 48

_BART_SHAPE = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": N_POSITIONS,
    "init_std": 0.4,
    "scale_embedding": True,
}
SHAPES: dict[str, dict[str, Any]] = {
    "t5": {
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 48,
        "num_layers": 2,
        "num_heads": 4,
        "n_positions": N_POSITIONS,
        "initializer_factor": 3.0,
    },
    "marian": _BART_SHAPE,
    # It counts the positions of what is no padding, so its targets begin with the end of a text.
    "m2m_100": {**_BART_SHAPE, "decoder_start_token_id": 0},
}
FAMILIES = tuple(SHAPES)


class Pair(NamedTuple):
    """A model as the engine loads it, and as transformers does."""

    loaded: LoadedModel
    reference: PreTrainedModel


def save(
    family: str,
    folder: Path,
    tokenizer: PreTrainedTokenizerBase | None = None,
    *,
    seed: int = 0,
    **config: Any,
) -> None:
    """Save a random model of a family.

    Args:
        family: One of `FAMILIES`.
        folder: Where the checkpoint goes.
        tokenizer: Saved beside it; None takes a byte-level one.
        seed: Seed of the weights.
        config: Replaces fields of the configuration.
    """
    tokenizer = tokenizer or byte_level_tokenizer()
    start_id = tokenizer.convert_tokens_to_ids(BOS)
    fields: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "eos_token_id": tokenizer.convert_tokens_to_ids(EOS),
        "pad_token_id": start_id,
        "decoder_start_token_id": start_id,
        "forced_eos_token_id": None,
        **SHAPES[family],
        **config,
    }
    settings = AutoConfig.for_model(family, **fields)
    torch.manual_seed(seed)
    AutoModelForSeq2SeqLM.from_config(settings).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load(folder: Path) -> LoadedModel:
    """Load a saved model as the engine does."""
    entry = describe(str(folder))
    return loader.load(entry, inspect(entry.name, folder), "cpu")


def build(family: str, folder: Path, **options: Any) -> Pair:
    """Save a random model of a family and load it twice."""
    save(family, folder, **options)
    reference = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    return Pair(load(folder), reference)

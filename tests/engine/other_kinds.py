"""Tiny random encoders and encoder-decoders, saved and loaded like real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    PreTrainedTokenizerFast,
)

from engine.models.loaded import LoadedModel
from engine.models.store import ModelStore
from tests.engine.tiny import CORPUS, N_POSITIONS

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_BERT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": N_POSITIONS,
    "type_vocab_size": 1,
}
_BART = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": N_POSITIONS,
}
ENCODERS: dict[str, dict[str, Any]] = {
    "bert": _BERT,
    "distilbert": {
        "dim": 32,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 48,
        "max_position_embeddings": N_POSITIONS,
    },
    "roberta": {**_BERT, "max_position_embeddings": N_POSITIONS + 1},
}
ENCODER_DECODERS: dict[str, dict[str, Any]] = {
    "t5": {
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 48,
        "num_layers": 2,
        "num_heads": 4,
        "n_positions": N_POSITIONS,
    },
    "marian": _BART,
    "m2m_100": _BART,
}


def tokenizer(vocab_size: int = 320) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE that marks both ends of a text and has a mask."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(CORPUS, trainer)
    made.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    pad, unknown, begin, end, mask = SPECIALS
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token=pad,
        unk_token=unknown,
        cls_token=begin,
        sep_token=end,
        eos_token=end,
        mask_token=mask,
    )


def save(family: str, folder: Path, *, spread: float = 0.4, seed: int = 0) -> Path:
    """Save a random model of a family of `ENCODERS` or `ENCODER_DECODERS`, and its tokenizer."""
    made = tokenizer()
    pad, end = made.pad_token_id, made.eos_token_id
    is_encoder = family in ENCODERS
    shape = (ENCODERS if is_encoder else ENCODER_DECODERS)[family]
    config = AutoConfig.for_model(
        family,
        vocab_size=len(made),
        pad_token_id=pad,
        eos_token_id=end,
        bos_token_id=made.cls_token_id,
        initializer_range=spread,
        init_std=spread,
        **({} if is_encoder else {"decoder_start_token_id": pad}),
        **shape,
    )
    torch.manual_seed(seed)
    auto_class = AutoModelForMaskedLM if is_encoder else AutoModelForSeq2SeqLM
    auto_class.from_config(config).save_pretrained(folder)
    made.save_pretrained(folder)
    return folder


def load(family: str, folder: Path) -> LoadedModel:
    """Save a random model and load it through the store."""
    name = str(save(family, folder))
    return ModelStore([name], device="cpu", data_dir=folder.parent / "data").get(name)
